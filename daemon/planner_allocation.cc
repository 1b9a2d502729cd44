// The planner's part that decides who is to have which address, and again when something becomes free.
#include <algorithm>
#include <string_view>
#include <tuple>

#include "daemon/planner.h"
#include "lb/pool_admission.h"

namespace naru::daemon {

using config::ServiceName;

namespace {

/// What one has and the other has not: it is free now.
template <class Values>
bool gives_up(const Values& before, const Values& now) {
  return std::ranges::any_of(before, [&](const auto& value) { return std::ranges::find(now, value) == now.end(); });
}

/// Whether others may get now what they could not before: what was given up, or a part in an address whose owner
/// changed what it shares it by.
bool makes_room(const config::Service& before, const lb::Allocation& had, const config::Service& now,
                const lb::Allocation& has) {
  const bool may_share = &before != &now && !has.load_balancer_ips.empty();
  return may_share || gives_up(had.load_balancer_ips, has.load_balancer_ips) ||
         gives_up(had.cluster_ips, has.cluster_ips) || gives_up(had.node_ports, has.node_ports) ||
         (had.health_check_node_port && had.health_check_node_port != has.health_check_node_port);
}

}  // namespace

void Planner::update_pools() {
  lb::PoolAdmission admission = lb::admit_pools(desired_.pools(), pools_);
  pools_ = std::move(admission.pools);
  pool_issues_ = std::move(admission.issues);
  allocations_.configure_pools(pools_, desired_.namespace_labels());
}

void Planner::reallocate(const Affected& affected) {
  if (affected.pools) update_pools();
  bool released = release_deleted(affected);
  if (first_) allocations_.release_all_but(desired_.services());
  // What one round frees (a pool address given up, say) another Service may have been waiting for. Nobody gives up what
  // it has got for nothing, so this comes to an end; the bound is there for a fault of ours.
  constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    const auto batch = batch_for(round == 0 ? affected : Affected{}, released);
    if (batch.empty()) break;
    released = allocate(batch);
    if (!released) break;
  }
  allocations_.save();
}

/// True if anything may have become free for others.
bool Planner::allocate(const std::vector<Allocations::ServicePtr>& batch) {
  bool released = false;
  auto outcomes = allocations_.allocate(batch);
  for (const auto& service : batch) {
    const ServiceName name = service->service_name();
    const auto before = in_force_.find(name);
    const auto had = before == in_force_.end() ? nullptr : before->second.object;
    const lb::Allocation held = had == nullptr ? lb::Allocation{} : before->second.allocation;
    settle(service, std::move(outcomes[name]), to_compile_);
    const auto now = in_force_.find(name);
    if (now != in_force_.end() && had != nullptr) released |= makes_room(*had, held, *service, now->second.allocation);
  }
  return released;
}

bool Planner::release_deleted(const Affected& affected) {
  bool released = false;
  for (const ServiceName& name : affected.changed_services) {
    if (desired_.service(name) != nullptr) continue;
    released |= allocations_.release(name);
    refused_.erase(name);
  }
  return released;
}

namespace {

/// Where a Service stands in a batch; its keys once, not at each comparison.
struct Place {
  bool is_new;
  std::string_view file;
  int line;
  Allocations::ServicePtr service;
};

std::vector<Allocations::ServicePtr> in_order(std::vector<Place> places) {
  const auto key = [](const Place& place) { return std::tie(place.is_new, place.file, place.line); };
  std::ranges::stable_sort(places, {}, key);
  std::vector<Allocations::ServicePtr> batch;
  for (Place& place : places) batch.push_back(std::move(place.service));
  return batch;
}

}  // namespace

/// Whose allocation is to be decided: those that changed; those that wait, if something became free; all with load
/// balancer addresses, if pools changed. Those that have something already go first, then the order of the sources
/// decides.
std::vector<Allocations::ServicePtr> Planner::batch_for(const Affected& affected, bool released) const {
  ServiceSet names = affected.changed_services;
  if (released || affected.pools) {
    for (const auto& [name, issues] : refused_) names.insert(name);
    for (const auto& [name, reason] : pending_) names.insert(name);
  }
  if (affected.pools) {
    for (const auto& [name, service] : in_force_) {
      if (lb::is_ours(*service.object)) names.insert(name);
    }
  }
  std::vector<Place> places;
  for (const ServiceName& name : names) {
    auto service = desired_.service(name);
    if (service == nullptr) continue;
    const config::Location& where = service->meta.location;
    const std::string_view file = where.file ? std::string_view(*where.file) : std::string_view();
    places.push_back({!allocations_.holds_for(name), file, where.line_in_file(), std::move(service)});
  }
  return in_order(std::move(places));
}

void Planner::settle(const Allocations::ServicePtr& service, AllocationOutcome outcome, ServiceSet& to_compile) {
  const ServiceName name = service->service_name();
  if (!outcome.refused.empty()) {
    refused_[name] = std::move(outcome.refused);
    return;
  }
  refused_.erase(name);
  ServiceInForce& in_force = in_force_[name];
  const bool same = in_force.object == service && in_force.allocation == outcome.allocation;
  in_force.object = service;
  in_force.allocation = std::move(outcome.allocation);
  note_pending(name, outcome.pending);
  in_force.pending = std::move(outcome.pending);
  in_force.request_issues = std::move(outcome.faults);
  if (!same) to_compile.insert(name);
  if (in_force.allocation.health_check_node_port) {
    health_checked_[name] = *in_force.allocation.health_check_node_port;
  } else {
    health_checked_.erase(name);
  }
}

void Planner::note_pending(const ServiceName& name, const std::string& reason) {
  const auto before = pending_.find(name);
  if (reason == (before == pending_.end() ? std::string{} : before->second)) return;
  pending_changes_.insert(name);
  if (reason.empty()) {
    pending_.erase(name);
  } else {
    pending_[name] = reason;
  }
}

}  // namespace naru::daemon
