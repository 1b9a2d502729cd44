// Neighbour solicitations and advertisements (RFC 4861) in IPv6 over Ethernet (RFC 2464). No I/O.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "lb/layer2/wire.h"

namespace naru::lb::layer2 {

enum class NdpKind : std::uint8_t { solicitation = 135, advertisement = 136 };

/// A message with the IPv6 and Ethernet headers that carry it.
struct NdpMessage {
  MacAddress destination;
  MacAddress source;
  IpAddress ip_destination;
  IpAddress ip_source;  // unspecified in a solicitation that detects duplicates
  NdpKind kind{NdpKind::solicitation};
  bool router{};  // the flags are an advertisement's alone
  bool solicited{};
  bool override_cache{};
  IpAddress target;
  std::optional<MacAddress> link_layer;  // of the source, in a solicitation; of the target, in an advertisement

  friend bool operator==(const NdpMessage&, const NdpMessage&) = default;
};

enum class NdpFault : std::uint8_t { malformed, hop_limit, bad_checksum };

/// From an Ethernet frame, validated as RFC 4861 sections 7.1.1 and 7.1.2 demand. Options of other types are skipped.
[[nodiscard]] std::variant<NdpMessage, NdpFault> parse_ndp(Bytes frame);

/// With hop limit 255 and the checksum.
[[nodiscard]] std::vector<std::uint8_t> encode(const NdpMessage& message);

/// ff02::1:ffXX:XXXX, the group of those that may have `ip` (RFC 4291 section 2.7.1).
[[nodiscard]] IpAddress solicited_node_group(const IpAddress& ip);
/// 33:33 and the group's last 32 bits (RFC 2464 section 7).
[[nodiscard]] MacAddress group_mac(const IpAddress& group);

/// Says to whoever sent `solicitation` that its target is at `own`: to everyone if the source is unspecified (7.2.4).
[[nodiscard]] NdpMessage ndp_answer(const NdpMessage& solicitation, const MacAddress& own);

/// Tells all nodes of the segment that `ip` is at `own`, whatever they have cached (7.2.6).
[[nodiscard]] NdpMessage ndp_announcement(const IpAddress& ip, const MacAddress& own);

/// Asks whether anybody has `ip`, without touching any cache (RFC 4862 section 5.4.2).
[[nodiscard]] NdpMessage ndp_probe(const IpAddress& ip, const MacAddress& own);

}  // namespace naru::lb::layer2
