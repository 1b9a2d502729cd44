// One route of the kernel's local table, "AnyIP": `local PREFIX dev lo`.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "runtime/netlink.h"

namespace naru::runtime {

struct LocalRoute {
  Cidr cidr;
  std::uint32_t metric{};
  std::uint8_t protocol{};  // who has put it there, by a number of one's own
};

/// 0 or an errno; EEXIST where it is there, ESRCH where it is not.
[[nodiscard]] int add_local_route(Netlink& netlink, const LocalRoute& route);
[[nodiscard]] int remove_local_route(Netlink& netlink, const LocalRoute& route);

/// All of the family that have that protocol.
[[nodiscard]] Result<std::vector<LocalRoute>> local_routes_of(Netlink& netlink, Family family, std::uint8_t protocol);

}  // namespace naru::runtime
