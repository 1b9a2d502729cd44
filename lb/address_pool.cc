#include "lb/address_pool.h"

#include <algorithm>
#include <limits>

namespace naru::lb {

using config::IpAddressPool;
using config::Labels;
using config::LabelSelector;

namespace {

constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

bool any_matches(const std::vector<LabelSelector>& selectors, const Labels& labels) {
  return std::ranges::any_of(selectors, [&](const LabelSelector& selector) { return selector.matches(labels); });
}

/// IPv4 addresses in [first, last] whose last octet is `octet`.
std::uint64_t count_ending_in(std::uint64_t octet, std::uint64_t first, std::uint64_t last) {
  const auto up_to = [&](std::uint64_t value) { return (value + 256 - octet) / 256; };
  return up_to(last) - (first == 0 ? 0 : up_to(first - 1));
}

std::uint64_t v4_size(const config::AddressRange& range, bool without_buggy) {
  const std::uint64_t first = range.first.v4_value();
  const std::uint64_t last = range.last.v4_value();
  const std::uint64_t buggy = count_ending_in(0, first, last) + count_ending_in(255, first, last);
  return last - first + 1 - (without_buggy ? buggy : 0);
}

struct Halves {
  std::uint64_t high{};
  std::uint64_t low{};
};

Halves halves_of(const IpAddress& ip) {
  Halves halves;
  for (std::size_t i = 0; i < 8; ++i) {
    halves.high = halves.high << 8 | ip.bytes()[i];
    halves.low = halves.low << 8 | ip.bytes()[i + 8];
  }
  return halves;
}

std::uint64_t v6_size(const config::AddressRange& range) {
  const Halves first = halves_of(range.first);
  const Halves last = halves_of(range.last);
  const bool borrows = last.low < first.low;
  if (last.high - first.high != (borrows ? 1 : 0)) return kEndless;
  const std::uint64_t distance = last.low - first.low;  // modulo 2^64, which is right where it borrows
  return distance == kEndless ? kEndless : distance + 1;
}

}  // namespace

bool is_avoided(const IpAddressPool& pool, const IpAddress& ip) {
  return pool.avoid_buggy_ips && ip.is_v4() && (ip.bytes()[3] == 0 || ip.bytes()[3] == 255);
}

bool pool_has(const IpAddressPool& pool, const IpAddress& ip) {
  if (is_avoided(pool, ip)) return false;
  return std::ranges::any_of(pool.addresses, [&](const config::AddressRange& range) {
    return range.first.family() == ip.family() && range.first <= ip && ip <= range.last;
  });
}

bool serves(const IpAddressPool& pool, const config::Service& service, const Labels& namespace_labels) {
  if (!pool.service_allocation) return true;
  const config::ServiceAllocation& allocation = *pool.service_allocation;
  const bool any_namespace = allocation.namespaces.empty() && allocation.namespace_selectors.empty();
  const bool in_namespace = any_namespace || std::ranges::count(allocation.namespaces, service.meta.name_space) > 0 ||
                            any_matches(allocation.namespace_selectors, namespace_labels);
  return in_namespace &&
         (allocation.service_selectors.empty() || any_matches(allocation.service_selectors, service.meta.labels));
}

std::uint64_t pool_size(const IpAddressPool& pool, Family family) {
  std::uint64_t total = 0;
  for (const config::AddressRange& range : pool.addresses) {
    if (range.first.family() != family) continue;
    const std::uint64_t size = family == Family::ipv4 ? v4_size(range, pool.avoid_buggy_ips) : v6_size(range);
    total = size > kEndless - total ? kEndless : total + size;
  }
  return total;
}

}  // namespace naru::lb
