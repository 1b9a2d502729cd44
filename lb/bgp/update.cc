#include "lb/bgp/update.h"

#include "lb/bgp/message.h"
#include "lb/bgp/open.h"

namespace naru::lb::bgp {
namespace {

constexpr std::uint8_t kIgp = 0;  // ORIGIN
constexpr std::uint8_t kAsSequence = 2;
constexpr std::uint32_t kDefaultLocalPref = 100;
constexpr std::size_t kMpHeader = 4;  // flags, type, and two bytes of length

void put_attribute(Bytes& out, std::uint8_t flags, Attribute type, const Bytes& value) {
  const bool is_long = value.size() > 0xff;
  put8(out, is_long ? flags | kExtendedLength : flags);
  put8(out, static_cast<std::size_t>(type));
  if (is_long) put8(out, value.size() >> 8);
  put8(out, value.size());
  put(out, value);
}

Bytes sequence_of(std::uint32_t asn, std::size_t asn_bytes) {
  Bytes out{kAsSequence, 1};
  if (asn_bytes == 4) {
    put32(out, asn);
  } else {
    put16(out, asn > 0xffff ? kAsTrans : asn);
  }
  return out;
}

/// RFC 6793 4.2.2: a number too large for an old peer goes beside, for those behind it.
void put_as_path(Bytes& out, const Terms& terms) {
  const std::size_t asn_bytes = terms.four_octet_asn ? 4 : 2;
  put_attribute(out, kTransitive, Attribute::as_path, terms.internal ? Bytes{} : sequence_of(terms.my_asn, asn_bytes));
}

void put_as4_path(Bytes& out, const Terms& terms) {
  if (terms.internal || terms.four_octet_asn || terms.my_asn <= 0xffff) return;
  put_attribute(out, kOptional | kTransitive, Attribute::as4_path, sequence_of(terms.my_asn, 4));
}

void put_local_pref(Bytes& out, const Terms& terms, const RouteAttributes& attributes) {
  if (!terms.internal) return;
  Bytes value;
  put32(value, attributes.local_pref.value_or(kDefaultLocalPref));
  put_attribute(out, kTransitive, Attribute::local_pref, value);
}

void put_communities(Bytes& out, const RouteAttributes& attributes) {
  if (attributes.communities.empty()) return;
  Bytes value;
  for (const std::uint32_t community : attributes.communities) put32(value, community);
  put_attribute(out, kOptional | kTransitive, Attribute::communities, value);
}

void put_large_communities(Bytes& out, const RouteAttributes& attributes) {
  if (attributes.large_communities.empty()) return;
  Bytes value;
  for (const LargeCommunity& community : attributes.large_communities) {
    put32(value, community.global);
    put32(value, community.local1);
    put32(value, community.local2);
  }
  put_attribute(out, kOptional | kTransitive, Attribute::large_communities, value);
}

/// In ascending order of their types, as RFC 4271 5 has it, but for MP_REACH_NLRI, which goes first (RFC 7606 5.1).
Bytes attributes_of(const Terms& terms, const RouteAttributes& attributes, Family family) {
  Bytes out;
  put_attribute(out, kTransitive, Attribute::origin, Bytes{kIgp});
  put_as_path(out, terms);
  if (family == Family::ipv4) {
    Bytes next_hop;
    put(next_hop, *terms.next_hops.ipv4);
    put_attribute(out, kTransitive, Attribute::next_hop, next_hop);
  }
  put_local_pref(out, terms, attributes);
  put_communities(out, attributes);
  put_as4_path(out, terms);
  put_large_communities(out, attributes);
  return out;
}

/// How many prefixes were put within `room` bytes.
std::size_t put_prefixes(Bytes& out, std::span<const Cidr> prefixes, std::size_t room) {
  std::size_t count = 0;
  for (const Cidr& prefix : prefixes) {
    const std::size_t bytes = (prefix.prefix_length() + 7) / 8;
    if (1 + bytes > room) break;
    put8(out, prefix.prefix_length());
    put(out, View(prefix.base().bytes()).first(bytes));
    room -= 1 + bytes;
    ++count;
  }
  return count;
}

std::size_t room_in(const Bytes& message) {
  return message.size() < kMostMessage ? kMostMessage - message.size() : 0;
}

/// The attribute's header with a length of two bytes, to be set by end_mp.
void begin_mp(Bytes& out, Attribute type, Family family) {
  put8(out, kOptional | kExtendedLength);
  put8(out, static_cast<std::size_t>(type));
  put16(out, 0);
  put16(out, afi_of(family));
  put8(out, kUnicast);
}

void end_mp(Bytes& out, std::size_t at) {
  set16(out, at + 2, out.size() - at - kMpHeader);
}

Packed announce_v4(const Terms& terms, const RouteAttributes& attributes, std::span<const Cidr> prefixes) {
  Packed result{begin_message(MessageType::update), 0};
  Bytes& out = result.message;
  const Bytes own = attributes_of(terms, attributes, Family::ipv4);
  put16(out, 0);
  put16(out, own.size());
  put(out, own);
  result.count = put_prefixes(out, prefixes, room_in(out));
  finish_message(out);
  return result;
}

Packed announce_v6(const Terms& terms, const RouteAttributes& attributes, std::span<const Cidr> prefixes) {
  Packed result{begin_message(MessageType::update), 0};
  Bytes& out = result.message;
  const Bytes others = attributes_of(terms, attributes, Family::ipv6);
  put16(out, 0);
  put16(out, 0);
  const std::size_t at = out.size();
  begin_mp(out, Attribute::mp_reach, Family::ipv6);
  put8(out, terms.next_hops.ipv6->bits() / 8);
  put(out, *terms.next_hops.ipv6);
  put8(out, 0);  // reserved
  const std::size_t room = room_in(out);
  result.count = put_prefixes(out, prefixes, room > others.size() ? room - others.size() : 0);
  end_mp(out, at);
  put(out, others);
  set16(out, at - 2, out.size() - at);
  finish_message(out);
  return result;
}

Packed withdraw_v4(std::span<const Cidr> prefixes) {
  Packed result{begin_message(MessageType::update), 0};
  Bytes& out = result.message;
  const std::size_t at = out.size();
  put16(out, 0);
  result.count = put_prefixes(out, prefixes, room_in(out) - 2);
  set16(out, at, out.size() - at - 2);
  put16(out, 0);
  finish_message(out);
  return result;
}

Packed withdraw_v6(std::span<const Cidr> prefixes) {
  Packed result{begin_message(MessageType::update), 0};
  Bytes& out = result.message;
  put16(out, 0);
  put16(out, 0);
  const std::size_t at = out.size();
  begin_mp(out, Attribute::mp_unreach, Family::ipv6);
  result.count = put_prefixes(out, prefixes, room_in(out));
  end_mp(out, at);
  set16(out, at - 2, out.size() - at);
  finish_message(out);
  return result;
}

}  // namespace

Packed announce(const Terms& terms, const RouteAttributes& attributes, std::span<const Cidr> prefixes) {
  return prefixes.front().family() == Family::ipv4 ? announce_v4(terms, attributes, prefixes)
                                                   : announce_v6(terms, attributes, prefixes);
}

Packed withdraw(std::span<const Cidr> prefixes) {
  return prefixes.front().family() == Family::ipv4 ? withdraw_v4(prefixes) : withdraw_v6(prefixes);
}

Bytes end_of_rib(Family family) {
  return family == Family::ipv4 ? withdraw_v4({}).message : withdraw_v6({}).message;
}

}  // namespace naru::lb::bgp
