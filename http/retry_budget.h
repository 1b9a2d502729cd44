// How many retries a Service may have, so that a failing Service is not finished off by them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/time.h"

namespace naru::http {

struct RetryBudgetRules {
  int percent{20};  // of the requests of the last 10 s
  int minimum_per_second{10};

  friend bool operator==(const RetryBudgetRules&, const RetryBudgetRules&) = default;
};

/// Requests and retries of the last 10 s, in buckets of one second. Shared by all workers: relaxed atomics, touched
/// once per request; what a race loses is a few counts at the turn of a second.
class RetryBudget {
 public:
  void count_request(TimePoint now);
  /// True, and counted, if one more retry is within the budget.
  [[nodiscard]] bool take(TimePoint now, const RetryBudgetRules& rules);
  /// Retries left now.
  [[nodiscard]] std::int64_t left(TimePoint now, const RetryBudgetRules& rules) const;

 private:
  static constexpr std::size_t kSeconds = 10;
  struct Bucket {
    std::atomic<std::int64_t> second{-1};
    std::atomic<std::uint32_t> requests{0};
    std::atomic<std::uint32_t> retries{0};
  };
  Bucket& bucket_at(TimePoint now);

  std::array<Bucket, kSeconds> buckets_;
};

}  // namespace naru::http
