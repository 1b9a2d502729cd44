// Files that seem to be gone, given a moment to come back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace naru::config {

/// Editors and version control often remove a file, or move it aside, just before they write it anew. Taking its
/// objects out of force in between would cut connections for nothing. Pure: the time is an argument.
class Held {
 public:
  void hold(const std::string& path, TimePoint until) { until_[path] = until; }
  void release(const std::string& path) { until_.erase(path); }
  [[nodiscard]] bool contains(const std::string& path) const { return until_.contains(path); }

  [[nodiscard]] std::optional<TimePoint> next() const {
    std::optional<TimePoint> first;
    for (const auto& [path, until] : until_) first = first ? std::min(*first, until) : until;
    return first;
  }

  /// Those whose time is over; they are held no longer.
  [[nodiscard]] std::vector<std::string> take_due(TimePoint now) {
    std::vector<std::string> due;
    for (const auto& [path, until] : until_) {
      if (until <= now) due.push_back(path);
    }
    for (const std::string& path : due) until_.erase(path);
    return due;
  }

 private:
  std::map<std::string, TimePoint> until_;
};

}  // namespace naru::config
