#include "lb/pick.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"

namespace naru::lb {
namespace {

/// `kUneven`: shares differ, by weight or as some have yet to grow into theirs. Where they do not, nothing is asked.
template <bool kUneven>
struct Candidates {
  std::span<const Endpoint> all;
  std::span<const std::uint32_t> indices;
  const PickContext& context;
  bool allow_avoided;
  const Usable& usable;                   // whose indices these are
  std::optional<std::uint32_t> except{};  // not this one

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(indices.size()); }
  [[nodiscard]] bool accepts(std::uint32_t index) const {
    if (index == except || std::ranges::find(context.tried, index) != context.tried.end()) return false;
    return allow_avoided || !all[index].state->avoided(context.now);
  }
  /// The first acceptable one from `start` on, around the circle.
  [[nodiscard]] std::optional<std::uint32_t> scan(std::uint32_t start) const {
    for (std::uint32_t i = 0; i < size(); ++i) {
      const std::uint32_t index = indices[(start + i) % size()];
      if (accepts(index)) return index;
    }
    return std::nullopt;
  }

  [[nodiscard]] double grown(std::uint32_t index) const {
    return context.slow_start == nullptr ? 1 : all[index].state->grown(context.now, *context.slow_start);
  }
  /// Lets an endpoint have each of its turns, or but as many as it has grown for.
  [[nodiscard]] bool may_take_turn(std::uint32_t index) const {
    if (!kUneven || context.slow_start == nullptr) return true;
    const double share = grown(index);
    return share >= 1 || context.random.below(1U << 16) < share * (1U << 16);
  }
  [[nodiscard]] std::uint32_t any() const {
    const WeightedSlots& slots = usable.slots;
    if (!kUneven || slots.empty()) return indices[context.random.below(size())];
    return indices[slots.at(context.random.below(slots.count()))];
  }
  [[nodiscard]] std::uint32_t next() const {
    const std::uint64_t turn = context.round_robin.fetch_add(1, std::memory_order_relaxed);
    return indices[!kUneven || usable.slots.empty() ? turn % size() : usable.slots.at_turn(turn)];
  }
};

/// By chance, each acceptable one with just its share of the shares of all that are. Looks at all: where sampling was
/// in vain, as few are acceptable.
template <bool kUneven>
std::optional<std::uint32_t> pick_by_shares(const Candidates<kUneven>& c) {
  std::optional<std::uint32_t> picked;
  double sum = 0;
  for (const std::uint32_t index : c.indices) {
    if (!c.accepts(index)) continue;
    const double share = c.all[index].weight * c.grown(index);
    sum += share;
    if (c.context.random.below(1U << 31) * sum < share * (1U << 31)) picked = index;
  }
  return picked;
}

template <bool kUneven>
std::optional<std::uint32_t> pick_random(const Candidates<kUneven>& c) {
  // Sampling before scanning: a scan alone would give the neighbour of an ejected endpoint a double share.
  constexpr int kSamples = 8;
  for (int i = 0; i < kSamples; ++i) {
    const std::uint32_t index = c.any();
    if (c.accepts(index) && c.may_take_turn(index)) return index;
  }
  return kUneven ? pick_by_shares(c) : c.scan(c.context.random.below(c.size()));
}

/// Takes turns until one falls on an acceptable endpoint: skipping from a fixed place instead would give the one after
/// an ejected endpoint a double share.
template <bool kUneven>
std::optional<std::uint32_t> pick_round_robin(const Candidates<kUneven>& c) {
  // All are avoided, and turns were taken in vain to find that out: what is left of them need not reach everybody.
  if (c.allow_avoided && kUneven) return pick_random(c);
  for (std::uint32_t i = 0; i < c.size(); ++i) {
    const std::uint32_t index = c.next();
    if (c.accepts(index) && c.may_take_turn(index)) return index;
  }
  return kUneven ? pick_by_shares(c) : c.scan(0);  // other workers may have taken the turns in between
}

/// Whether `a` is less busy than `b`, for its weight.
template <bool kUneven>
bool is_less_busy(const Candidates<kUneven>& c, std::uint32_t a, std::uint32_t b) {
  const auto busy = [&](std::uint32_t index) { return c.all[index].state->active.value(); };
  if constexpr (!kUneven) return busy(a) < busy(b);
  const auto share = [&](std::uint32_t index) { return c.all[index].weight * c.grown(index); };
  return static_cast<double>(busy(a)) * share(b) < static_cast<double>(busy(b)) * share(a);
}

/// Power of two choices (Mitzenmacher 2001), of two *distinct* samples: the same one twice plus one hung endpoint would
/// send it traffic for ever. Samples fall by weight, so that it counts while nobody is busy too.
template <bool kUneven>
std::optional<std::uint32_t> pick_least_connections(const Candidates<kUneven>& c) {
  const auto first = pick_random(c);
  if (!first) return first;
  Candidates<kUneven> others = c;
  others.except = first;
  const auto second = pick_random(others);
  if (!second) return first;
  return is_less_busy(c, *second, *first) ? second : first;
}

/// Rendezvous hashing; with weights by the logarithmic method, which keeps its property that a change moves no more
/// clients than it must (Schindelhauer and Schomaker 2005).
template <bool kUneven>
std::optional<std::uint32_t> pick_for_client(const Candidates<kUneven>& c) {
  const auto beats = [&](std::uint64_t a, std::uint32_t index, std::uint64_t b, std::uint32_t other) {
    if (!kUneven || c.usable.slots.empty()) return a > b;
    const auto score = [&](std::uint64_t hash, std::uint32_t of) {
      const double uniform = (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
      return c.all[of].weight / -std::log(uniform);
    };
    return score(a, index) > score(b, other);
  };
  std::optional<std::uint32_t> best;
  std::uint64_t best_hash = 0;
  for (const std::uint32_t index : c.indices) {
    const std::uint64_t hash = combine(*c.context.client, hash_value(c.all[index].address));
    if (c.accepts(index) && (!best || beats(hash, index, best_hash, *best))) {
      best = index;
      best_hash = hash;
    }
  }
  return best;
}

/// Where the client's slot is an endpoint's that is out, goes on from it in the client's own steps: the slots next to
/// one endpoint's are not spread evenly over the others.
template <bool kUneven>
std::optional<std::uint32_t> pick_by_table(const Candidates<kUneven>& c, const MaglevTable& table) {
  const auto at = [&](std::uint32_t slot) { return c.indices[table.at(slot)]; };
  const std::uint32_t first = MaglevTable::slot_of(*c.context.client);
  if (c.accepts(at(first))) return at(first);
  // Else the walk would be all around the table.
  if (std::ranges::none_of(c.indices, [&](std::uint32_t index) { return c.accepts(index); })) return std::nullopt;
  const auto step = static_cast<std::uint32_t>(mix(*c.context.client) % (MaglevTable::kSlots - 1)) + 1;
  std::uint32_t slot = first;
  // Not for ever: the last acceptable one may be ejected meanwhile, by another worker.
  for (std::uint32_t i = 1; i < MaglevTable::kSlots; ++i) {
    slot = (slot + step) % MaglevTable::kSlots;
    if (c.accepts(at(slot))) return at(slot);
  }
  return std::nullopt;
}

template <bool kUneven>
std::optional<std::uint32_t> pick_one(const Candidates<kUneven>& c) {
  const MaglevTable* table = c.usable.maglev.get();
  if (c.context.client) return table != nullptr ? pick_by_table(c, *table) : pick_for_client(c);
  switch (c.context.algorithm) {
    case config::Algorithm::random:
    case config::Algorithm::maglev:  // of nobody in particular
      return pick_random(c);
    case config::Algorithm::round_robin:
      return pick_round_robin(c);
    case config::Algorithm::least_connections:
      return pick_least_connections(c);
  }
  return std::nullopt;
}

template <bool kUneven>
std::optional<std::uint32_t> pick_from(std::span<const Endpoint> all, const Usable& usable,
                                       const PickContext& context) {
  const auto one = [&](bool allow_avoided) {
    return pick_one<kUneven>({all, usable.indices, context, allow_avoided, usable});
  };
  const auto healthy = one(false);
  return healthy ? healthy : one(true);
}

}  // namespace

std::optional<std::uint32_t> pick(std::span<const Endpoint> all, const Usable& usable, const PickContext& context) {
  if (usable.empty()) return std::nullopt;
  const bool even = usable.slots.empty() && context.slow_start == nullptr;
  return even ? pick_from<false>(all, usable, context) : pick_from<true>(all, usable, context);
}

}  // namespace naru::lb
