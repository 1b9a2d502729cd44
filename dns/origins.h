// The zones that naru is the authority of: which one a name is in, and its SOA.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "dns/name.h"

namespace naru::dns {

/// A SOA record as an answer carries it: TYPE to MINIMUM; the owner comes before. It is a copy with two kinds of places
/// to be filled in: the serial number, and pointers to the zone's apex, which is a suffix of the question.
struct Soa {
  std::string bytes;
  std::vector<std::uint16_t> apex_pointers;
  std::size_t serial_at{};
};

/// One zone's top.
struct Origin {
  Name apex;
  Soa soa;
};

struct Origins {
  Name domain;  // "cluster.local"
  Name server;  // "ns.dns.cluster.local"
  std::uint32_t ttl{};
  std::vector<Origin> zones;    // the domain first, then reverse zones by apex
  Origin lone;                  // for a name that is a zone by itself: an endpoint's address outside the service CIDRs
  std::size_t fewest_labels{};  // of a reverse zone's apex
  std::size_t most_labels{};

  /// The zone that `name` (lower-case wire, with the offsets of its labels) is in, or null.
  [[nodiscard]] const Origin* find(std::string_view name, std::span<const std::uint8_t> labels) const;
};

[[nodiscard]] Origins make_origins(const Name& domain, std::span<const Cidr> reverse, std::uint32_t ttl);

/// RDATA of the SOA of `origins`' zones, uncompressed.
[[nodiscard]] std::string soa_rdata(const Origins& origins, std::uint32_t serial);

/// The names whose subtrees are exactly the addresses of `cidr`: one where the prefix ends at an octet (IPv4) or a
/// nibble (IPv6), else up to 128 (or 8). RFC 1035 3.5, RFC 3596 2.5.
[[nodiscard]] std::vector<Name> reverse_zones(const Cidr& cidr);
/// "1.0.96.10.in-addr.arpa"
[[nodiscard]] Name reverse_name(const IpAddress& address);
/// True for names at or below in-addr.arpa and ip6.arpa.
[[nodiscard]] bool is_reverse(std::string_view name, std::span<const std::uint8_t> labels);

}  // namespace naru::dns
