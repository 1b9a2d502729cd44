// How much of a Service's traffic an endpoint is to get beside the others.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/objects.h"

namespace naru::lb {

/// 0: no new connections. Else its share is the weight's of the sum of all.
using Weight = std::uint16_t;

/// What of an endpoint a weight may depend on.
struct WeightSubject {
  const IpAddress& address;
  std::string_view node;               // empty: unknown
  std::string_view zone;               // empty: unknown
  const config::Pod* pod{};            // null: none, or not known
  const config::EndpointSlice* slice;  // that it is from
};

/// By the first of `rules` that fits; else what its Pod says, else its slice (annotation naru.io/weight); else 1. The
/// rules come first, as they are how an operator overrules who deployed it.
[[nodiscard]] Weight weight_of(std::span<const config::WeightRule> rules, const WeightSubject& endpoint);

/// Slots as many as the weights' sum, in the order of the endpoints: an endpoint has as many as its weight. Empty where
/// all weights are equal, and so no slots are needed.
class WeightedSlots {
 public:
  WeightedSlots() = default;
  /// Each from 1 on.
  explicit WeightedSlots(std::span<const Weight> weights);

  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::uint32_t count() const { return ends_.back(); }
  /// The position whose slot it is; `slot` < count(). Costs the logarithm of the number of endpoints.
  [[nodiscard]] std::uint32_t at(std::uint32_t slot) const;
  /// The position whose `turn` it is. In any count() turns that follow one another each endpoint has exactly its weight
  /// of them, spread out: turns walk the slots in steps of about the golden ratio of all, so that neighbouring slots
  /// are taken far apart (the three-distance theorem).
  [[nodiscard]] std::uint32_t at_turn(std::uint64_t turn) const {
    return at(static_cast<std::uint32_t>(turn % count() * step_ % count()));
  }

  friend bool operator==(const WeightedSlots&, const WeightedSlots&) = default;

 private:
  std::vector<std::uint32_t> ends_;  // of each position, one past its last slot
  std::uint64_t step_{1};            // has no divisor in common with count()
};

}  // namespace naru::lb
