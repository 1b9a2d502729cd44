// Which ready endpoints the data plane passes over for now, and why.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string_view>

#include "proxy/table.h"

namespace naru::daemon {

/// "ejected" or "probe fails", by Service and address.
using AvoidedEndpoints = std::map<std::pair<config::ServiceName, IpAddress>, std::string_view>;

[[nodiscard]] inline AvoidedEndpoints avoided_endpoints(
    std::span<const std::shared_ptr<const proxy::ServicePort>> ports, TimePoint now) {
  AvoidedEndpoints avoided;
  for (const auto& port : ports) {
    for (const lb::Endpoint& endpoint : port->endpoints) {
      if (!endpoint.state->avoided(now)) continue;
      avoided[{port->service, endpoint.address.ip}] = endpoint.state->probe_failed() ? "probe fails" : "ejected";
    }
  }
  return avoided;
}

}  // namespace naru::daemon
