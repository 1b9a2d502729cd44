#include "lb/pool_allocator.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace naru::lb {

using config::IpAddressPool;
using config::Service;
using config::ServiceName;

namespace {

/// IPv4 addresses that end in .0 or .255, which some old clients take for network or broadcast addresses.
bool is_buggy(const IpAddress& ip) {
  return ip.is_v4() && (ip.bytes()[3] == 0 || ip.bytes()[3] == 255);
}

bool pool_has(const IpAddressPool& pool, const IpAddress& ip) {
  if (pool.avoid_buggy_ips && is_buggy(ip)) return false;
  return std::ranges::any_of(pool.addresses, [&](const config::AddressRange& range) {
    return range.first.family() == ip.family() && range.first <= ip && ip <= range.last;
  });
}

/// Under policy Local only Services of the same pods may share an address: else traffic could arrive where one of them
/// has no endpoint. Under Cluster every node serves every Service.
std::string backend_key(const Service& service) {
  if (service.external_traffic_policy == config::TrafficPolicy::cluster) return {};
  std::string key;
  for (const auto& [label, value] : service.selector) key += fmt::format("{}={},", label, value);
  return key;
}

bool pinned_to(const config::ServiceAllocation& allocation, const Service& service,
               const config::Labels* namespace_labels) {
  const bool any_namespace = allocation.namespaces.empty() && allocation.namespace_selectors.empty();
  const bool named = std::ranges::count(allocation.namespaces, service.meta.name_space) > 0;
  const bool selected = std::ranges::any_of(allocation.namespace_selectors, [&](const config::LabelSelector& selector) {
    return selector.matches(namespace_labels != nullptr ? *namespace_labels : config::Labels{});
  });
  if (!any_namespace && !named && !selected) return false;
  return allocation.service_selectors.empty() ||
         std::ranges::any_of(allocation.service_selectors,
                             [&](const auto& selector) { return selector.matches(service.meta.labels); });
}

bool has_family(const std::vector<IpAddress>& ips, Family family) {
  return std::ranges::any_of(ips, [&](const IpAddress& ip) { return ip.family() == family; });
}

/// Addresses of the range in one family's count; saturates for ranges of 2^64 and more.
std::uint64_t range_size(const config::AddressRange& range, bool without_buggy) {
  if (range.first.is_v4()) {
    const std::uint64_t first = range.first.v4_value();
    const std::uint64_t last = range.last.v4_value();
    const auto ending = [&](std::uint64_t octet) {
      const auto up_to = [&](std::uint64_t value) {
        return (value + 256 - octet) / 256;
      };  // such addresses in [0, value]
      return up_to(last) - (first == 0 ? 0 : up_to(first - 1));
    };
    return last - first + 1 - (without_buggy ? ending(0) + ending(255) : 0);
  }
  std::uint64_t halves[2][2]{};
  for (std::size_t i = 0; i < 16; ++i) {
    halves[0][i / 8] = halves[0][i / 8] << 8 | range.first.bytes()[i];
    halves[1][i / 8] = halves[1][i / 8] << 8 | range.last.bytes()[i];
  }
  const bool fits =
      halves[0][0] == halves[1][0] && halves[1][1] - halves[0][1] != std::numeric_limits<std::uint64_t>::max();
  return fits ? halves[1][1] - halves[0][1] + 1 : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

void PoolAllocator::configure(Pools pools, NamespaceLabels namespaces) {
  pools_ = std::move(pools);
  std::ranges::sort(pools_, {}, [](const auto& pool) { return pool->meta.name; });
  namespaces_ = std::move(namespaces);
}

const IpAddressPool* PoolAllocator::pool_of(const IpAddress& ip) const {
  const auto found = std::ranges::find_if(pools_, [&](const auto& pool) { return pool_has(*pool, ip); });
  return found == pools_.end() ? nullptr : found->get();
}

const IpAddressPool* PoolAllocator::pool_named(const std::string& name) const {
  const auto found = std::ranges::find(pools_, name, [](const auto& pool) { return pool->meta.name; });
  return found == pools_.end() ? nullptr : found->get();
}

std::vector<const IpAddressPool*> PoolAllocator::candidates(const Service& service) const {
  const auto labels = namespaces_.find(service.meta.name_space);
  std::vector<const IpAddressPool*> pinned;
  std::vector<const IpAddressPool*> automatic;
  for (const auto& pool : pools_) {
    if (!pool->auto_assign) continue;
    if (!pool->service_allocation) {
      automatic.push_back(pool.get());
    } else if (pinned_to(*pool->service_allocation, service, labels == namespaces_.end() ? nullptr : &labels->second)) {
      pinned.push_back(pool.get());
    }
  }
  std::ranges::stable_sort(pinned, {}, [](const IpAddressPool* pool) {
    const int priority = pool->service_allocation->priority;
    return priority == 0 ? std::numeric_limits<int>::max() : priority;
  });
  pinned.insert(pinned.end(), automatic.begin(), automatic.end());
  return pinned;
}

/// Empty if `owner` may have the address beside those who have it.
std::string PoolAllocator::why_not(const IpAddress& ip, const Owner& owner) const {
  const auto found = owners_.find(ip);
  if (found == owners_.end()) return {};
  for (const Owner& other : found->second) {
    if (other.service == owner.service) continue;
    const std::string who =
        fmt::format("address {} is also in use by Service {}", ip.to_string(), other.service.to_string());
    if (owner.sharing_key.empty() || owner.sharing_key != other.sharing_key) return who;
    if (owner.backend_key != other.backend_key)
      return who + ", whose endpoints are others (externalTrafficPolicy Local)";
    for (const auto& [protocol, port] : owner.ports) {
      if (other.ports.contains({protocol, port})) {
        return fmt::format("{}, on the same port {}/{}", who, port.value(), to_string(protocol));
      }
    }
  }
  return {};
}

std::optional<IpAddress> PoolAllocator::first_free(const IpAddressPool& pool, Family family, const Owner& owner) const {
  for (const config::AddressRange& range : pool.addresses) {
    if (range.first.family() != family) continue;
    for (IpAddress ip = range.first;; ip = ip.plus(1)) {
      const bool buggy = pool.avoid_buggy_ips && is_buggy(ip);
      if (!buggy && why_not(ip, owner).empty()) return ip;
      if (ip == range.last) break;
    }
  }
  return std::nullopt;
}

void PoolAllocator::take_requested(Outcome& outcome, const LoadBalancerRequest& request, const Owner& owner) const {
  for (const IpAddress& ip : request.ips) {
    const IpAddressPool* pool = pool_of(ip);
    std::string reason;
    if (pool == nullptr) {
      reason = fmt::format("\"{}\" is not allowed in config: no IPAddressPool has it", ip.to_string());
    } else if (!request.pool.empty() && pool->meta.name != request.pool) {
      reason = fmt::format("\"{}\" is not in the requested pool \"{}\"", ip.to_string(), request.pool);
    } else if (!outcome.pool.empty() && pool->meta.name != outcome.pool) {
      reason = "the requested addresses are of different pools";
    } else {
      reason = why_not(ip, owner);
    }
    if (!reason.empty()) {
      outcome = Outcome{{}, {}, reason, {}};
      return;
    }
    outcome.ips.push_back(ip);
    outcome.pool = pool->meta.name;
  }
}

/// What it has, as far as pools, request and families still allow it.
void PoolAllocator::take_held(Outcome& outcome, const LoadBalancerRequest& request, std::span<const Family> families,
                              const Owner& owner) const {
  const auto held = assigned_.find(owner.service);
  if (held == assigned_.end()) return;
  for (const IpAddress& ip : held->second.ips) {
    const IpAddressPool* pool = pool_of(ip);
    const bool wanted = std::ranges::find(families, ip.family()) != families.end();
    if (pool == nullptr || !wanted || !why_not(ip, owner).empty()) continue;
    if (!request.pool.empty() && pool->meta.name != request.pool) continue;
    if (!outcome.pool.empty() && pool->meta.name != outcome.pool) continue;
    outcome.ips.push_back(ip);
    outcome.pool = pool->meta.name;
  }
}

void PoolAllocator::take_from(Outcome& outcome, const IpAddressPool& pool, std::span<const Family> families,
                              bool all_families, const Owner& owner) const {
  std::vector<IpAddress> ips = outcome.ips;
  std::string lacking;
  for (const Family family : families) {
    if (has_family(ips, family)) continue;
    if (const auto ip = first_free(pool, family, owner)) {
      ips.push_back(*ip);
    } else {
      lacking = fmt::format("no available IPs in pool \"{}\" for {}", pool.meta.name, to_string(family));
    }
  }
  outcome.pending = lacking;
  if (ips.empty() || (all_families && !lacking.empty())) return;
  outcome.ips = std::move(ips);
  outcome.pool = pool.meta.name;
}

PoolAllocator::Outcome PoolAllocator::allocate(const Service& service, std::span<const Family> families,
                                               bool all_families) {
  Outcome outcome;
  const LoadBalancerRequest request = load_balancer_request(service);
  Owner owner{service.service_name(), request.sharing_key, backend_key(service), {}};
  for (const auto& port : service.ports) owner.ports.emplace(port.protocol, port.port);

  if (!request.issues.empty()) {
    outcome.issues = request.issues;
    outcome.pending = request.issues.front().reason;
  } else if (!request.ips.empty()) {
    take_requested(outcome, request, owner);
  } else {
    take_held(outcome, request, families, owner);
    if (!outcome.pool.empty()) {
      take_from(outcome, *pool_named(outcome.pool), families, false, owner);
    } else if (!request.pool.empty()) {
      const IpAddressPool* pool = pool_named(request.pool);
      if (pool == nullptr) outcome.pending = fmt::format("unknown pool \"{}\"", request.pool);
      if (pool != nullptr) take_from(outcome, *pool, families, all_families, owner);
    } else {
      outcome.pending = pools_.empty() ? "no IPAddressPool is configured" : "no available IPs";
      for (const IpAddressPool* pool : candidates(service)) {
        if (outcome.ips.empty()) take_from(outcome, *pool, families, all_families, owner);
      }
    }
  }
  assign(owner, outcome);
  return outcome;
}

void PoolAllocator::assign(const Owner& owner, const Outcome& outcome) {
  release(owner.service);
  if (outcome.ips.empty()) return;
  for (const IpAddress& ip : outcome.ips) owners_[ip].push_back(owner);
  assigned_[owner.service] = {outcome.ips, outcome.pool};
}

void PoolAllocator::restore(const ServiceName& name, const Held& held) {
  // Without keys or ports, nobody may share it until its Service has been allocated again.
  assign(Owner{name, {}, {}, {}}, Outcome{held.load_balancer_ips, held.pool, {}, {}});
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

PoolUsage PoolAllocator::usage(const IpAddressPool& pool) const {
  PoolUsage usage;
  for (const config::AddressRange& range : pool.addresses) {
    std::uint64_t& total = range.first.is_v4() ? usage.available_ipv4 : usage.available_ipv6;
    const std::uint64_t size = range_size(range, pool.avoid_buggy_ips);
    total = total > std::numeric_limits<std::uint64_t>::max() - size ? std::numeric_limits<std::uint64_t>::max()
                                                                     : total + size;
  }
  for (const auto& [ip, owners] : owners_) {
    if (!pool_has(pool, ip)) continue;
    ++(ip.is_v4() ? usage.assigned_ipv4 : usage.assigned_ipv6);
    --(ip.is_v4() ? usage.available_ipv4 : usage.available_ipv6);
  }
  return usage;
}

}  // namespace naru::lb
