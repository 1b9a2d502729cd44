// How often something may happen: a burst, and a rate at which the burst is made good.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace naru {

class TokenBucket {
 public:
  /// Full at first.
  TokenBucket(std::uint32_t burst, std::uint32_t per_second)
      : burst_(burst),
        tokens_(burst),
        interval_(std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max(1U, per_second)) {}

  /// True, and one fewer, if there is one left. The clock is looked at only once the bucket is empty.
  [[nodiscard]] bool take(TimePoint now) {
    if (tokens_ == 0) refill(now);
    if (tokens_ == 0) return false;
    if (tokens_ == burst_) refilled_ = now;
    --tokens_;
    return true;
  }
  /// One back: for what has paid for itself.
  void give_back() {
    if (tokens_ < burst_) ++tokens_;
  }

 private:
  void refill(TimePoint now) {
    const auto earned = (now - refilled_) / interval_;
    if (earned <= 0) return;
    tokens_ = static_cast<std::uint32_t>(std::min<std::int64_t>(earned, burst_));
    refilled_ = now;
  }

  std::uint32_t burst_;
  std::uint32_t tokens_;
  Duration interval_;
  TimePoint refilled_{};  // when what has been earned since was last added
};

}  // namespace naru
