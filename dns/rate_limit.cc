#include "dns/rate_limit.h"

#include <algorithm>

#include "base/hash.h"

namespace naru::dns {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBurst = kSecond;  // a second's worth may come at once
constexpr unsigned kPrefixV4 = 24;
constexpr unsigned kPrefixV6 = 56;

}  // namespace

RateLimiter::RateLimiter(RateLimitOptions options, std::uint64_t seed)
    : options_(std::move(options)),
      seed_(seed),
      interval_(options_.per_second > 0 ? kSecond / options_.per_second : 0),
      buckets_(options_.per_second > 0 ? std::make_unique<Bucket[]>(kBuckets) : nullptr) {}

bool RateLimiter::trusts(const IpAddress& client) const {
  return buckets_ == nullptr ||
         std::ranges::any_of(options_.trusted, [&](const Cidr& network) { return network.contains(client); });
}

RateLimiter::Bucket& RateLimiter::bucket_of(const IpAddress& client) const {
  const Cidr network = Cidr::of(client, client.is_v4() ? kPrefixV4 : kPrefixV6);
  return buckets_[combine(seed_, hash_value(network.base())) % kBuckets];
}

RateVerdict RateLimiter::take(const IpAddress& client, TimePoint now) {
  if (trusts(client)) return RateVerdict::pass;
  Bucket& bucket = bucket_of(client);
  const std::int64_t at = now.time_since_epoch().count();
  std::int64_t empty_at = bucket.empty_at.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(empty_at, at) + interval_;
    if (next - at > kBurst) break;
    if (bucket.empty_at.compare_exchange_weak(empty_at, next, std::memory_order_relaxed)) return RateVerdict::pass;
  }
  const std::uint32_t nth = bucket.refused.fetch_add(1, std::memory_order_relaxed) + 1;
  return options_.slip > 0 && nth % options_.slip == 0 ? RateVerdict::slip : RateVerdict::drop;
}

}  // namespace naru::dns
