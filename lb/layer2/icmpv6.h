// The checksum of ICMPv6 (RFC 4443 section 2.3).
#pragma once

#include <cstdint>

#include "lb/layer2/wire.h"

namespace naru::lb::layer2 {

inline constexpr std::uint8_t kNextHeaderIcmpv6 = 58;

/// Over the pseudo-header and `message`. Where the checksum's field is zero: what belongs there; where it is filled in:
/// zero if it is right.
[[nodiscard]] std::uint16_t icmpv6_checksum(const IpAddress& source, const IpAddress& destination, Bytes message);

}  // namespace naru::lb::layer2
