#include "lb/maglev.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"

namespace naru::lb {
namespace {

/// The order in which an endpoint wants the slots: all of them, as their number is a prime.
struct Permutation {
  explicit Permutation(const SocketAddress& address) {
    const std::uint64_t hash = hash_value(address);
    next = static_cast<std::uint32_t>(combine(hash, 1) % MaglevTable::kSlots);
    skip = static_cast<std::uint32_t>(combine(hash, 2) % (MaglevTable::kSlots - 1)) + 1;
  }
  std::uint32_t take() {
    const std::uint32_t slot = next;
    next = (next + skip) % MaglevTable::kSlots;
    return slot;
  }

  std::uint32_t next;
  std::uint32_t skip;
};

/// Positions in the order of their addresses: whose turn it is must not depend on who listed them.
std::vector<std::uint16_t> by_address(std::span<const SocketAddress> addresses) {
  std::vector<std::uint16_t> order(addresses.size());
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::ranges::sort(order, {}, [&](std::uint16_t position) { return addresses[position]; });
  return order;
}

}  // namespace

MaglevTable::MaglevTable(std::span<const SocketAddress> addresses) {
  constexpr std::uint16_t kFree = 0xffff;
  static_assert(kMaxEndpoints <= kFree);
  slots_.assign(kSlots, kFree);
  const auto order = by_address(addresses);
  std::vector<Permutation> permutations;
  for (const std::uint16_t position : order) permutations.emplace_back(addresses[position]);
  for (std::uint32_t taken = 0; taken < kSlots; ++taken) {
    const std::size_t turn = taken % order.size();
    std::uint32_t slot = permutations[turn].take();
    while (slots_[slot] != kFree) slot = permutations[turn].take();
    slots_[slot] = order[turn];
  }
}

}  // namespace naru::lb
