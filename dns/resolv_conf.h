// What the host itself uses: its upstreams, and its search list.
#pragma once

#include <string_view>
#include <vector>

#include "base/address.h"
#include "dns/name.h"

namespace naru::dns {

/// The `nameserver` lines of a resolv.conf(5), port 53, in order, each once. What is no address is passed over, as libc
/// does. `own` addresses are left out: asking ourselves is a loop.
[[nodiscard]] std::vector<SocketAddress> upstreams_of_resolv_conf(std::string_view text,
                                                                  const std::vector<SocketAddress>& own = {});

/// The domains of the last `search` or `domain` line, as libc takes them.
[[nodiscard]] std::vector<Name> search_of_resolv_conf(std::string_view text);

}  // namespace naru::dns
