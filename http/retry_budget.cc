#include "http/retry_budget.h"

#include <algorithm>

namespace naru::http {
namespace {

std::int64_t second_of(TimePoint now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

RetryBudget::Bucket& RetryBudget::bucket_at(TimePoint now) {
  const std::int64_t second = second_of(now);
  Bucket& bucket = buckets_[static_cast<std::size_t>(second) % kSeconds];
  // A worker whose clock reading is old adds to what is there: it must not set the bucket back.
  std::int64_t held = bucket.second.load(std::memory_order_relaxed);
  if (held < second && bucket.second.compare_exchange_strong(held, second, std::memory_order_relaxed)) {
    bucket.requests.store(0, std::memory_order_relaxed);
    bucket.retries.store(0, std::memory_order_relaxed);
  }
  return bucket;
}

void RetryBudget::count_request(TimePoint now) {
  bucket_at(now).requests.fetch_add(1, std::memory_order_relaxed);
}

bool RetryBudget::take(TimePoint now, const RetryBudgetRules& rules) {
  if (left(now, rules) <= 0) return false;
  bucket_at(now).retries.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::int64_t RetryBudget::left(TimePoint now, const RetryBudgetRules& rules) const {
  constexpr auto kWindow = static_cast<std::int64_t>(kSeconds);
  std::int64_t requests = 0;
  std::int64_t retries = 0;
  for (const Bucket& bucket : buckets_) {
    const std::int64_t second = bucket.second.load(std::memory_order_relaxed);
    if (second < 0 || second <= second_of(now) - kWindow) continue;
    requests += bucket.requests.load(std::memory_order_relaxed);
    retries += bucket.retries.load(std::memory_order_relaxed);
  }
  const std::int64_t allowed = requests * rules.percent / 100 + kWindow * rules.minimum_per_second;
  return std::max<std::int64_t>(0, allowed - retries);
}

}  // namespace naru::http
