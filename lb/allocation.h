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
  std::vector<IpAddress> load_balancer_ips;     // at most one per family
  std::string pool;                             // that the load balancer addresses came from

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

/// A range of ports, both ends in it.
struct PortRange {
  Port first{30000};
  Port last{32767};

  /// "30000-32767". Errors: not two ports in order.
  static Result<PortRange> parse(std::string_view text);
  [[nodiscard]] bool contains(Port port) const { return first <= port && port <= last; }
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{last.value()} - first.value() + 1; }
  [[nodiscard]] std::string to_string() const;
};

}  // namespace naru::lb
