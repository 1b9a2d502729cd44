#include "lb/pick.h"

#include <algorithm>

#include "base/hash.h"

namespace naru::lb {
namespace {

struct Candidates {
  std::span<const Endpoint> all;
  std::span<const std::uint32_t> indices;
  const PickContext& context;
  bool allow_avoided;
  const MaglevTable* maglev;              // may be null
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
};

std::optional<std::uint32_t> pick_random(const Candidates& c) {
  // Sampling before scanning: a scan alone would give the neighbour of an ejected endpoint a double share.
  constexpr int kSamples = 8;
  for (int i = 0; i < kSamples; ++i) {
    const std::uint32_t index = c.indices[c.context.random.below(c.size())];
    if (c.accepts(index)) return index;
  }
  return c.scan(c.context.random.below(c.size()));
}

/// Takes turns until one falls on an acceptable endpoint: skipping from a fixed place instead would give the one after
/// an ejected endpoint a double share.
std::optional<std::uint32_t> pick_round_robin(const Candidates& c) {
  const auto next = [&] { return c.context.round_robin.fetch_add(1, std::memory_order_relaxed) % c.size(); };
  for (std::uint32_t i = 0; i < c.size(); ++i) {
    const std::uint32_t index = c.indices[next()];
    if (c.accepts(index)) return index;
  }
  return c.scan(0);  // other workers may have taken the turns in between
}

/// Power of two choices (Mitzenmacher 2001), of two *distinct* samples: the same one twice plus one hung endpoint would
/// send it traffic for ever.
std::optional<std::uint32_t> pick_least_connections(const Candidates& c) {
  const auto first = pick_random(c);
  if (!first) return first;
  Candidates others = c;
  others.except = first;
  const auto second = pick_random(others);
  if (!second) return first;
  return c.all[*second].state->active.value() < c.all[*first].state->active.value() ? second : first;
}

std::optional<std::uint32_t> pick_for_client(const Candidates& c) {
  std::optional<std::uint32_t> best;
  std::uint64_t best_weight = 0;
  for (const std::uint32_t index : c.indices) {
    const std::uint64_t weight = combine(*c.context.client, hash_value(c.all[index].address));
    if (c.accepts(index) && (!best || weight > best_weight)) {
      best = index;
      best_weight = weight;
    }
  }
  return best;
}

/// Where the client's slot is an endpoint's that is out, goes on from it in the client's own steps: the slots next to
/// one endpoint's are not spread evenly over the others.
std::optional<std::uint32_t> pick_by_table(const Candidates& c, const MaglevTable& table) {
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

std::optional<std::uint32_t> pick_one(const Candidates& c) {
  if (c.context.client) return c.maglev != nullptr ? pick_by_table(c, *c.maglev) : pick_for_client(c);
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

}  // namespace

std::optional<std::uint32_t> pick(std::span<const Endpoint> all, const Usable& usable, PickContext context) {
  if (usable.empty()) return std::nullopt;
  if (const auto healthy = pick_one({all, usable.indices, context, false, usable.maglev.get()})) return healthy;
  return pick_one({all, usable.indices, context, true, usable.maglev.get()});
}

}  // namespace naru::lb
