// Which load balancer addresses one Service is to have. Only for pool_allocator.cc and pool_plan.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lb/pool_allocator.h"

namespace naru::lb {

/// Reads the owners, changes nothing. Lives for one call of allocate().
class PoolAllocator::Plan {
 public:
  Plan(const PoolAllocator& allocator, const config::Service& service, std::span<const Family> families,
       bool all_families);

  [[nodiscard]] Outcome make() const;
  [[nodiscard]] const Owner& owner() const { return owner_; }

 private:
  using Pool = config::IpAddressPool;
  /// In the order in which they are tried.
  struct Candidates {
    std::vector<const Pool*> pinned;  // to this Service, by serviceAllocation
    std::vector<const Pool*> automatic;
  };

  [[nodiscard]] Outcome requested() const;
  [[nodiscard]] std::string why_not(const IpAddress& ip, const Pool* pool, const std::string& first_pool) const;
  [[nodiscard]] Outcome held() const;
  [[nodiscard]] bool may_keep(const IpAddress& ip, const Pool& pool) const;
  [[nodiscard]] Outcome from_requested_pool() const;
  [[nodiscard]] Outcome from_any_pool() const;
  [[nodiscard]] std::optional<Outcome> from_best_of(const std::vector<const Pool*>& pools) const;
  [[nodiscard]] Candidates candidates() const;

  /// `ips` and, of each family still missing, the first free address of the pool.
  [[nodiscard]] Outcome fill(const Pool& pool, std::vector<IpAddress> ips) const;
  [[nodiscard]] std::optional<IpAddress> first_free(const Pool& pool, Family family) const;
  [[nodiscard]] bool serves_us(const Pool& pool) const;

  const PoolAllocator& allocator_;
  const config::Service& service_;
  std::span<const Family> families_;
  bool all_families_;
  LoadBalancerRequest request_;
  Owner owner_;
  config::Labels namespace_labels_;
};

}  // namespace naru::lb
