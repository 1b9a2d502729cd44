#include "daemon/announcing_references.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace naru::daemon {
namespace {

using config::Issue;

const config::CommunityValue* community_named(const AnnouncingObjects& objects, const std::string& name) {
  for (const auto& [object_name, community] : objects.communities()) {
    const auto found = std::ranges::find(community->aliases, name, &config::Community::Alias::name);
    if (found != community->aliases.end()) return &found->value;
  }
  return nullptr;
}

/// Why the peer cannot be had.
std::string fault_of(const config::BgpPeer& peer, const AnnouncingObjects& objects) {
  if (!peer.address) return "unnumbered peerings are not supported: give peerAddress instead of interface";
  if (!peer.vrf.empty()) return "peerings in a VRF are not supported";
  if (peer.password_secret.name.empty()) return {};
  const auto* secret = objects.secret(peer.password_secret_namespace, peer.password_secret.name);
  const std::string name = peer.password_secret_namespace + "/" + peer.password_secret.name;
  if (secret == nullptr) return fmt::format("there is no Secret {}", name);
  if (!secret->password) return fmt::format("Secret {} is not of type kubernetes.io/basic-auth with a password", name);
  return {};
}

int line_of_fault(const config::BgpPeer& peer) {
  const bool of_secret = peer.address && peer.vrf.empty();
  return of_secret ? peer.password_secret.line : peer.meta.location.line;
}

std::string_view field_of_fault(const config::BgpPeer& peer) {
  if (!peer.address) return "spec.interface";
  return peer.vrf.empty() ? "spec.passwordSecret" : "spec.vrf";
}

/// Collects notices about the references of one object.
class Notices {
 public:
  Notices(const config::Meta& meta, config::Kind kind, std::vector<Issue>& to)
      : meta_(meta), object_(config::ObjectKey{kind, meta.name_space, meta.name}.to_string()), to_(to) {}

  void add(std::string_view field, int line, std::string reason) {
    to_.push_back({{meta_.location.file, line}, object_, std::string(field), std::move(reason)});
  }
  template <class Exists>
  void check(std::string_view field, std::string_view kind, const std::vector<config::Reference>& references,
             Exists exists) {
    for (const config::Reference& reference : references) {
      if (!exists(reference.name)) add(field, reference.line, fmt::format("there is no {} {}", kind, reference.name));
    }
  }

 private:
  const config::Meta& meta_;
  std::string object_;
  std::vector<Issue>& to_;
};

void check_peer(const config::BgpPeer& peer, const AnnouncingObjects& objects, std::vector<Issue>& notices) {
  Notices about(peer.meta, config::Kind::bgp_peer, notices);
  if (auto fault = fault_of(peer, objects); !fault.empty()) {
    about.add(field_of_fault(peer), line_of_fault(peer), fault + "; there is no session with this peer");
  }
  const config::Reference& profile = peer.bfd_profile;
  if (!profile.name.empty() && !objects.profiles().contains(profile.name)) {
    about.add("spec.bfdProfile", profile.line,
              fmt::format("there is no BFDProfile {}; the session goes without BFD", profile.name));
  }
}

}  // namespace

std::vector<lb::announce::PeerInput> resolve_peers(const DesiredState& desired) {
  const AnnouncingObjects& objects = desired.announcing();
  std::vector<lb::announce::PeerInput> peers;
  for (const auto& [name, object] : objects.peers()) {
    lb::announce::PeerInput peer{object, nullptr, object->password, fault_of(*object, objects)};
    const auto profile = objects.profiles().find(object->bfd_profile.name);
    if (profile != objects.profiles().end()) peer.bfd = profile->second;
    if (peer.fault.empty() && !object->password_secret.name.empty()) {
      peer.password = *objects.secret(object->password_secret_namespace, object->password_secret.name)->password;
    }
    peers.push_back(std::move(peer));
  }
  return peers;
}

std::vector<lb::announce::BgpInput> resolve_bgp_advertisements(const DesiredState& desired) {
  const AnnouncingObjects& objects = desired.announcing();
  std::vector<lb::announce::BgpInput> advertisements;
  for (const auto& [name, object] : objects.bgp_advertisements()) {
    lb::announce::BgpInput advertisement{object, object->communities, {}};
    for (const config::Reference& reference : object->community_names) {
      if (const auto* value = community_named(objects, reference.name)) {
        advertisement.communities.push_back(*value);
      } else {
        advertisement.fault = fmt::format("there is no community {}", reference.name);
      }
    }
    advertisements.push_back(std::move(advertisement));
  }
  return advertisements;
}

std::vector<Issue> announcing_notices(const DesiredState& desired) {
  const AnnouncingObjects& objects = desired.announcing();
  std::set<std::string> pools;
  for (const auto& pool : desired.pools()) pools.insert(pool->meta.name);
  const auto is_pool = [&](const std::string& name) { return pools.contains(name); };
  std::vector<Issue> notices;
  for (const auto& [name, object] : objects.l2_advertisements()) {
    Notices about(object->meta, config::Kind::l2_advertisement, notices);
    about.check("spec.ipAddressPools", "IPAddressPool", object->scope.pools, is_pool);
  }
  for (const auto& [name, object] : objects.bgp_advertisements()) {
    Notices about(object->meta, config::Kind::bgp_advertisement, notices);
    about.check("spec.ipAddressPools", "IPAddressPool", object->scope.pools, is_pool);
    about.check("spec.peers", "BGPPeer", object->peers,
                [&](const std::string& peer) { return objects.peers().contains(peer); });
    about.check("spec.communities", "community", object->community_names,
                [&](const std::string& alias) { return community_named(objects, alias) != nullptr; });
  }
  for (const auto& [name, object] : objects.peers()) check_peer(*object, objects, notices);
  return notices;
}

}  // namespace naru::daemon
