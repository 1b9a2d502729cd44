// BFD Control packets as bytes: RFC 5880 section 4.1.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <variant>

#include "lb/bfd/types.h"

namespace naru::lb::bfd {

/// Without an authentication section: none is ever sent, and the content of one that arrives is not looked at.
struct Packet {
  Diagnostic diagnostic{};
  State state{State::down};
  bool poll{};
  bool final{};
  bool control_plane_independent{};
  bool authenticated{};
  bool demand{};
  std::uint8_t detect_multiplier{};
  std::uint32_t my_discriminator{};
  std::uint32_t your_discriminator{};
  Micros desired_min_tx{};
  Micros required_min_rx{};
  Micros required_min_echo_rx{};
  friend bool operator==(const Packet&, const Packet&) = default;
};

inline constexpr std::size_t kPacketSize = 24;
using PacketBytes = std::array<std::uint8_t, kPacketSize>;

/// `payload`: what the datagram held. Refuses what section 6.8.6 does without looking at a session.
[[nodiscard]] std::variant<Packet, Discard> decode(std::span<const std::uint8_t> payload);

/// `authenticated` is left out.
[[nodiscard]] PacketBytes encode(const Packet& packet);

}  // namespace naru::lb::bfd
