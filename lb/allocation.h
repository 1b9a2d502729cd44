// What naru gives to a Service that asks for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "config/objects.h"

namespace naru::lb {

/// Addresses and ports of one Service, whether asked for or allocated. Empty for what the Service's type does not have.
struct Allocation {
  std::vector<IpAddress> cluster_ips;           // at most one per family, the primary first
  std::vector<std::optional<Port>> node_ports;  // in the order of spec.ports
  std::optional<Port> health_check_node_port;
  std::vector<IpAddress> load_balancer_ips;  // at most one per family
  std::string pool;                          // that the load balancer addresses came from

  friend bool operator==(const Allocation&, const Allocation&) = default;
};

/// What a Service had before, in the form that survives a reordering of its ports: node ports by protocol and port.
struct Held {
  std::vector<IpAddress> cluster_ips;
  std::map<std::pair<Protocol, Port>, Port> node_ports;
  std::optional<Port> health_check_node_port;
  std::vector<IpAddress> load_balancer_ips;
  std::string pool;

  friend bool operator==(const Held&, const Held&) = default;
};

[[nodiscard]] Held held_of(const config::Service& service, const Allocation& allocation);

}  // namespace naru::lb
