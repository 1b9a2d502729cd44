// Address families by their numbers (RFC 4760).
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"

namespace naru::lb::bgp {

inline constexpr std::uint8_t kUnicast = 1;

[[nodiscard]] constexpr std::uint16_t afi_of(Family family) {
  return family == Family::ipv4 ? 1 : 2;
}
[[nodiscard]] constexpr std::optional<Family> family_of(std::uint16_t afi, std::uint8_t safi) {
  if (safi != kUnicast || afi == 0 || afi > 2) return std::nullopt;
  return afi == 1 ? Family::ipv4 : Family::ipv6;
}

/// A set of the two.
struct Families {
  bool ipv4{};
  bool ipv6{};

  [[nodiscard]] static constexpr Families only(Family family) {
    return {family == Family::ipv4, family == Family::ipv6};
  }
  [[nodiscard]] constexpr bool has(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
  constexpr void add(Family family) { (family == Family::ipv4 ? ipv4 : ipv6) = true; }
  [[nodiscard]] constexpr bool empty() const { return !ipv4 && !ipv6; }
  [[nodiscard]] constexpr Families operator&(const Families& other) const {
    return {ipv4 && other.ipv4, ipv6 && other.ipv6};
  }
  friend bool operator==(const Families&, const Families&) = default;
};

}  // namespace naru::lb::bgp
