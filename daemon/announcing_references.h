// What the objects about announcing name: found, or told to be missing.
#pragma once

#include <vector>

#include "daemon/desired_state.h"
#include "lb/announce/input.h"

namespace naru::daemon {

/// Each with its BFD profile and password. One that cannot be had has a `fault`.
[[nodiscard]] std::vector<lb::announce::PeerInput> resolve_peers(const DesiredState& desired);
/// Each with the values of the communities that it names. If one is missing nothing is announced by it: a community
/// often keeps a route from going where it should not.
[[nodiscard]] std::vector<lb::announce::BgpInput> resolve_bgp_advertisements(const DesiredState& desired);

/// Names of pools, peers, communities, BFD profiles and Secrets that do not exist, and what naru cannot do: not in
/// force until it is mended, and harmless to the rest.
[[nodiscard]] std::vector<config::Issue> announcing_notices(const DesiredState& desired);

}  // namespace naru::daemon
