#include "lb/announce/sessions.h"

#include <algorithm>

namespace naru::lb::announce {
namespace {

std::optional<IpAddress> first_of(const NodeInput& node, Family family) {
  const auto found = std::ranges::find(node.internal_ips, family, &IpAddress::family);
  return found == node.internal_ips.end() ? std::nullopt : std::optional(*found);
}

bfd::SessionSettings settings_of(const config::BgpPeer& peer, const config::BfdProfile& profile) {
  bfd::SessionSettings settings;
  settings.detect_multiplier = static_cast<std::uint8_t>(profile.detect_multiplier);
  settings.desired_min_tx = std::chrono::duration_cast<bfd::Micros>(profile.transmit_interval);
  settings.required_min_rx = std::chrono::duration_cast<bfd::Micros>(profile.receive_interval);
  settings.passive = profile.passive_mode;
  settings.multihop = peer.ebgp_multi_hop;
  settings.minimum_ttl = static_cast<std::uint8_t>(profile.minimum_ttl);
  return settings;
}

}  // namespace

std::map<bfd::SessionKey, std::string> node_sessions(const Input& input) {
  std::map<bfd::SessionKey, std::string> sessions;
  const auto self = input.nodes.find(input.self);
  if (self == input.nodes.end()) return sessions;
  for (const auto& [name, node] : input.nodes) {
    if (name == input.self) continue;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const auto ours = first_of(self->second, family);
      const auto theirs = first_of(node, family);
      if (!ours || !theirs) continue;
      sessions.emplace(bfd::SessionKey{*theirs, *ours}, name);
      break;
    }
  }
  return sessions;
}

std::set<std::string> names_of(const std::map<bfd::SessionKey, std::string>& sessions) {
  std::set<std::string> names;
  for (const auto& [key, name] : sessions) names.insert(name);
  return names;
}

std::set<std::string> unheard_nodes(const Input& input, const std::map<bfd::SessionKey, std::string>& sessions) {
  const std::set<std::string> heard = names_of(sessions);
  std::set<std::string> names;
  for (const auto& [name, node] : input.nodes) {
    if (name != input.self && !heard.contains(name)) names.insert(name);
  }
  return names;
}

std::map<bfd::SessionKey, PeerSession> peer_sessions(const Input& input, const std::vector<std::string>& peers) {
  std::map<bfd::SessionKey, PeerSession> sessions;
  for (const PeerInput& peer : input.peers) {
    const std::string& name = peer.object->meta.name;
    const bool wanted = std::ranges::find(peers, name) != peers.end();
    if (!wanted || peer.bfd == nullptr || !peer.object->address) continue;
    const bfd::SessionKey key{*peer.object->address, peer.object->source_address};
    PeerSession& session =
        sessions.try_emplace(key, PeerSession{settings_of(*peer.object, *peer.bfd), {}}).first->second;
    session.peers.push_back(name);
  }
  return sessions;
}

}  // namespace naru::lb::announce
