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

/// Whose turn it is next. The heaviest endpoint has one in every round, the others in as many as their weight says.
class Turns {
 public:
  Turns(std::span<const std::uint16_t> order, std::span<const std::uint16_t> weights) {
    for (const std::uint16_t position : order) weights_.push_back(weights.empty() ? 1 : weights[position]);
    heaviest_ = std::ranges::max(weights_);
    owed_.assign(weights_.size(), 0);
  }
  /// A place in the order.
  std::size_t take() {
    for (;;) {
      const std::size_t turn = next_;
      next_ = next_ + 1 == weights_.size() ? 0 : next_ + 1;
      owed_[turn] += weights_[turn];
      if (owed_[turn] < heaviest_) continue;
      owed_[turn] -= heaviest_;
      return turn;
    }
  }

 private:
  std::vector<std::uint32_t> weights_;
  std::vector<std::uint32_t> owed_;  // of a slot, in units of 1/heaviest
  std::uint32_t heaviest_{};
  std::size_t next_{0};
};

}  // namespace

MaglevTable::MaglevTable(std::span<const SocketAddress> addresses, std::span<const std::uint16_t> weights) {
  constexpr std::uint16_t kFree = 0xffff;
  static_assert(kMaxEndpoints <= kFree);
  slots_.assign(kSlots, kFree);
  const auto order = by_address(addresses);
  std::vector<Permutation> permutations;
  for (const std::uint16_t position : order) permutations.emplace_back(addresses[position]);
  Turns turns(order, weights);
  for (std::uint32_t taken = 0; taken < kSlots; ++taken) {
    const std::size_t turn = turns.take();
    std::uint32_t slot = permutations[turn].take();
    while (slots_[slot] != kFree) slot = permutations[turn].take();
    slots_[slot] = order[turn];
  }
}

}  // namespace naru::lb
