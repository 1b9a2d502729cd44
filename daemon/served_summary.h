// What naru says that it serves when it is ready.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "daemon/planner.h"

namespace naru::daemon {

/// A line per Service with its addresses, the first hundred; then how many more there are.
[[nodiscard]] std::vector<std::string> served_summary(const std::map<config::ServiceName, ServiceInForce>& services,
                                                      const NodeContext& node);

/// What is to be told of a Service that began to wait for a load balancer address, or does no longer.
[[nodiscard]] std::pair<log::Level, std::string> pending_event(const ServiceInForce& service);

}  // namespace naru::daemon
