#include "proxy/port_entry.h"

#include <algorithm>

#include "proxy/origins.h"

namespace naru::proxy {

const lb::Endpoint* find_endpoint(const PortEntry& entry, const SocketAddress& address) {
  const auto& endpoints = entry.port().endpoints;
  const auto found = std::ranges::lower_bound(endpoints, address, {}, &lb::Endpoint::address);
  return found != endpoints.end() && found->address == address ? &*found : nullptr;
}

bool is_draining(const PortEntry& entry, const SocketAddress& endpoint) {
  if (entry.removed) return true;
  const lb::Endpoint* found = find_endpoint(entry, endpoint);
  return found == nullptr || found->terminating;
}

const lb::Usable& Binding::usable(const IpAddress& client, const Origins& origins) const {
  // Where nothing is withheld from anybody it does not matter who asks.
  if (frontend.policy == config::TrafficPolicy::cluster) return port->port().cluster;
  return port->port().usable(policy_for(frontend, origin_of(origins, client, key.address.ip)));
}

bool Binding::admits(const IpAddress& client) const {
  const std::vector<Cidr>& ranges = port->port().settings.source_ranges;
  if (frontend.kind != FrontendKind::load_balancer || ranges.empty()) return true;
  return std::ranges::any_of(ranges, [&](const Cidr& range) { return range.contains(client); });
}

}  // namespace naru::proxy
