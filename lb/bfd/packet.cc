#include "lb/bfd/packet.h"

#include <optional>

namespace naru::lb::bfd {
namespace {

constexpr unsigned kVersion = 1;
constexpr std::size_t kSmallestAuthenticated = kPacketSize + 2;

// The second byte, below the state.
constexpr unsigned kPoll = 0x20;
constexpr unsigned kFinal = 0x10;
constexpr unsigned kIndependent = 0x08;
constexpr unsigned kAuthenticated = 0x04;
constexpr unsigned kDemand = 0x02;
constexpr unsigned kMultipoint = 0x01;

std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         std::uint32_t{bytes[at + 3]};
}

void write32(PacketBytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

unsigned when(bool set, unsigned bit) {
  return set ? bit : 0;
}

/// The first rules of section 6.8.6, in its order.
std::optional<Discard> fault_of(std::span<const std::uint8_t> payload) {
  if (payload.size() < kPacketSize) return Discard::short_packet;
  if (payload[0] >> 5 != kVersion) return Discard::version;
  const std::size_t length = payload[3];
  const bool authenticated = (payload[1] & kAuthenticated) != 0;
  if (length < (authenticated ? kSmallestAuthenticated : kPacketSize)) return Discard::length;
  if (length > payload.size()) return Discard::length;
  if (payload[2] == 0) return Discard::multiplier;
  if ((payload[1] & kMultipoint) != 0) return Discard::multipoint;
  if (read32(payload, 4) == 0) return Discard::my_discriminator;
  return std::nullopt;
}

}  // namespace

std::variant<Packet, Discard> decode(std::span<const std::uint8_t> payload) {
  if (const auto fault = fault_of(payload)) return *fault;
  const unsigned flags = payload[1];
  Packet packet;
  packet.diagnostic = static_cast<Diagnostic>(payload[0] & 0x1f);
  packet.state = static_cast<State>(flags >> 6);
  packet.poll = (flags & kPoll) != 0;
  packet.final = (flags & kFinal) != 0;
  packet.control_plane_independent = (flags & kIndependent) != 0;
  packet.authenticated = (flags & kAuthenticated) != 0;
  packet.demand = (flags & kDemand) != 0;
  packet.detect_multiplier = payload[2];
  packet.my_discriminator = read32(payload, 4);
  packet.your_discriminator = read32(payload, 8);
  packet.desired_min_tx = Micros(read32(payload, 12));
  packet.required_min_rx = Micros(read32(payload, 16));
  packet.required_min_echo_rx = Micros(read32(payload, 20));
  return packet;
}

PacketBytes encode(const Packet& packet) {
  PacketBytes bytes{};
  bytes[0] = static_cast<std::uint8_t>(kVersion << 5 | (static_cast<unsigned>(packet.diagnostic) & 0x1f));
  bytes[1] = static_cast<std::uint8_t>(
      static_cast<unsigned>(packet.state) << 6 | when(packet.poll, kPoll) | when(packet.final, kFinal) |
      when(packet.control_plane_independent, kIndependent) | when(packet.demand, kDemand));
  bytes[2] = packet.detect_multiplier;
  bytes[3] = kPacketSize;
  write32(bytes, 4, packet.my_discriminator);
  write32(bytes, 8, packet.your_discriminator);
  write32(bytes, 12, packet.desired_min_tx.count());
  write32(bytes, 16, packet.required_min_rx.count());
  write32(bytes, 20, packet.required_min_echo_rx.count());
  return bytes;
}

}  // namespace naru::lb::bfd
