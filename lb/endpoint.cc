#include "lb/endpoint.h"

#include "base/backoff.h"

namespace naru::lb {

bool EndpointState::eject(TimePoint now, Duration base, Duration cap) {
  if (ejected(now)) return false;
  const std::uint32_t failures_in_row = consecutive_.fetch_add(1, std::memory_order_relaxed) + 1;
  const TimePoint until = now + Backoff{base, cap}.after(failures_in_row);
  ejected_until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  return true;
}

Usable usable_endpoints(std::span<const Endpoint> all, config::TrafficPolicy policy) {
  Usable ready{{}, Tier::ready};
  Usable terminating{{}, Tier::terminating};
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const Endpoint& endpoint = all[i];
    if (policy == config::TrafficPolicy::local && !endpoint.local) continue;
    if (endpoint.ready && !endpoint.terminating) ready.indices.push_back(i);
    if (endpoint.serving && endpoint.terminating) terminating.indices.push_back(i);
  }
  if (!ready.empty()) return ready;
  if (!terminating.empty()) return terminating;
  return {};
}

}  // namespace naru::lb
