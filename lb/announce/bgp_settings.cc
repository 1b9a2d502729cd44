#include "lb/announce/bgp_settings.h"

#include <algorithm>

namespace naru::lb::announce {
namespace {

std::optional<bgp::DynamicAsn> dynamic_asn(const config::BgpPeer& peer) {
  if (!peer.dynamic_asn) return std::nullopt;
  return *peer.dynamic_asn == config::DynamicAsn::internal ? bgp::DynamicAsn::internal : bgp::DynamicAsn::external;
}

bgp::PeerSettings settings_of(const PeerInput& input) {
  const config::BgpPeer& peer = *input.object;
  bgp::PeerSettings settings;
  settings.name = peer.meta.name;
  settings.my_asn = peer.my_asn;
  settings.peer_asn = peer.peer_asn;
  settings.dynamic_asn = dynamic_asn(peer);
  settings.address = *peer.address;
  settings.port = peer.port;
  settings.source_address = peer.source_address;
  settings.router_id = peer.router_id;
  settings.hold_time = peer.hold_time.value_or(settings.hold_time);
  settings.keepalive_time = peer.keepalive_time;
  settings.connect_time = peer.connect_time;
  settings.password = input.password;
  settings.ebgp_multi_hop = peer.ebgp_multi_hop;
  settings.graceful_restart = peer.graceful_restart;
  settings.dual_stack = peer.dual_stack;
  return settings;
}

bgp::Route route_of(const PlannedRoute& planned) {
  bgp::Route route{planned.prefix, {}};
  route.attributes.local_pref = planned.local_pref;
  for (const config::CommunityValue& value : planned.communities) {
    if (value.large) {
      route.attributes.large_communities.push_back({value.a, value.b, value.c});
    } else {
      route.attributes.communities.push_back(value.a << 16 | value.b);
    }
  }
  return route;
}

}  // namespace

std::vector<bgp::PeerSettings> peer_settings(const Input& input, const std::vector<std::string>& peers) {
  std::vector<bgp::PeerSettings> settings;
  for (const PeerInput& peer : input.peers) {
    const bool wanted = std::ranges::find(peers, peer.object->meta.name) != peers.end();
    if (wanted && peer.object->address) settings.push_back(settings_of(peer));
  }
  return settings;
}

std::map<std::string, std::vector<bgp::Route>> bgp_routes(
    const std::map<std::string, std::vector<PlannedRoute>>& planned) {
  std::map<std::string, std::vector<bgp::Route>> routes;
  for (const auto& [peer, list] : planned) {
    auto& to = routes[peer];
    for (const PlannedRoute& route : list) to.push_back(route_of(route));
  }
  return routes;
}

std::optional<IpAddress> router_id(const Input& input) {
  const auto self = input.nodes.find(input.self);
  if (self == input.nodes.end()) return std::nullopt;
  const auto& ips = self->second.internal_ips;
  const auto found = std::ranges::find(ips, Family::ipv4, &IpAddress::family);
  return found == ips.end() ? std::nullopt : std::optional(*found);
}

}  // namespace naru::lb::announce
