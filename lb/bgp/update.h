// UPDATEs as we send them (RFC 4271 4.3): IPv4 in the message's own fields, IPv6 in MP_REACH_NLRI and MP_UNREACH_NLRI
// (RFC 4760).
#pragma once

#include <span>

#include "lb/bgp/route.h"
#include "lb/bgp/terms.h"
#include "lb/bgp/wire.h"

namespace naru::lb::bgp {

// Path attribute types.
enum class Attribute : std::uint8_t {
  origin = 1,
  as_path = 2,
  next_hop = 3,
  med = 4,
  local_pref = 5,
  atomic_aggregate = 6,
  aggregator = 7,
  communities = 8,
  originator_id = 9,
  cluster_list = 10,
  mp_reach = 14,
  mp_unreach = 15,
  extended_communities = 16,
  as4_path = 17,
  as4_aggregator = 18,
  large_communities = 32
};
inline constexpr std::uint8_t kOptional = 0x80;
inline constexpr std::uint8_t kTransitive = 0x40;
inline constexpr std::uint8_t kPartial = 0x20;
inline constexpr std::uint8_t kExtendedLength = 0x10;

/// A message, and how many of the prefixes, from the first, are in it: as many as fit.
struct Packed {
  Bytes message;
  std::size_t count{};
};

/// All `prefixes` are of one family that the terms can carry; there is at least one. A count of 0: the attributes leave
/// no room.
[[nodiscard]] Packed announce(const Terms& terms, const RouteAttributes& attributes, std::span<const Cidr> prefixes);
[[nodiscard]] Packed withdraw(std::span<const Cidr> prefixes);
/// RFC 4724 2: that is all there was to announce.
[[nodiscard]] Bytes end_of_rib(Family family);

}  // namespace naru::lb::bgp
