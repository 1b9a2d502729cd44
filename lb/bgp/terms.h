// What a session has agreed upon, as far as routes depend on it.
#pragma once

#include <cstdint>
#include <optional>

#include "lb/bgp/family.h"

namespace naru::lb::bgp {

struct NextHops {
  std::optional<IpAddress> ipv4;
  std::optional<IpAddress> ipv6;

  [[nodiscard]] const std::optional<IpAddress>& of(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
  friend bool operator==(const NextHops&, const NextHops&) = default;
};

struct Terms {
  std::uint32_t my_asn{};
  bool internal{};        // iBGP
  bool four_octet_asn{};  // both sides
  Families families;
  NextHops next_hops;

  [[nodiscard]] bool can_carry(Family family) const { return families.has(family) && next_hops.of(family); }
};

}  // namespace naru::lb::bgp
