// Why sessions end, or do not come to be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace naru::lb::bgp {

enum class EndReason : std::uint8_t {
  none,
  bad_settings,            // no session can be made of what is configured
  no_local_address,        // sourceAddress is not this host's, or another failure on this side before connecting
  connect_failed,          // refused, or no way there
  connect_timed_out,       // no answer; so it looks when passwords differ, or a hop is too many
  connection_closed,       // by the peer, without a NOTIFICATION
  connection_failed,       // reset, or another error of the socket
  open_timed_out,          // connected, but the peer does not say OPEN
  hold_timer_expired,      // silence for the hold time
  send_timed_out,          // the peer does not read for the hold time (RFC 9687)
  bad_header,              // garbage: no BGP message (RFC 4271 6.1)
  bad_open,                // an OPEN that is none, or of another version (6.2)
  wrong_asn,               // the OPEN's AS is not the peer's
  bad_router_id,           // 0, or our own
  unacceptable_hold_time,  // 1 s or 2 s
  unsupported_capability,  // no address family in common
  bad_update,              // an UPDATE whose routes cannot be told apart (6.3, RFC 7606)
  unexpected_message,      // in this state (6.6)
  collision,               // two connections at once: this one goes (6.8)
  notified,                // the peer ended it; the text has what it said
  link_failed,             // BFD says so
  removed,                 // no longer configured
  settings_changed,
  shut_down
};
inline constexpr std::size_t kEndReasons = static_cast<std::size_t>(EndReason::shut_down) + 1;
[[nodiscard]] std::string_view to_string(EndReason reason);  ///< "hold_timer_expired", ...

struct SessionEnd {
  EndReason reason{EndReason::none};
  std::string text;  // for people: what was received, or what to look at
  TimePoint at{};
};

}  // namespace naru::lb::bgp
