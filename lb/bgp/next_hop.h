// Next hop self: which of our addresses peers are to send to.
#pragma once

#include <span>

#include "lb/bgp/terms.h"

namespace naru::lb::bgp {

/// An address of this host.
struct OwnAddress {
  IpAddress ip;
  unsigned interface_index{};
  bool global{};  // and usable: peers may be told of it
};

/// For the session's own family its local address. For the other one the first global address of the same interface:
/// only that is known to be on the peer's link. None: routes of that family cannot be announced on this session.
[[nodiscard]] NextHops next_hops(const IpAddress& local, std::span<const OwnAddress> host);

}  // namespace naru::lb::bgp
