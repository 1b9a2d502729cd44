// Whether this node's proxy is well, and whether load balancers should send to the node.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "config/objects.h"
#include "daemon/http_message.h"

namespace naru::daemon {

/// The taint by which the cluster autoscaler says that a node goes soon (KEP-3836).
inline constexpr std::string_view kToBeDeletedTaint = "ToBeDeletedByClusterAutoscaler";

struct HealthInput {
  std::chrono::system_clock::time_point wall_now;
  std::chrono::system_clock::time_point last_updated;  // a change was last in force then
  TimePoint now;
  std::optional<TimePoint> waiting_since;  // the oldest change that is not yet in force on all workers
  Duration timeout{std::chrono::seconds(120)};
  bool loaded{};                      // the first load is in force
  const config::Node* node{nullptr};  // this node's object, if there is one
};

/// Ready for changes: loaded, and no change has waited longer than the timeout.
[[nodiscard]] bool proxy_healthy(const HealthInput& input);
/// No Node object, or one that is neither being deleted nor tainted to be.
[[nodiscard]] bool node_eligible(const config::Node* node);

/// 200 if the proxy is healthy and the node is eligible, else 503.
[[nodiscard]] HttpResponse healthz(const HealthInput& input);
/// The same without the node.
[[nodiscard]] HttpResponse livez(const HealthInput& input);

/// The answer on a Service's health check node port: 200 if there is a local endpoint and the proxy is healthy, else
/// 503.
[[nodiscard]] HttpResponse service_health(const config::ServiceName& service, std::size_t local_endpoints,
                                          bool healthy);

}  // namespace naru::daemon
