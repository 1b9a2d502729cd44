// What an IPAddressPool holds and whom it serves.
#pragma once

#include <cstdint>

#include "config/objects.h"

namespace naru::lb {

/// True if `avoidBuggyIPs` keeps the pool from giving this address: IPv4, ending in .0 or .255, which some old clients
/// take for network or broadcast addresses.
[[nodiscard]] bool is_avoided(const config::IpAddressPool& pool, const IpAddress& ip);

/// In a range of the pool, and not avoided.
[[nodiscard]] bool pool_has(const config::IpAddressPool& pool, const IpAddress& ip);

/// True unless serviceAllocation keeps the pool for others. Selectors of one kind are alternatives; namespaces (named
/// or selected) and Services must both match. `namespace_labels`: of the Service's namespace.
[[nodiscard]] bool serves(const config::IpAddressPool& pool, const config::Service& service,
                          const config::Labels& namespace_labels);

/// How many addresses of the family the pool can give; 2^64-1 for that and more.
[[nodiscard]] std::uint64_t pool_size(const config::IpAddressPool& pool, Family family);

}  // namespace naru::lb
