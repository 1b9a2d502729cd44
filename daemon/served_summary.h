// What naru says that it serves when it is ready.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/planner.h"

namespace naru::daemon {

/// A line per Service with its addresses, the first hundred; then how many more there are.
[[nodiscard]] std::vector<std::string> served_summary(const std::map<config::ServiceName, ServiceInForce>& services,
                                                      const NodeContext& node);

}  // namespace naru::daemon
