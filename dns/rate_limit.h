// Response rate limiting: how much a network that may not be who it says is sent over UDP.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace naru::dns {

struct RateLimitOptions {
  std::uint32_t per_second{1000};  // answers to one /24 or /56; 0: no limit
  std::uint32_t slip{1};      // every n-th of those above it is told to use TCP, the others get nothing; 0: none is
  std::vector<Cidr> trusted;  // never limited
};

enum class RateVerdict : std::uint8_t { pass, slip, drop };

/// Shared by all workers, which touch it for clients that are not trusted only. Each network has a bucket by its hash:
/// two that share one, one in tens of thousands, share their limit too. The hash is seeded, so that nobody can choose
/// whom to share with.
class RateLimiter {
 public:
  RateLimiter(RateLimitOptions options, std::uint64_t seed);

  /// Whether a reply may be sent over UDP to `client` now. Counts it. Any thread.
  [[nodiscard]] RateVerdict take(const IpAddress& client, TimePoint now);
  /// No limit for it.
  [[nodiscard]] bool trusts(const IpAddress& client) const;

 private:
  /// When the network will have used up what it took, if it takes no more: the generic cell rate algorithm.
  /// Nanoseconds.
  struct Bucket {
    std::atomic<std::int64_t> empty_at{0};
    std::atomic<std::uint32_t> refused{0};
  };
  static constexpr std::size_t kBuckets = 1U << 16U;

  [[nodiscard]] Bucket& bucket_of(const IpAddress& client) const;

  RateLimitOptions options_;
  std::uint64_t seed_;
  std::int64_t interval_;  // nanoseconds between answers at the limit
  std::unique_ptr<Bucket[]> buckets_;
};

}  // namespace naru::dns
