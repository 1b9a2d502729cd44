// What naru gives to a Service that asks for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace naru::lb {

/// Addresses and ports of one Service, whether asked for or allocated. Empty for what the Service's type does not have.
struct Allocation {
  std::vector<IpAddress> cluster_ips;            // at most one per family, the primary first
  std::vector<std::optional<Port>> node_ports;   // in the order of spec.ports
  std::optional<Port> health_check_node_port;
  std::vector<IpAddress> load_balancer_ips;      // at most one per family
  std::string pool;                              // that the load balancer addresses came from

  friend bool operator==(const Allocation&, const Allocation&) = default;
};

}  // namespace naru::lb
