// ARP for IPv4 over Ethernet (RFC 826), probes and announcements of addresses (RFC 5227). No I/O.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "lb/layer2/wire.h"

namespace naru::lb::layer2 {

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

/// An ARP packet with the Ethernet header that carries it.
struct ArpPacket {
  MacAddress destination;
  MacAddress source;
  ArpOperation operation{ArpOperation::request};
  MacAddress sender_mac;
  IpAddress sender_ip;  // 0.0.0.0 in a probe
  MacAddress target_mac;
  IpAddress target_ip;

  friend bool operator==(const ArpPacket&, const ArpPacket&) = default;
};

inline constexpr std::size_t kArpFrame = kEthernetHeader + 28;
using ArpFrame = std::array<std::uint8_t, kArpFrame>;

/// From an Ethernet frame; what follows the packet is padding. Nothing for what is cut short, is not of IPv4 over
/// Ethernet, is neither request nor reply, or has a group or nobody as its sender.
[[nodiscard]] std::optional<ArpPacket> parse_arp(Bytes frame);

[[nodiscard]] ArpFrame encode(const ArpPacket& packet);

/// Says to whoever sent `request` that its target is at `own`.
[[nodiscard]] ArpPacket arp_answer(const ArpPacket& request, const MacAddress& own);

/// Tells the whole segment that `ip` is at `own`: in a request, which updates most caches (RFC 5227 section 3), and in
/// a reply, for those that ignore requests.
[[nodiscard]] std::array<ArpPacket, 2> arp_announcements(const IpAddress& ip, const MacAddress& own);

/// Asks whether anybody has `ip`, without touching any cache (RFC 5227 section 2.1.1).
[[nodiscard]] ArpPacket arp_probe(const IpAddress& ip, const MacAddress& own);

}  // namespace naru::lb::layer2
