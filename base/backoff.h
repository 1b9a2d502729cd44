// Exponential back-off as a value.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace naru {

/// Doubles from `first` up to `cap`: the n-th failure in a row (from 1) waits first * 2^(n-1).
struct Backoff {
  Duration first{std::chrono::seconds(1)};
  Duration cap{std::chrono::seconds(60)};

  [[nodiscard]] constexpr Duration after(unsigned failures) const {
    Duration wait = first;
    for (unsigned i = 1; i < failures && wait < cap; ++i) wait *= 2;
    return std::min(wait, cap);
  }
};

}  // namespace naru
