// The upstreams that the host itself uses.
#pragma once

#include <string_view>
#include <vector>

#include "base/address.h"

namespace naru::dns {

/// The `nameserver` lines of a resolv.conf(5), port 53, in order, each once. What is no address is passed over, as libc
/// does. `own` addresses are left out: asking ourselves is a loop.
[[nodiscard]] std::vector<SocketAddress> upstreams_of_resolv_conf(std::string_view text,
                                                                  const std::vector<SocketAddress>& own = {});

}  // namespace naru::dns
