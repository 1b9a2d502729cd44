// What the speaker counts.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "base/address.h"
#include "lb/layer2/verdict.h"

namespace naru::lb::layer2 {

/// Of one address, over all interfaces; they begin with its first announcement and go when it is no longer held.
struct AddressCounters {
  std::uint64_t requests_received{};  // that were ours to answer
  std::uint64_t responses_sent{};
  std::uint64_t gratuitous_sent{};  // frames: two per round for IPv4 (request and reply), one for IPv6
  std::uint64_t conflicts_seen{};   // frames in which somebody else claimed it

  friend bool operator==(const AddressCounters&, const AddressCounters&) = default;
};

struct Counters {
  std::map<IpAddress, AddressCounters> addresses;
  std::array<std::uint64_t, kArpVerdicts> arp{};  // frames received, by verdict
  std::array<std::uint64_t, kNdpVerdicts> ndp{};
  std::uint64_t frames_lost{};    // that the kernel dropped before us: a storm faster than we read
  std::uint64_t turns_limited{};  // turns that left frames for the next one, so that other work went on
  std::uint64_t send_failures{};  // frames that no socket took
};

}  // namespace naru::lb::layer2
