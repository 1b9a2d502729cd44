#include "lb/endpoint.h"

#include "base/backoff.h"

namespace naru::lb {

bool EndpointState::eject(TimePoint now, Duration base, Duration cap) {
  Duration::rep until = ejected_until_.load(std::memory_order_relaxed);
  if (now.time_since_epoch().count() < until) return false;
  const std::uint32_t failures_in_row = consecutive_.load(std::memory_order_relaxed) + 1;
  const TimePoint end = now + Backoff{base, cap}.after(failures_in_row);
  // Of workers that see failures at the same moment, one begins the ejection; the others' do not double it.
  if (!ejected_until_.compare_exchange_strong(until, end.time_since_epoch().count(), std::memory_order_relaxed)) {
    return false;
  }
  consecutive_.store(failures_in_row, std::memory_order_relaxed);
  return true;
}

bool EndpointState::gateway_failed(TimePoint now, int threshold, Duration base, Duration cap) {
  if (threshold <= 0) return false;
  if (gateway_failures_.fetch_add(1, std::memory_order_relaxed) + 1 < threshold) return false;
  gateway_failures_.store(0, std::memory_order_relaxed);
  return eject(now, base, cap);
}

Usable usable_endpoints(std::span<const Endpoint> all, config::TrafficPolicy policy) {
  Usable ready{{}, Tier::ready};
  Usable terminating{{}, Tier::terminating};
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const Endpoint& endpoint = all[i];
    if (endpoint.weight == 0 || (policy == config::TrafficPolicy::local && !endpoint.local)) continue;
    const Tier tier = tier_of(endpoint.ready, endpoint.serving, endpoint.terminating);
    if (tier == Tier::ready) ready.indices.push_back(i);
    if (tier == Tier::terminating) terminating.indices.push_back(i);
  }
  if (!ready.empty()) return ready;
  if (!terminating.empty()) return terminating;
  return {};
}

void weigh(Usable& usable, std::span<const Endpoint> all) {
  std::vector<Weight> weights;
  for (const std::uint32_t index : usable.indices) weights.push_back(all[index].weight);
  usable.slots = WeightedSlots(weights);
}

}  // namespace naru::lb
