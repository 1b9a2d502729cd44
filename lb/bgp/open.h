// OPEN and its capabilities (RFC 4271 4.2, RFC 5492).
#pragma once

#include <variant>

#include "lb/bgp/family.h"
#include "lb/bgp/notification.h"
#include "lb/bgp/peer_settings.h"

namespace naru::lb::bgp {

inline constexpr std::uint16_t kAsTrans = 23456;  // RFC 6793: in place of numbers that two bytes cannot hold

/// RFC 4724.
struct GracefulRestart {
  bool restarted{};  // the sender comes back, and its routes may still be kept
  std::uint16_t restart_seconds{};
  Families kept;  // whose forwarding goes on meanwhile
  friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

struct Open {
  std::uint32_t asn{};  // of the 4-octet capability, if there is one
  std::uint16_t hold_seconds{};
  IpAddress router_id;
  Families families;  // IPv4 if none were named
  bool four_octet_asn{};
  bool route_refresh{};
  std::optional<GracefulRestart> graceful_restart;
  friend bool operator==(const Open&, const Open&) = default;
};

[[nodiscard]] Bytes encode(const Open& open);

/// A peer's OPEN, or what to answer if it is none. Capabilities that are not known are passed over.
[[nodiscard]] std::variant<Open, Notification> parse_open(View body);

/// What is to be answered to an OPEN that does not fit what is configured; nothing if it does.
[[nodiscard]] std::optional<Notification> refusal(const Open& theirs, const Open& ours, const PeerSettings& settings);

}  // namespace naru::lb::bgp
