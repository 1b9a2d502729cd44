// Who announces which address, where and how: decided anew from the whole input and what is known of the other nodes.
// Pure, and the same on every node that is given the same.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lb/announce/input.h"
#include "lb/announce/liveness.h"
#include "lb/announce/reason.h"
#include "lb/layer2/interface_selection.h"

namespace naru::lb::announce {

/// What this node knows of who is there.
struct Presence {
  Phase phase{Phase::live};
  std::set<std::string> others;       // candidates
  bool able{true};                    // this node may use packet sockets
  std::set<std::string> newcomers{};  // others that are there, and candidates only where there is no other one

  [[nodiscard]] bool candidate() const { return able && (phase == Phase::live || phase == Phase::isolated); }
  /// Leaves addresses to others, as long as there are others.
  [[nodiscard]] bool waiting() const { return able && (phase == Phase::settling || phase == Phase::claiming); }
};

/// Of one address, which several Services may share, by ARP or NDP.
struct Layer2Decision {
  IpAddress address;
  std::vector<config::ServiceName> services;
  Reason reason{Reason::announced};       // of this node
  std::string owner;                      // the node that announces it, as far as this one can tell; empty: nobody does
  layer2::InterfaceSelection interfaces;  // announced: on which
};

/// A route to be announced to a peer.
struct PlannedRoute {
  Cidr prefix;
  std::optional<std::uint32_t> local_pref;
  std::vector<config::CommunityValue> communities;  // sorted, each once

  friend bool operator==(const PlannedRoute&, const PlannedRoute&) = default;
};

/// Of one address of one Service by BGP.
struct BgpDecision {
  IpAddress address;
  config::ServiceName service;
  std::string peer;  // empty: no peer came into question
  Reason reason{Reason::announced};
  std::optional<Cidr> prefix;  // announced: by which route
};

struct Plan {
  std::vector<Layer2Decision> layer2;  // by address; addresses that no L2Advertisement is about are left out
  std::vector<BgpDecision> bgp;        // the same of BGPAdvertisements
  std::vector<std::string> peers;      // names of those to have sessions with
  std::map<std::string, std::vector<PlannedRoute>> routes;  // by peer; of each prefix one
  std::vector<BgpDecision> unannounced;                     // addresses that no advertisement of either kind is about
};

[[nodiscard]] Plan make_plan(const Input& input, const Presence& presence);

// Its parts.
[[nodiscard]] std::vector<Layer2Decision> plan_layer2(const Input& input, const Presence& presence);
void plan_bgp(const Input& input, Plan& plan);

/// Why this node may not announce anything at all, if it may not.
[[nodiscard]] std::optional<Reason> barred(const NodeInput& node);
/// Why not this address from this node, by where its endpoints are.
[[nodiscard]] std::optional<Reason> without_endpoint(const ServiceInput& service, const ServiceAddress& address,
                                                     const std::string& node);

}  // namespace naru::lb::announce
