#include "daemon/plan_check.h"

#include "daemon/planner.h"

namespace naru::daemon {

std::vector<config::Issue> plan_issues(const config::SourceUpdate& loaded, const config::Configuration& configuration) {
  // The host's own addresses decide only where node ports answer: nothing that can be wrong in the input.
  Planner planner(planner_config(configuration, {}), AllocationStore::in_memory(configuration.node));
  planner.apply(loaded);
  return planner.issues();
}

}  // namespace naru::daemon
