// Whether a received frame is answered, and if not, why. Pure.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <variant>

#include "lb/layer2/arp.h"
#include "lb/layer2/ndp.h"
#include "lb/layer2/verdict.h"

namespace naru::lb::layer2 {

/// What an address is to the interface on which a frame about it arrived.
enum class Standing : std::uint8_t {
  announced_here,
  announced_elsewhere,  // by us, on other interfaces
  held,                 // we serve it, another node announces it
  unknown,
};

/// The interface that received a frame.
struct Receiver {
  MacAddress mac;
  const std::set<MacAddress>& host_macs;  // of all interfaces: two may be on one segment, and hear each other
  std::function<Standing(const IpAddress&)> standing;
};

/// A claim to an address of ours is a conflict whatever else is wrong with its frame: neighbours do not look either.
/// Else only broadcast requests and those to our own MAC address are answered.
[[nodiscard]] ArpVerdict judge(const std::optional<ArpPacket>& packet, const Receiver& receiver);
[[nodiscard]] NdpVerdict judge(const std::variant<NdpMessage, NdpFault>& message, const Receiver& receiver);

/// Who claims which address in a frame whose verdict is `conflict`.
struct ForeignClaim {
  IpAddress address;
  MacAddress owner;
};
[[nodiscard]] ForeignClaim claim_of(const ArpPacket& packet);
[[nodiscard]] ForeignClaim claim_of(const NdpMessage& message);

}  // namespace naru::lb::layer2
