// Which endpoint a client gets, from a table that all nodes have alike.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.h"

namespace naru::lb {

/// Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4): each endpoint has a permutation of the slots, and the
/// endpoints take turns at taking the next free slot of theirs. Every endpoint gets the same number of slots, give or
/// take one, and few slots change hands when endpoints come or go. With weights an endpoint has turns, and so slots, in
/// proportion to its own.
///
/// Immutable: shared by snapshots and workers.
class MaglevTable {
 public:
  /// A prime, as the permutations need; more than a hundred slots for each of 650 endpoints.
  static constexpr std::uint32_t kSlots = 65537;
  /// Positions have 16 bits, so that a table is 128 KiB.
  static constexpr std::size_t kMaxEndpoints = 65535;

  /// It depends on the set of addresses and their weights alone, not on their order. `addresses`: 1..kMaxEndpoints,
  /// each once. `weights`: of each, from 1 on; empty: all equal.
  explicit MaglevTable(std::span<const SocketAddress> addresses, std::span<const std::uint16_t> weights = {});

  [[nodiscard]] static std::uint32_t slot_of(std::uint64_t client_hash) {
    return static_cast<std::uint32_t>(client_hash % kSlots);
  }
  /// The position, in the addresses that the table was made of, of the endpoint that has the slot.
  [[nodiscard]] std::uint32_t at(std::uint32_t slot) const { return slots_[slot]; }

 private:
  std::vector<std::uint16_t> slots_;
};

}  // namespace naru::lb
