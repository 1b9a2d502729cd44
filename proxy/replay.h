// May what a client has sent be sent again, to another endpoint? Pure.
#pragma once

#include <string>
#include <string_view>

#include "config/objects.h"

namespace naru::proxy {

/// What a client has sent on a connection that no endpoint has answered yet. Kept in a buffer of its own, of just that
/// size: a connection that waits long for its answer must not hold one of the pool's.
class KeptBytes {
 public:
  static constexpr std::size_t kLimit = 16 * 1024;

  void append(std::string_view bytes);
  /// No longer needed: the endpoint has answered, or too much came.
  void give_up();
  /// True while these are all the bytes that the client has sent.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
  bool complete_{true};
};

/// What is known when an endpoint ended a connection without a byte of answer.
struct UnansweredEnd {
  config::ReplayMode mode{config::ReplayMode::idempotent};
  bool clean{};                 // it ended by FIN; false: reset or timed out
  bool nothing_sent{};          // the client has sent nothing, or nothing was passed on
  bool nothing_acknowledged{};  // the endpoint's kernel has acknowledged none of our bytes
  bool complete{};              // `sent` is all that the client has sent
  bool client_ended{};          // the client has half-closed
  int attempts_left{};
  std::string_view sent;
};

enum class ReplayVerdict : std::uint8_t {
  replay_unprocessed,  // provably not processed: any content
  replay_idempotent,   // one whole safe HTTP/1 request
  replay_as_told,      // ReplayMode::always
  forbidden,           // ReplayMode::never
  nothing_to_replay,   // the client asked for nothing and has ended
  attempts_spent,
  not_kept,        // more was sent than is kept
  not_idempotent,  // or not recognizably so
};

[[nodiscard]] constexpr bool allows(ReplayVerdict verdict) {
  return verdict <= ReplayVerdict::replay_as_told;
}

/// A reset is no proof that a request was not processed (an application may read it and abort, and the kernel's count
/// still says that nothing was acknowledged); a clean end with nothing acknowledged is.
[[nodiscard]] ReplayVerdict replay_verdict(const UnansweredEnd& end);

/// True if `bytes` are the head of one HTTP/1.0 or 1.1 request, whole, with nothing after it, that may be made twice:
/// GET, HEAD, OPTIONS, TRACE, PUT or DELETE (RFC 9110 section 9.2.2) without content, upgrade or expectation.
[[nodiscard]] bool is_one_repeatable_request(std::string_view bytes);

}  // namespace naru::proxy
