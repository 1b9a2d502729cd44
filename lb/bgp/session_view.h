// What there is to show of a session.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "lb/bgp/end_reason.h"

namespace naru::lb::bgp {

/// RFC 4271 8.2.2. Idle: waits for the next attempt; active: waits for the peer's.
enum class State : std::uint8_t { idle, connect, active, open_sent, open_confirm, established };
[[nodiscard]] std::string_view to_string(State state);  ///< "Idle", "Connect", ..., as RFC 4271 writes them

/// Since the peer was configured.
struct SessionCounters {
  std::uint64_t messages_sent{};
  std::uint64_t messages_received{};
  std::uint64_t updates_sent{};
  std::uint64_t updates_received{};
  std::uint64_t malformed_updates_received{};  // that RFC 7606 does not end the session for
  std::uint64_t times_established{};
};

struct SessionView {
  std::string peer;  // PeerSettings::name
  SocketAddress address;
  State state{State::idle};
  TimePoint since{};  // of the state
  std::uint32_t my_asn{};
  std::uint32_t peer_asn{};  // as its OPEN said; before that as configured, or 0
  // From here to the counters: only while there is a connection, respectively an OPEN.
  std::optional<SocketAddress> local;
  std::optional<IpAddress> peer_router_id;
  std::optional<std::chrono::seconds> hold_time;  // agreed
  bool ipv4{};                                    // families agreed
  bool ipv6{};
  bool graceful_restart{};  // agreed
  SessionCounters counters;
  std::size_t announced_prefixes{};  // given to the connection
  std::size_t pending_prefixes{};    // changes not yet given to it; without a session: all that are wanted
  /// Of the pending: those that the session cannot carry (family not agreed, or no next hop of it on this side).
  std::size_t impossible_prefixes{};
  std::optional<SessionEnd> last_end;  // of a session, or of an attempt
};

}  // namespace naru::lb::bgp
