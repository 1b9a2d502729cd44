// What BGP wants of its TCP sockets. Each returns the errno of the first that failed, 0 if none did.
#pragma once

#include <string>

#include "lb/bgp/peer_settings.h"

namespace naru::lb::bgp {

/// Before connect(2), or after accept(2): TCP_NODELAY, network control's class of traffic, hop limit (1 to an external
/// peer, so that nobody further away can pose as it, unless it is several hops away).
[[nodiscard]] int set_options(int fd, const PeerSettings& settings);

/// TCP-MD5 (RFC 2385) with this peer, on a socket that will connect to it, or listens for it. Empty: no more.
[[nodiscard]] int set_password(int fd, const IpAddress& peer, const std::string& password);

}  // namespace naru::lb::bgp
