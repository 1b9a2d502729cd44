#include "lb/pool_admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace naru::lb {
namespace {

using config::AddressRange;
using config::IpAddressPool;
using PoolPtr = std::shared_ptr<const IpAddressPool>;

std::string name_of(const IpAddressPool& pool) {
  return fmt::format("IPAddressPool {}/{}", pool.meta.name_space, pool.meta.name);
}

bool same_object(const PoolPtr& a, const PoolPtr& b) {
  return a->meta.name == b->meta.name && a->meta.name_space == b->meta.name_space;
}

/// Ranges that do not overlap, by their first address.
class Admission {
 public:
  /// The fault, if the pool cannot be taken beside those taken before.
  std::optional<config::Issue> take(const PoolPtr& pool) {
    if (auto fault = fault_of(*pool)) return fault;
    names_.emplace(pool->meta.name, pool);
    for (const AddressRange& range : pool->addresses) ranges_.emplace(range.first, Taken{&range, pool.get()});
    pools_.push_back(pool);
    return std::nullopt;
  }
  [[nodiscard]] PoolAllocator::Pools pools() && { return std::move(pools_); }

 private:
  struct Taken {
    const AddressRange* range{};
    const IpAddressPool* pool{};
  };

  [[nodiscard]] std::optional<config::Issue> fault_of(const IpAddressPool& pool) const {
    if (const auto other = names_.find(pool.meta.name); other != names_.end()) {
      return config::Issue{pool.meta.location, name_of(pool), "metadata.name",
                           fmt::format("is already the name of {}", name_of(*other->second))};
    }
    for (std::size_t i = 0; i < pool.addresses.size(); ++i) {
      const AddressRange& range = pool.addresses[i];
      const Taken* other = overlapping(range);
      if (other == nullptr) continue;
      const int line = range.line > 0 ? range.line : pool.meta.location.line;
      return config::Issue{
          {pool.meta.location.file, line},
          name_of(pool),
          fmt::format("spec.addresses[{}]", i),
          fmt::format("\"{}\": overlaps with \"{}\" of {}", range.text, other->range->text, name_of(*other->pool))};
    }
    return std::nullopt;
  }

  /// Those taken do not overlap: only the last one that begins before the range's end can reach into it.
  [[nodiscard]] const Taken* overlapping(const AddressRange& range) const {
    auto after = ranges_.upper_bound(range.last);
    if (after == ranges_.begin()) return nullptr;
    const Taken& before = std::prev(after)->second;
    return before.range->last >= range.first ? &before : nullptr;
  }

  std::map<std::string, PoolPtr> names_;
  std::map<IpAddress, Taken> ranges_;
  PoolAllocator::Pools pools_;
};

PoolAllocator::Pools in_source_order(PoolAllocator::Pools pools) {
  std::ranges::stable_sort(pools, {}, [](const PoolPtr& pool) {
    const config::Location& where = pool->meta.location;
    return std::tuple(where.file ? *where.file : std::string{}, where.line_in_file());
  });
  return pools;
}

}  // namespace

PoolAdmission admit_pools(const PoolAllocator::Pools& wanted, const PoolAllocator::Pools& in_force) {
  Admission admission;
  PoolAllocator::Pools changed;
  for (const PoolPtr& pool : in_source_order(wanted)) {
    const bool as_before = std::ranges::find(in_force, pool) != in_force.end();
    if (!as_before || admission.take(pool)) changed.push_back(pool);
  }
  PoolAdmission result;
  PoolAllocator::Pools refused;
  for (const PoolPtr& pool : changed) {
    if (auto fault = admission.take(pool)) {
      result.issues.push_back(std::move(*fault));
      refused.push_back(pool);
    }
  }
  for (const PoolPtr& pool : refused) {
    const auto before = std::ranges::find_if(in_force, [&](const PoolPtr& had) { return same_object(had, pool); });
    if (before != in_force.end()) (void)admission.take(*before);
  }
  result.pools = std::move(admission).pools();
  return result;
}

}  // namespace naru::lb
