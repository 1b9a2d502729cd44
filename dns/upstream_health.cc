#include "dns/upstream_health.h"

#include <algorithm>
#include <numeric>

#include "base/backoff.h"

namespace naru::dns {

void UpstreamHealth::failed(TimePoint now, Duration check) {
  usable = false;
  check_at = now + Backoff{check, check * 20}.after(++failures);
  outrun = given_up = 0;
}

void UpstreamHealth::was_outrun(TimePoint now, Duration check) {
  constexpr unsigned kTooOften = 5;
  if (++outrun >= kTooOften && usable) failed(now, check);
}

void UpstreamHealth::was_given_up(TimePoint now, Duration check) {
  constexpr unsigned kTooMany = 64;
  if (++given_up >= kTooMany && usable) failed(now, check);
}

std::vector<std::size_t> attempt_order(std::span<const UpstreamHealth> upstreams, UpstreamPolicy policy,
                                       std::uint64_t turn, Random& random) {
  std::vector<std::size_t> order(upstreams.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (policy == UpstreamPolicy::random) std::shuffle(order.begin(), order.end(), random);
  if (policy == UpstreamPolicy::round_robin && !order.empty()) {
    std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(turn % order.size()), order.end());
  }
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return upstreams[i].usable; });
  return order;
}

void LatencyWindow::add(Duration took) {
  last_[added_++ % kSize] = took;
  if (added_ < kSize || added_ % kEvery != 0) return;
  auto sorted = last_;
  const auto at = sorted.begin() + kSize * 95 / 100;
  std::nth_element(sorted.begin(), at, sorted.end());
  percentile95_ = *at;
}

std::optional<Duration> hedge_delay(std::optional<Duration> percentile95, Duration configured) {
  constexpr Duration kLeast = std::chrono::milliseconds(20);
  if (configured <= Duration::zero()) return std::nullopt;
  return std::max(std::min(percentile95.value_or(configured), configured), kLeast);
}

}  // namespace naru::dns
