// Who has which address and port: the allocators' decisions, kept in the store.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/allocation_store.h"
#include "lb/pool_allocator.h"
#include "lb/service_allocator.h"

namespace naru::daemon {

/// What became of one Service's wishes.
struct AllocationOutcome {
  lb::Allocation allocation;
  std::string pending;                 // a load balancer address that it has not got, and why; empty: nothing pending
  std::vector<config::Issue> faults;   // of its wishes for load balancer addresses: it is served without
  std::vector<config::Issue> refused;  // if any: nothing was changed for this Service
};

/// Thread: the control thread.
class Allocations {
 public:
  using ServicePtr = std::shared_ptr<const config::Service>;

  Allocations(lb::AllocatorConfig config, AllocationStore store);

  /// Takes over what is recorded. Once, before the first allocate(). Errors: the store's.
  Result<void> restore();

  /// Whether the Service has anything, from now or from a run before.
  [[nodiscard]] bool holds_for(const config::ServiceName& name) const { return wanted_.contains(name); }

  void configure_pools(lb::PoolAllocator::Pools pools, lb::PoolAllocator::NamespaceLabels namespaces);

  /// Decides for all of `batch`, in its order, and records it. Where another process of the host was faster, decides
  /// again.
  [[nodiscard]] std::map<config::ServiceName, AllocationOutcome> allocate(const std::vector<ServicePtr>& batch);

  /// Frees what a deleted Service had. True if it had anything.
  bool release(const config::ServiceName& name);
  /// After the first load: frees what is recorded as this node's for Services that are no more.
  void release_all_but(const std::map<config::ServiceName, ServicePtr>& existing);

  /// Why the decisions in force could not be recorded (a full disk, say); empty if they are. They stand all the same,
  /// and are recorded with the next ones or by save().
  [[nodiscard]] const std::string& store_error() const { return store_error_; }
  void save();

  [[nodiscard]] lb::PoolUsage usage(const config::IpAddressPool& pool) const { return pools_.usage(pool); }

 private:
  using Rows = std::vector<AllocationRow>;

  [[nodiscard]] std::map<config::ServiceName, AllocationOutcome> decide(const std::vector<ServicePtr>& batch);
  [[nodiscard]] AllocationOutcome decide_one(const config::Service& service, const lb::Requested& requested);
  void give_load_balancer_ips(const config::Service& service, AllocationOutcome& outcome);
  void adopt_status(const config::Service& service);
  void adopt(const config::ServiceName& name, const Rows& rows);
  void forget(const config::ServiceName& name);
  Result<void> read_store();
  [[nodiscard]] AllocationChanges unrecorded() const;
  void mark_recorded();

  lb::ServiceAllocator services_;
  lb::PoolAllocator pools_;
  AllocationStore store_;
  std::map<config::ServiceName, Rows> recorded_;  // in the store as this node's
  std::map<config::ServiceName, Rows> wanted_;    // to be there
  std::map<config::ServiceName, Rows> foreign_;   // in the store, of other nodes of this host only
  std::set<config::ServiceName> unsaved_;         // where `wanted_` may differ from `recorded_`
  std::string store_error_;
};

/// The rows that stand for an allocation, and back.
[[nodiscard]] std::vector<AllocationRow> rows_of(const config::Service& service, const lb::Allocation& allocation);
[[nodiscard]] lb::Held held_of(const std::vector<AllocationRow>& rows);

}  // namespace naru::daemon
