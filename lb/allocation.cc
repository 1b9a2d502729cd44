#include "lb/allocation.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace naru::lb {

Held held_of(const config::Service& service, const Allocation& allocation) {
  Held held{allocation.cluster_ips, {}, allocation.health_check_node_port, allocation.load_balancer_ips, allocation.pool};
  for (std::size_t i = 0; i < allocation.node_ports.size(); ++i) {
    const config::ServicePort& port = service.ports[i];
    if (allocation.node_ports[i]) held.node_ports[{port.protocol, port.port}] = *allocation.node_ports[i];
  }
  return held;
}

Result<PortRange> PortRange::parse(std::string_view text) {
  const Error bad{Errc::bad_input, fmt::format("'{}' is not a range of ports (first-last)", text)};
  const auto parts = split(text, '-');
  if (parts.size() != 2) return bad;
  Port ends[2];
  for (std::size_t i = 0; i < 2; ++i) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(parts[i].begin(), parts[i].end(), number);
    if (failure != std::errc{} || end != parts[i].end()) return bad;
    const auto port = Port::from(number);
    if (!port) return bad;
    ends[i] = *port;
  }
  if (ends[1] < ends[0]) return bad;
  return PortRange{ends[0], ends[1]};
}

std::string PortRange::to_string() const { return fmt::format("{}-{}", first.value(), last.value()); }

}  // namespace naru::lb
