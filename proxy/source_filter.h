// Clients that a listening socket answers at all: the kernel drops what the others send before it says anything.
#pragma once

#include <linux/filter.h>

#include <optional>
#include <span>
#include <vector>

#include "base/address.h"

namespace naru::proxy {

/// A classic BPF program for a socket of the family: packets of `admitted` pass, all others are dropped. Of none:
/// everything is. Nothing if the kernel takes no program that long (some 1000 IPv4 or 300 IPv6 prefixes).
[[nodiscard]] std::optional<std::vector<sock_filter>> source_filter(std::span<const Cidr> admitted, Family family);

/// Puts the program before the socket, in place of what was there; connections accepted from then on keep it. An empty
/// one takes it away. Returns 0 or errno.
int set_filter(int fd, std::span<const sock_filter> program);

}  // namespace naru::proxy
