// Which IPAddressPools are in force: those that leave the others theirs. Pure.
#pragma once

#include <vector>

#include "lb/pool_allocator.h"

namespace naru::lb {

struct PoolAdmission {
  PoolAllocator::Pools pools;         // in force
  std::vector<config::Issue> issues;  // of those that are not, or not as they are wanted
};

/// No address may be in two pools, and no two pools may have one name, in whatever namespaces they are. Those that are
/// in force unchanged come first, then the order of the sources decides. A pool that is refused stays as it was before,
/// if it was and nobody has taken its addresses; so a mistake takes no address from anybody.
[[nodiscard]] PoolAdmission admit_pools(const PoolAllocator::Pools& wanted, const PoolAllocator::Pools& in_force);

}  // namespace naru::lb
