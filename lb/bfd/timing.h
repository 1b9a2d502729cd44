// How often to send, and how long to wait: RFC 5880 sections 6.8.2 to 6.8.4 and 6.8.7, as functions of values.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "lb/bfd/types.h"

namespace naru::lb::bfd {

/// The least that may be asked for while a session is not Up (section 6.8.3).
inline constexpr Micros kSlowInterval{std::chrono::seconds(1)};

/// What we say that we would like to send with.
[[nodiscard]] Micros advertised_min_tx(State state, Micros configured);

/// Between periodic packets, before jitter: neither sooner than we like nor than the peer can take.
[[nodiscard]] Micros transmit_interval(Micros desired_min_tx, Micros remote_min_rx);

/// `interval` less 0 to 25 %, so that sessions do not fall into step; for a multiplier of 1 less 10 to 25 %, so that
/// the peer does not see one packet as missing. `random`: uniform over all values.
[[nodiscard]] Duration jittered(Micros interval, std::uint8_t detect_multiplier, std::uint32_t random);

/// Silence for so long is the end of the session: the peer's multiplier of what the peer sends with.
[[nodiscard]] Duration detection_time(std::uint8_t remote_multiplier, Micros required_min_rx,
                                      Micros remote_desired_min_tx);

}  // namespace naru::lb::bfd
