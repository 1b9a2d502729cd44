#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "daemon/allocations.h"

namespace naru::daemon {
namespace {

std::optional<Port> to_port(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const auto port = Port::from(number);
  return port ? std::optional(*port) : std::nullopt;
}

/// "TCP/80"
std::string to_key(const config::ServicePort& port) {
  return fmt::format("{}/{}", to_string(port.protocol), port.port.value());
}

std::optional<std::pair<Protocol, Port>> from_key(std::string_view key) {
  const auto parts = split(key, '/');
  if (parts.size() != 2) return std::nullopt;
  const auto port = to_port(parts[1]);
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp}) {
    if (port && to_string(protocol) == parts[0]) return std::pair(protocol, *port);
  }
  return std::nullopt;
}

}  // namespace

std::vector<AllocationRow> rows_of(const config::Service& service, const lb::Allocation& allocation) {
  const config::ServiceName name = service.service_name();
  std::vector<AllocationRow> rows;
  for (const IpAddress& ip : allocation.cluster_ips) {
    rows.push_back({AllocationKind::cluster_ip, ip.to_string(), std::nullopt, name, {}, {}, {}});
  }
  for (std::size_t i = 0; i < allocation.node_ports.size(); ++i) {
    if (!allocation.node_ports[i]) continue;
    const config::ServicePort& port = service.ports[i];
    rows.push_back({AllocationKind::node_port,
                    std::to_string(allocation.node_ports[i]->value()),
                    port.protocol,
                    name,
                    to_key(port),
                    {},
                    {}});
  }
  if (allocation.health_check_node_port) {
    rows.push_back({AllocationKind::health_check_node_port,
                    std::to_string(allocation.health_check_node_port->value()),
                    Protocol::tcp,
                    name,
                    {},
                    {},
                    {}});
  }
  if (lb::is_ours(service)) {
    const std::string sharing_key = lb::load_balancer_request(service).sharing_key;
    for (const IpAddress& ip : allocation.load_balancer_ips) {
      rows.push_back(
          {AllocationKind::load_balancer_ip, ip.to_string(), std::nullopt, name, {}, allocation.pool, sharing_key});
    }
  }
  std::ranges::sort(rows);
  return rows;
}

lb::Held held_of(const std::vector<AllocationRow>& rows) {
  lb::Held held;
  for (const AllocationRow& row : rows) {
    const auto ip = IpAddress::parse(row.value);
    const auto port = to_port(row.value);
    const auto key = from_key(row.port_key);
    if (row.kind == AllocationKind::cluster_ip && ip) held.cluster_ips.push_back(*ip);
    if (row.kind == AllocationKind::node_port && port && key) held.node_ports[*key] = *port;
    if (row.kind == AllocationKind::health_check_node_port && port) held.health_check_node_port = port;
    if (row.kind == AllocationKind::load_balancer_ip && ip) {
      held.load_balancer_ips.push_back(*ip);
      held.pool = row.pool;
    }
  }
  return held;
}

}  // namespace naru::daemon
