#include "lb/bfd/timing.h"

#include <algorithm>

namespace naru::lb::bfd {

Micros advertised_min_tx(State state, Micros configured) {
  return state == State::up ? configured : std::max(configured, kSlowInterval);
}

Micros transmit_interval(Micros desired_min_tx, Micros remote_min_rx) {
  return std::max(desired_min_tx, remote_min_rx);
}

Duration jittered(Micros interval, std::uint8_t detect_multiplier, std::uint32_t random) {
  const std::uint64_t spread = detect_multiplier == 1 ? 15 : 25;
  const auto whole = std::chrono::nanoseconds(interval);
  const std::int64_t span = whole.count() / 100 * static_cast<std::int64_t>(spread);
  // 32 bits of fraction: of 2^32 us the quarter in ns is below 2^41, so the product is not to be had in 64 bits.
  const auto extra = static_cast<std::int64_t>(static_cast<double>(span) * (random / 4294967296.0));
  return whole * 3 / 4 + std::chrono::nanoseconds(extra);
}

Duration detection_time(std::uint8_t remote_multiplier, Micros required_min_rx, Micros remote_desired_min_tx) {
  return Duration(std::max(required_min_rx, remote_desired_min_tx)) * remote_multiplier;
}

}  // namespace naru::lb::bfd
