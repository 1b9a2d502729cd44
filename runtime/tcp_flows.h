// The TCP connections that this host has, as the kernel knows them.
#pragma once

#include <compare>
#include <set>

#include "base/address.h"

namespace naru::runtime {

struct TcpFlow {
  SocketAddress local;
  SocketAddress peer;
  friend auto operator<=>(const TcpFlow&, const TcpFlow&) = default;
};

/// Those whose local address is one of `addresses`, in any state but listening. Errors: what the kernel said.
[[nodiscard]] Result<std::set<TcpFlow>> tcp_flows(const std::set<IpAddress>& addresses);

}  // namespace naru::runtime
