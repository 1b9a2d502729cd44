#include "daemon/allocations.h"

#include <algorithm>

#include "base/log.h"

namespace naru::daemon {

using config::ServiceName;

Allocations::Allocations(lb::AllocatorConfig config, AllocationStore store)
    : services_(std::move(config)), store_(std::move(store)) {}

Result<void> Allocations::restore() {
  return read_store();
}

void Allocations::configure_pools(lb::PoolAllocator::Pools pools, lb::PoolAllocator::NamespaceLabels namespaces) {
  pools_.configure(std::move(pools), std::move(namespaces));
}

/// Brings the allocators to what the store says: ours and other nodes' alike, since all are taken.
Result<void> Allocations::read_store() {
  auto stored = store_.load();
  if (!stored) return stored.error();
  std::map<ServiceName, Rows> mine;
  std::map<ServiceName, Rows> foreign;
  for (StoredAllocation& allocation : *stored) {
    const ServiceName name = allocation.row.service;
    (allocation.mine ? mine : foreign)[name].push_back(std::move(allocation.row));
  }
  for (const auto& [name, rows] : foreign_) {
    if (!foreign.contains(name) && !mine.contains(name)) forget(name);
  }
  recorded_ = mine;
  wanted_ = std::move(mine);
  unsaved_.clear();
  foreign_ = std::move(foreign);
  for (const auto* all : {&foreign_, &wanted_}) {
    for (const auto& [name, rows] : *all) adopt(name, rows);
  }
  return {};
}

void Allocations::adopt(const ServiceName& name, const Rows& rows) {
  const lb::Held held = held_of(rows);
  services_.restore(name, held);
  pools_.restore(name, held);
}

void Allocations::forget(const ServiceName& name) {
  services_.release(name);
  pools_.release(name);
}

std::map<ServiceName, AllocationOutcome> Allocations::allocate(const std::vector<ServicePtr>& batch) {
  // As often as another process can plausibly be faster; then the decision stands unrecorded, and is reported.
  constexpr int kAttempts = 3;
  std::map<ServiceName, AllocationOutcome> outcomes;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (store_.changed_elsewhere() && !read_store()) log::warn("the recorded allocations could not be read again");
    outcomes = decide(batch);
    const AllocationChanges changes = unrecorded();
    const auto committed = changes.empty() ? Result<void>{} : store_.commit(changes);
    store_error_ = committed ? std::string{} : committed.error().message;
    if (committed) mark_recorded();
    if (committed || committed.error().code != Errc::conflict) return outcomes;
    // Another process of the host has one of the values: forget what was decided here, and see theirs.
    for (const ServicePtr& service : batch) forget(service->service_name());
    if (!read_store()) return outcomes;
  }
  return outcomes;
}

std::map<ServiceName, AllocationOutcome> Allocations::decide(const std::vector<ServicePtr>& batch) {
  lb::Requested requested;
  for (const ServicePtr& service : batch) requested.add(*service);
  std::map<ServiceName, AllocationOutcome> outcomes;
  for (const ServicePtr& service : batch) {
    AllocationOutcome outcome = decide_one(*service, requested);
    if (outcome.refused.empty()) {
      wanted_[service->service_name()] = rows_of(*service, outcome.allocation);
      unsaved_.insert(service->service_name());
    }
    outcomes.emplace(service->service_name(), std::move(outcome));
  }
  return outcomes;
}

AllocationOutcome Allocations::decide_one(const config::Service& service, const lb::Requested& requested) {
  auto decided = services_.allocate(service, requested);
  AllocationOutcome outcome{std::move(decided.allocation), {}, {}, std::move(decided.issues)};
  if (!outcome.refused.empty()) return outcome;
  give_load_balancer_ips(service, outcome);
  return outcome;
}

void Allocations::give_load_balancer_ips(const config::Service& service, AllocationOutcome& outcome) {
  if (!lb::is_ours(service)) {
    pools_.release(service.service_name());
    if (service.type != config::ServiceType::load_balancer) return;
    // Another controller's: what it has written into the status is served, unless it says that its own proxy does that.
    for (const config::LoadBalancerIngress& ingress : service.ingress) {
      if (ingress.ip && !ingress.proxy_mode) outcome.allocation.load_balancer_ips.push_back(*ingress.ip);
    }
    return;
  }
  std::vector<Family> families;
  for (const IpAddress& ip : outcome.allocation.cluster_ips) families.push_back(ip.family());
  const bool all = service.ip_family_policy == config::IpFamilyPolicy::require_dual_stack;
  adopt_status(service);
  auto given = pools_.allocate(service, families, all);
  outcome.allocation.load_balancer_ips = std::move(given.ips);
  outcome.allocation.pool = std::move(given.pool);
  outcome.pending = std::move(given.pending);
  outcome.faults = std::move(given.issues);
}

/// A Service that was written down with what MetalLB had given it is to keep that, where the pools allow it.
void Allocations::adopt_status(const config::Service& service) {
  lb::Held held;
  for (const config::LoadBalancerIngress& ingress : service.ingress) {
    if (ingress.ip) held.load_balancer_ips.push_back(*ingress.ip);
  }
  const auto pool = service.meta.annotations.find("metallb.io/ip-allocated-from-pool");
  if (pool != service.meta.annotations.end()) held.pool = pool->second;
  if (!held.load_balancer_ips.empty()) pools_.adopt(service.service_name(), std::move(held));
}

bool Allocations::release(const ServiceName& name) {
  const bool had = wanted_.erase(name) > 0;
  unsaved_.insert(name);
  // Another node of this host may still have the Service: its hold keeps the values, and they are taken for us too.
  forget(name);
  if (const auto foreign = foreign_.find(name); foreign != foreign_.end()) adopt(name, foreign->second);
  return had;
}

void Allocations::release_all_but(const std::map<ServiceName, ServicePtr>& existing) {
  std::vector<ServiceName> gone;
  for (const auto& [name, rows] : wanted_) {
    if (!existing.contains(name)) gone.push_back(name);
  }
  for (const ServiceName& name : gone) release(name);
}

void Allocations::save() {
  const AllocationChanges changes = unrecorded();
  const auto committed = changes.empty() ? Result<void>{} : store_.commit(changes);
  store_error_ = committed ? std::string{} : committed.error().message;
  if (committed) mark_recorded();
}

void Allocations::mark_recorded() {
  for (const ServiceName& name : unsaved_) {
    const auto wanted = wanted_.find(name);
    if (wanted == wanted_.end()) {
      recorded_.erase(name);
    } else {
      recorded_[name] = wanted->second;
    }
  }
  unsaved_.clear();
}

AllocationChanges Allocations::unrecorded() const {
  AllocationChanges changes;
  const Rows none;
  const auto rows_in = [&](const auto& map, const ServiceName& name) -> const Rows& {
    const auto found = map.find(name);
    return found == map.end() ? none : found->second;
  };
  for (const ServiceName& name : unsaved_) {
    const Rows& before = rows_in(recorded_, name);
    const Rows& after = rows_in(wanted_, name);
    std::ranges::set_difference(after, before, std::back_inserter(changes.hold));
    std::ranges::set_difference(before, after, std::back_inserter(changes.release));
  }
  return changes;
}

}  // namespace naru::daemon
