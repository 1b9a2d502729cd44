#include "proxy/origins.h"

#include <algorithm>

namespace naru::proxy {

Origin origin_of(const Origins& origins, const IpAddress& client, const IpAddress& address) {
  if (origins.node.contains(client) || (client == address && !client.is_loopback())) return Origin::node;
  return origins.pods.contains(client) ? Origin::pod : Origin::outside;
}

bool are_neighbours(const Origins& origins, const IpAddress& one, const IpAddress& other) {
  return std::ranges::any_of(origins.subnets,
                             [&](const Cidr& subnet) { return subnet.contains(one) && subnet.contains(other); });
}

config::TrafficPolicy policy_for(const Frontend& frontend, Origin origin) {
  const bool cut_short = frontend.kind != FrontendKind::cluster_ip && origin != Origin::outside;
  return cut_short ? config::TrafficPolicy::cluster : frontend.policy;
}

Audience audience_of(const ServicePort& port, const IpAddress& address, const Frontend& frontend,
                     const Origins& origins) {
  if (port.protocol == Protocol::sctp) return Audience::everyone;  // which open() refuses with the reason
  if (!port.usable(frontend.policy).empty()) return Audience::everyone;
  if (speaks_http(port.settings.http) && port.settings.http.hold.has_value()) return Audience::everyone;
  if (port.cluster.empty()) return Audience::nobody;  // then the policy is Local, and only other nodes have some
  if (frontend.kind == FrontendKind::cluster_ip) return address.is_loopback() ? Audience::nobody : Audience::silence;
  return address.is_loopback() && !origins.node.contains(address) ? Audience::nobody : Audience::cluster;
}

}  // namespace naru::proxy
