// Randomness as an argument: a small fast generator whose owner seeds it, so that tests repeat.
#pragma once

#include <cstdint>

#include "base/hash.h"

namespace naru {

/// splitmix64. Good for balancing and jitter; not for secrets (DNS ids and cookies use the kernel's).
class Random {
 public:
  using result_type = std::uint64_t;
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  constexpr result_type operator()() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

  /// Uniform in [0, bound), by multiplication (Lemire 2019) without the rejection step: bias below 2^-32 here. bound >
  /// 0.
  constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((*this)() >> 32) * bound >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace naru
