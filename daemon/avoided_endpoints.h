// Which ready endpoints the data plane passes over for now, and why.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string_view>

#include "proxy/table.h"

namespace naru::daemon {

/// "weight 0", "ejected" or "probe fails", by Service and address.
using AvoidedEndpoints = std::map<std::pair<config::ServiceName, IpAddress>, std::string_view>;

/// Empty: it is not.
[[nodiscard]] inline std::string_view why_avoided(const lb::Endpoint& endpoint, TimePoint now) {
  if (endpoint.weight == 0) return "weight 0";
  if (!endpoint.state->avoided(now)) return {};
  return endpoint.state->probe_failed() ? "probe fails" : "ejected";
}

[[nodiscard]] inline AvoidedEndpoints avoided_endpoints(
    std::span<const std::shared_ptr<const proxy::ServicePort>> ports, TimePoint now) {
  AvoidedEndpoints avoided;
  for (const auto& port : ports) {
    for (const lb::Endpoint& endpoint : port->endpoints) {
      const std::string_view why = why_avoided(endpoint, now);
      if (!why.empty()) avoided[{port->service, endpoint.address.ip}] = why;
    }
  }
  return avoided;
}

}  // namespace naru::daemon
