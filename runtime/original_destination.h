// Whom a redirected connection was for.
#pragma once

#include <optional>

#include "base/address.h"

namespace naru::runtime {

/// The address that the client connected to, before the packet filter redirected the connection (SO_ORIGINAL_DST); the
/// socket's own where it was not redirected. Nothing if the kernel does not know, as where it tracks no connections.
/// Needs no privilege. TCP only: the kernel does not tell it of UDP.
[[nodiscard]] std::optional<SocketAddress> original_destination(int fd, Family family);

}  // namespace naru::runtime
