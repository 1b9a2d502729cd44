// From inotify's events to what must be read again.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/watch_table.h"

namespace naru::config {

/// What a path is now, not following a symbolic link.
enum class PathKind { none, file, linked_file /* by more than one name */, other };

struct ChangePlan {
  bool scan{};                        // directories or links changed: look at all roots again
  bool read_all{};                    // and at every file
  std::set<std::string> read;         // files whose writer is done
  std::set<std::string> read_below;   // everything at or below these may be different files now
  std::set<std::string> gone;         // seem to be gone
  std::set<std::string> moved_aside;  // gone, to a name that naru does not read: likely to come back
  std::set<std::string> renamed;      // gone, to another name that is read
  std::set<std::string> attributes;   // may have become readable
};

/// Pure but for `kind_of`. A file that was only created is not read: its writer is not done with it before it closes
/// it.
[[nodiscard]] ChangePlan plan_changes(const std::vector<WatchEvent>& events, const WatchTable& table,
                                      const std::function<PathKind(const std::string&)>& kind_of);

}  // namespace naru::config
