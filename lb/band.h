// Which number of a range a dynamic allocation takes: the two-band rule of KEP-3668 (node ports) and KEP-3070 (cluster
// IPs).
//
// The lower band of a range is left to explicit requests for as long as the upper one has room, so that they rarely
// collide with what was allocated before them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/hash.h"

namespace naru::lb {

/// Positions 0..size-1 of a range, of which the first `offset` are the lower band.
struct Band {
  std::uint64_t size{};
  std::uint64_t offset{};
};

/// `step` 32, at most 128 for node ports; 16, at most 256 for cluster IPs. `range_size` counts the whole range,
/// `usable` what of it may be given.
[[nodiscard]] constexpr Band make_band(std::uint64_t range_size, std::uint64_t usable, std::uint64_t step,
                                       std::uint64_t most) {
  constexpr std::uint64_t kLeast = 16;
  if (range_size <= kLeast) return {usable, 0};
  return {usable, std::min(usable, std::clamp(range_size / step, kLeast, most))};
}

/// A free position: from the upper band while there is one, else from the lower. The choice looks random but depends on
/// `seed` alone, so that nodes which are given the same Services in the same order agree without talking. None: range
/// full.
template <class IsFree>
[[nodiscard]] std::optional<std::uint64_t> choose_position(const Band& band, std::uint64_t seed,
                                                           const IsFree& is_free) {
  const auto choose_within = [&](std::uint64_t first, std::uint64_t count) -> std::optional<std::uint64_t> {
    if (count == 0) return std::nullopt;
    constexpr std::uint64_t kProbes = 16;
    for (std::uint64_t probe = 0; probe < kProbes; ++probe) {
      const std::uint64_t position = first + combine(seed, probe) % count;
      if (is_free(position)) return position;
    }
    // Nearly full. A range too large to scan can't be: 16 probes failing there means that something else is wrong.
    constexpr std::uint64_t kScan = std::uint64_t{1} << 20;
    const std::uint64_t start = combine(seed, kProbes) % count;
    for (std::uint64_t i = 0; i < std::min(count, kScan); ++i) {
      const std::uint64_t position = first + (start + i) % count;
      if (is_free(position)) return position;
    }
    return std::nullopt;
  };
  if (const auto upper = choose_within(band.offset, band.size - band.offset)) return upper;
  return choose_within(0, band.offset);
}

}  // namespace naru::lb
