// What the BGP speaker is told, from what is configured and planned.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lb/announce/plan.h"
#include "lb/bgp/peer_settings.h"
#include "lb/bgp/route.h"

namespace naru::lb::announce {

/// For those of `peers` (names), which have an address.
[[nodiscard]] std::vector<bgp::PeerSettings> peer_settings(const Input& input, const std::vector<std::string>& peers);
[[nodiscard]] std::map<std::string, std::vector<bgp::Route>> bgp_routes(
    const std::map<std::string, std::vector<PlannedRoute>>& planned);

/// What this node's BGP is called where a peer says nothing: its first IPv4 InternalIP.
[[nodiscard]] std::optional<IpAddress> router_id(const Input& input);

}  // namespace naru::lb::announce
