// The zones that naru is the authority of: which one a name is in, and its SOA.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "dns/name.h"

namespace naru::dns {

/// One zone's top. The SOA is kept as the bytes of an authority record, with the places to be filled in per answer: its
/// owner is a suffix of the question, so it is a pointer to there.
struct Origin {
  Name apex;
  /// TYPE to MINIMUM; what comes before is the owner. Its names have no pointers but to themselves and to the apex.
  std::string soa;
  std::vector<std::uint16_t> apex_pointers;  // positions in `soa` of pointers to the apex
  std::size_t serial_at{};                   // position in `soa`
};

struct Origins {
  Name domain;  // "cluster.local"
  std::uint32_t ttl{};
  std::vector<Origin> zones;    // the domain first, then reverse zones by apex
  std::size_t fewest_labels{};  // of a reverse zone's apex: how many suffixes of a name to look at
  std::size_t most_labels{};

  /// The zone that `name` (lower-case wire, with the offsets of its labels) is in, or null.
  [[nodiscard]] const Origin* find(std::string_view name, std::span<const std::uint8_t> labels) const;
};

[[nodiscard]] Origins make_origins(const Name& domain, std::span<const Cidr> reverse, std::uint32_t ttl);

/// The names whose subtrees are exactly the addresses of `cidr`: one where the prefix ends at an octet (IPv4) or a
/// nibble (IPv6), else up to 128 (or 8). RFC 1035 3.5, RFC 3596 2.5.
[[nodiscard]] std::vector<Name> reverse_zones(const Cidr& cidr);
/// "1.0.96.10.in-addr.arpa"
[[nodiscard]] Name reverse_name(const IpAddress& address);
/// True for names at or below in-addr.arpa and ip6.arpa.
[[nodiscard]] bool is_reverse(std::string_view name, std::span<const std::uint8_t> labels);

}  // namespace naru::dns
