// May what a client has sent be sent again, to another endpoint? Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/objects.h"

namespace naru::proxy {

/// What is known when an endpoint ended a connection without a byte of answer to what the client had sent last.
struct UnansweredEnd {
  config::ReplayMode mode{config::ReplayMode::idempotent};
  bool first{true};             // nothing was ever answered on this connection
  bool previous_whole{};        // else: what was answered before was whole HTTP/1, beyond doubt
  bool clean{};                 // it ended by FIN; false: reset or timed out
  bool nothing_sent{};          // the client has sent nothing, or nothing was passed on
  bool nothing_acknowledged{};  // the endpoint's kernel has acknowledged none of our bytes
  bool complete{};              // `sent` is all that the client has sent since the last answer
  bool client_ended{};          // the client has half-closed
  int attempts_left{};
  std::string_view sent;
};

enum class ReplayVerdict : std::uint8_t {
  replay_unprocessed,  // provably not processed: any content
  replay_idempotent,   // one whole safe HTTP/1 request
  replay_as_told,      // ReplayMode::always
  forbidden,           // ReplayMode::never
  nothing_to_replay,   // the client has nothing unanswered
  attempts_spent,
  not_kept,          // more was sent than is kept
  mid_conversation,  // a new endpoint would not know what was said before
  not_idempotent,    // or not recognizably so
};

[[nodiscard]] constexpr bool allows(ReplayVerdict verdict) {
  return verdict <= ReplayVerdict::replay_as_told;
}

/// A reset is no proof that a request was not processed (an application may read it and abort, and the kernel's count
/// still says that nothing was acknowledged); a clean end with nothing acknowledged is. Later than at its start a
/// connection may mean more than its last bytes (a login, an answer that is still coming), so only HTTP/1's own
/// independence of requests counts.
[[nodiscard]] ReplayVerdict replay_verdict(const UnansweredEnd& end);

}  // namespace naru::proxy
