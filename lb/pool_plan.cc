#include "lb/pool_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "lb/address_pool.h"

namespace naru::lb {

using config::Service;

namespace {

bool has_family(const std::vector<IpAddress>& ips, Family family) {
  return std::ranges::find(ips, family, &IpAddress::family) != ips.end();
}

/// Under policy Local only Services of the same pods may share an address: else traffic could arrive where one of them
/// has no endpoint. Under Cluster every node serves every Service.
std::string backend_key(const Service& service) {
  if (service.external_traffic_policy == config::TrafficPolicy::cluster) return {};
  std::string key;
  for (const auto& [label, value] : service.selector) key += fmt::format("{}={},", label, value);
  return key;
}

PoolAllocator::Outcome nothing(std::string reason) {
  return {{}, {}, std::move(reason), {}};
}

}  // namespace

PoolAllocator::Plan::Plan(const PoolAllocator& allocator, const Service& service, std::span<const Family> families,
                          bool all_families)
    : allocator_(allocator),
      service_(service),
      families_(families),
      all_families_(all_families),
      request_(load_balancer_request(service)),
      owner_{service.service_name(), request_.sharing_key, backend_key(service), {}, false} {
  for (const auto& port : service.ports) owner_.ports.emplace(port.protocol, port.port);
  namespace_labels_ = labels_of_namespace(service.meta.name_space, allocator.namespaces_);
}

PoolAllocator::Outcome PoolAllocator::Plan::make() const {
  if (!request_.issues.empty()) {
    // A request with a fault changes nothing: what is in force stays.
    Outcome kept = held();
    kept.issues = request_.issues;
    kept.pending = request_.issues.front().reason;
    return kept;
  }
  if (!request_.ips.empty()) return requested();
  if (const Outcome had = held(); !had.ips.empty()) {
    Outcome whole = fill(*allocator_.pool_named(had.pool), had.ips);
    if (whole.pending.empty() || !all_families_) return whole;
  }
  return request_.pool.empty() ? from_any_pool() : from_requested_pool();
}

PoolAllocator::Outcome PoolAllocator::Plan::requested() const {
  Outcome outcome;
  for (const IpAddress& ip : request_.ips) {
    const Pool* pool = allocator_.pool_with(ip, outcome.pool.empty() ? request_.pool : outcome.pool);
    if (std::string reason = why_not(ip, pool, outcome.pool); !reason.empty()) return nothing(std::move(reason));
    outcome.ips.push_back(ip);
    outcome.pool = pool->meta.name;
  }
  if (all_families_ && outcome.ips.size() < families_.size()) {
    return nothing("an address of each IP family must be requested: the Service requires dual stack");
  }
  return outcome;
}

/// Empty if the requested address may be given; `first_pool` is that of the address before it, if any.
std::string PoolAllocator::Plan::why_not(const IpAddress& ip, const Pool* pool, const std::string& first_pool) const {
  const std::string text = ip.to_string();
  if (std::ranges::find(families_, ip.family()) == families_.end())
    return fmt::format("\"{}\" is not of the Service's IP families", text);
  if (pool == nullptr) return fmt::format("\"{}\" is not allowed in config: no IPAddressPool has it", text);
  if (!request_.pool.empty() && pool->meta.name != request_.pool)
    return fmt::format("\"{}\" is not in the requested pool \"{}\"", text, request_.pool);
  if (!first_pool.empty() && pool->meta.name != first_pool) return "the requested addresses are of different pools";
  if (!serves_us(*pool))
    return fmt::format("pool \"{}\", which has \"{}\", is kept for other Services (serviceAllocation)", pool->meta.name,
                       text);
  const auto conflict = allocator_.conflict_at(ip, owner_);
  return conflict ? describe(ip, *conflict) : std::string{};
}

/// What it has, as far as pools, request and families still allow it: all of one pool.
PoolAllocator::Outcome PoolAllocator::Plan::held() const {
  Outcome outcome;
  const auto assigned = allocator_.assigned_.find(owner_.service);
  if (assigned == allocator_.assigned_.end()) return outcome;
  for (const IpAddress& ip : assigned->second.ips) {
    const Pool* pool = allocator_.pool_with(ip, assigned->second.pool);
    if (pool == nullptr || !may_keep(ip, *pool)) continue;
    if (!outcome.pool.empty() && pool->meta.name != outcome.pool) continue;
    outcome.ips.push_back(ip);
    outcome.pool = pool->meta.name;
  }
  return outcome;
}

bool PoolAllocator::Plan::may_keep(const IpAddress& ip, const Pool& pool) const {
  const bool pool_allows = serves_us(pool) && (request_.pool.empty() || pool.meta.name == request_.pool);
  const bool wanted = std::ranges::find(families_, ip.family()) != families_.end();
  return pool_allows && wanted && !allocator_.conflict_at(ip, owner_);
}

PoolAllocator::Outcome PoolAllocator::Plan::from_requested_pool() const {
  const Pool* pool = allocator_.pool_named(request_.pool);
  if (pool == nullptr) return nothing(fmt::format("unknown pool \"{}\"", request_.pool));
  if (!serves_us(*pool))
    return nothing(fmt::format("pool \"{}\" is kept for other Services (serviceAllocation)", request_.pool));
  Outcome outcome = fill(*pool, {});
  return all_families_ && !outcome.pending.empty() ? nothing(std::move(outcome.pending)) : outcome;
}

PoolAllocator::Outcome PoolAllocator::Plan::from_any_pool() const {
  const Candidates pools = candidates();
  if (auto outcome = from_best_of(pools.pinned)) return *outcome;
  if (auto outcome = from_best_of(pools.automatic)) return *outcome;
  std::vector<std::string> names;
  for (const auto* group : {&pools.pinned, &pools.automatic}) {
    for (const Pool* pool : *group) names.push_back('"' + pool->meta.name + '"');
  }
  if (allocator_.pools_.empty()) return nothing("no IPAddressPool is configured");
  if (names.empty())
    return nothing("no IPAddressPool assigns to this Service by itself (autoAssign, serviceAllocation)");
  return nothing(fmt::format("no available IPs in {} {}{}", names.size() == 1 ? "pool" : "pools",
                             fmt::join(names, ", "), all_families_ ? " for all of the Service's families" : ""));
}

/// The first pool that has all families; else, where less will do, the first that has the primary, else any.
std::optional<PoolAllocator::Outcome> PoolAllocator::Plan::from_best_of(const std::vector<const Pool*>& pools) const {
  std::optional<Outcome> partial;
  for (const Pool* pool : pools) {
    Outcome outcome = fill(*pool, {});
    if (outcome.pending.empty()) return outcome;
    if (all_families_ || outcome.ips.empty()) continue;
    const Family primary = families_.front();
    if (!partial || (has_family(outcome.ips, primary) && !has_family(partial->ips, primary))) partial = outcome;
  }
  return partial;
}

PoolAllocator::Plan::Candidates PoolAllocator::Plan::candidates() const {
  Candidates found;
  for (const auto& pool : allocator_.pools_) {
    if (!pool->auto_assign || !serves_us(*pool)) continue;
    (pool->service_allocation ? found.pinned : found.automatic).push_back(pool.get());
  }
  std::ranges::stable_sort(found.pinned, {}, [](const Pool* pool) {
    const int priority = pool->service_allocation->priority;
    return priority == 0 ? std::numeric_limits<int>::max() : priority;
  });
  return found;
}

PoolAllocator::Outcome PoolAllocator::Plan::fill(const Pool& pool, std::vector<IpAddress> ips) const {
  std::vector<std::string_view> lacking;
  for (const Family family : families_) {
    if (has_family(ips, family)) continue;
    if (const auto ip = first_free(pool, family)) {
      ips.push_back(*ip);
    } else {
      lacking.push_back(to_string(family));
    }
  }
  Outcome outcome{std::move(ips), {}, {}, {}};
  if (!outcome.ips.empty()) outcome.pool = pool.meta.name;
  if (!lacking.empty()) {
    outcome.pending =
        fmt::format("no available IPs in pool \"{}\" for {}", pool.meta.name, fmt::join(lacking, " and "));
  }
  return outcome;
}

std::optional<IpAddress> PoolAllocator::Plan::first_free(const Pool& pool, Family family) const {
  for (const config::AddressRange& range : pool.addresses) {
    if (range.first.family() != family) continue;
    // Walks the owners beside the range: looking each address up would make a full pool slow.
    auto taken = allocator_.owners_.lower_bound(range.first);
    for (IpAddress ip = range.first;; ip = ip.plus(1)) {
      const bool is_taken = taken != allocator_.owners_.end() && taken->first == ip;
      if (!is_avoided(pool, ip) && (!is_taken || !conflict_among(taken->second, owner_))) return ip;
      if (ip == range.last) break;
      if (is_taken) ++taken;
    }
  }
  return std::nullopt;
}

bool PoolAllocator::Plan::serves_us(const Pool& pool) const {
  return serves(pool, service_, namespace_labels_);
}

}  // namespace naru::lb
