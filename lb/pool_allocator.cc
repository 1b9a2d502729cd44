#include "lb/pool_allocator.h"

#include <fmt/format.h>

#include <algorithm>

#include "lb/address_pool.h"
#include "lb/pool_plan.h"

namespace naru::lb {

using config::IpAddressPool;
using config::Service;
using config::ServiceName;

void PoolAllocator::configure(Pools pools, NamespaceLabels namespaces) {
  pools_ = std::move(pools);
  std::ranges::sort(pools_, {}, [](const auto& pool) { return pool->meta.name; });
  namespaces_ = std::move(namespaces);
}

PoolAllocator::Outcome PoolAllocator::allocate(const Service& service, std::span<const Family> families,
                                               bool all_families) {
  const Plan plan(*this, service, families, all_families);
  Outcome outcome = plan.make();
  assign(plan.owner(), outcome);
  return outcome;
}

void PoolAllocator::assign(const Owner& owner, const Outcome& outcome) {
  release(owner.service);
  if (outcome.ips.empty()) return;
  for (const IpAddress& ip : outcome.ips) owners_[ip].push_back(owner);
  assigned_[owner.service] = {outcome.ips, outcome.pool};
}

void PoolAllocator::restore(const ServiceName& name, const Held& held) {
  const auto known = assigned_.find(name);
  if (known != assigned_.end() && std::ranges::is_permutation(known->second.ips, held.load_balancer_ips)) return;
  assign(Owner{name, {}, {}, {}, true}, Outcome{held.load_balancer_ips, held.pool, {}, {}});
}

void PoolAllocator::adopt(const ServiceName& name, Held held) {
  if (assigned_.contains(name)) return;
  std::erase_if(held.load_balancer_ips, [&](const IpAddress& ip) {
    const auto owners = owners_.find(ip);
    return owners != owners_.end() && std::ranges::any_of(owners->second, &Owner::restored);
  });
  restore(name, held);
}

bool PoolAllocator::release(const ServiceName& name) {
  const auto found = assigned_.find(name);
  if (found == assigned_.end()) return false;
  for (const IpAddress& ip : found->second.ips) {
    auto& owners = owners_[ip];
    std::erase_if(owners, [&](const Owner& owner) { return owner.service == name; });
    if (owners.empty()) owners_.erase(ip);
  }
  assigned_.erase(found);
  return true;
}

std::optional<PoolAllocator::Conflict> PoolAllocator::conflict_among(const std::vector<Owner>& owners,
                                                                     const Owner& newcomer) {
  const bool is_one = std::ranges::find(owners, newcomer.service, &Owner::service) != owners.end();
  for (const Owner& other : owners) {
    if (other.service == newcomer.service) continue;
    // Both are recorded as having it, so they shared it by rule; the other is judged when its own turn comes.
    if (other.restored && is_one) continue;
    if (newcomer.sharing_key.empty() || newcomer.sharing_key != other.sharing_key)
      return Conflict{Conflict::Why::not_shared, &other, {}};
    if (newcomer.backend_key != other.backend_key) return Conflict{Conflict::Why::other_backends, &other, {}};
    for (const auto& port : newcomer.ports) {
      if (other.ports.contains(port)) return Conflict{Conflict::Why::same_port, &other, port};
    }
  }
  return std::nullopt;
}

std::optional<PoolAllocator::Conflict> PoolAllocator::conflict_at(const IpAddress& ip, const Owner& newcomer) const {
  const auto found = owners_.find(ip);
  return found == owners_.end() ? std::nullopt : conflict_among(found->second, newcomer);
}

std::string PoolAllocator::describe(const IpAddress& ip, const Conflict& conflict) {
  const std::string who =
      fmt::format("address {} is also in use by Service {}", ip.to_string(), conflict.other->service.to_string());
  switch (conflict.why) {
    case Conflict::Why::not_shared:
      return who;
    case Conflict::Why::other_backends:
      return who + ", whose endpoints are others (externalTrafficPolicy Local)";
    case Conflict::Why::same_port:
      return fmt::format("{}, on the same port {}/{}", who, conflict.port.second.value(),
                         to_string(conflict.port.first));
  }
  return who;
}

const IpAddressPool* PoolAllocator::pool_named(const std::string& name) const {
  const auto found = std::ranges::find(pools_, name, [](const auto& pool) { return pool->meta.name; });
  return found == pools_.end() ? nullptr : found->get();
}

const IpAddressPool* PoolAllocator::pool_with(const IpAddress& ip, const std::string& preferred) const {
  const IpAddressPool* named = pool_named(preferred);
  if (named != nullptr && pool_has(*named, ip)) return named;
  const auto found = std::ranges::find_if(pools_, [&](const auto& pool) { return pool_has(*pool, ip); });
  return found == pools_.end() ? nullptr : found->get();
}

PoolUsage PoolAllocator::usage(const IpAddressPool& pool) const {
  PoolUsage usage;
  for (const auto& [ip, owners] : owners_) {
    if (pool_has(pool, ip)) ++(ip.is_v4() ? usage.assigned_ipv4 : usage.assigned_ipv6);
  }
  usage.available_ipv4 = pool_size(pool, Family::ipv4) - usage.assigned_ipv4;
  usage.available_ipv6 = pool_size(pool, Family::ipv6) - usage.assigned_ipv6;
  return usage;
}

}  // namespace naru::lb
