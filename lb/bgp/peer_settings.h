// What is configured of one BGP peer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"

namespace naru::lb::bgp {

/// Which AS the peer may be of when its number is not given: ours (iBGP) or any other (eBGP).
enum class DynamicAsn : std::uint8_t { internal, external };

/// Everything is the session's: a change of any of it, except of `connect_time`, begins the session anew.
struct PeerSettings {
  std::string name;  // unique; what set_routes() and sessions() call it
  std::uint32_t my_asn{};
  std::uint32_t peer_asn{};  // 0: see dynamic_asn
  std::optional<DynamicAsn> dynamic_asn;
  IpAddress address;
  Port port{179};
  std::optional<IpAddress> source_address;  // of the peer's family; default: as the kernel chooses
  std::optional<IpAddress> router_id;       // IPv4; default: SpeakerOptions::router_id, else the session's own IPv4
  std::chrono::seconds hold_time{90};       // 0 (never expires), or 3 s to 65535 s
  std::optional<std::chrono::seconds> keepalive_time;  // default, and at most: a third of the agreed hold time
  std::optional<std::chrono::seconds> connect_time;    // between attempts; default: 1 s, doubling up to 2 min
  std::string password;                                // TCP-MD5 (RFC 2385), at most 80 bytes; empty: none
  bool ebgp_multi_hop{};
  bool graceful_restart{};
  bool dual_stack{};  // carries routes of the other IP family than the session's too
  bool passive{};     // waits for the peer to connect; needs SpeakerOptions::listen

  friend bool operator==(const PeerSettings&, const PeerSettings&) = default;
};

/// Why no session can be made of these settings; empty if one can.
[[nodiscard]] std::string fault_of(const PeerSettings& settings);

}  // namespace naru::lb::bgp
