// Sockets that speak from another host's address: what a server sees of a client that is behind a proxy.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "runtime/socket.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

/// As connect_tcp(), from the address and port of `from`, which need not be this host's. From another port where that
/// one is taken here: by another connection from it to the same place, or by a listener. Port 0 asks for any.
///
/// What comes back is for an address that is not this host's: TransparentRouting makes the kernel deliver it. Errors
/// besides those of connect_tcp(): permission, without CAP_NET_ADMIN or CAP_NET_RAW; conflict, where the
/// address or a port of it cannot be had.
Result<Connecting> connect_tcp_from(const SocketAddress& from, const SocketAddress& to);

/// The same for UDP. A port that another socket of this host has is never shared: answers would go astray.
Result<UniqueFd> connect_udp_from(const SocketAddress& from, const SocketAddress& to);

}  // namespace naru::runtime
