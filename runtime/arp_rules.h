// The rules by which nftables keeps the kernel from speaking ARP for some addresses, in nft's own language. No I/O.
#pragma once

#include <set>
#include <span>
#include <string>

#include "runtime/host_addresses.h"

namespace naru::runtime {

/// Those of `wanted` that rules can and may hold: IPv4, and not an address of an interface other than loopback.
[[nodiscard]] std::set<IpAddress> holdable(const std::set<IpAddress>& wanted, std::span<const HostAddress> host);

/// Commands that make, or make anew, the whole table. It drops requests for `held`, so that the kernel does not answer,
/// and gives the kernel's own requests from `held` another sender: the interface's address of the subnet that is asked,
/// else the interface's first, else none (0.0.0.0, as a probe has, which teaches nobody anything).
[[nodiscard]] std::string arp_table(const std::string& table, const std::set<IpAddress>& held,
                                    std::span<const HostAddress> host);

/// Commands that turn a table that holds `before` into one that holds `after`; empty if nothing is to be done.
[[nodiscard]] std::string arp_held_change(const std::string& table, const std::set<IpAddress>& before,
                                          const std::set<IpAddress>& after);

/// Commands that renew what the table knows of the interfaces' addresses.
[[nodiscard]] std::string arp_senders_change(const std::string& table, std::span<const HostAddress> host);

}  // namespace naru::runtime
