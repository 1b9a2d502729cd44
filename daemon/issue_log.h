// Tells people once what is wrong, and once that it is no longer.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/meta.h"

namespace naru::daemon {

/// What of `now` was not there before, and what of before is gone.
struct IssueChanges {
  std::vector<std::string> appeared;
  std::vector<std::string> resolved;
};

/// Thread: the control thread.
class IssueLog {
 public:
  /// Compares the issues that stand now with those of the last call. Of equal lines, one counts.
  IssueChanges update(const std::vector<config::Issue>& now);

 private:
  std::set<std::string> standing_;
};

}  // namespace naru::daemon
