#include "daemon/issue_log.h"

#include <algorithm>
#include <iterator>

namespace naru::daemon {

IssueChanges IssueLog::update(const std::vector<config::Issue>& now) {
  std::set<std::string> current;
  for (const config::Issue& issue : now) current.insert(issue.to_string());
  IssueChanges changes;
  std::ranges::set_difference(current, standing_, std::back_inserter(changes.appeared));
  std::ranges::set_difference(standing_, current, std::back_inserter(changes.resolved));
  standing_ = std::move(current);
  return changes;
}

}  // namespace naru::daemon
