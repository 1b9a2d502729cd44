// May a request that failed be sent again, to another endpoint? Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.h"

namespace naru::http {

/// How an attempt failed.
enum class AttemptFailure : std::uint8_t {
  not_connected,          // refused, unreachable, timed out while connecting: nothing was written
  refused_stream,         // HTTP/2 REFUSED_STREAM
  goaway_unprocessed,     // above GOAWAY's last stream id, or not sent yet
  closed_unacknowledged,  // a reused connection: clean end (FIN) with no byte of the request acknowledged
  reset,                  // any other reset or end, before the response began
  per_try_timeout,
  bad_response,      // not HTTP
  gateway_status,    // the endpoint answered 502, 503 or 504
  grpc_unavailable,  // the endpoint answered grpc-status 14 with nothing before it
};
[[nodiscard]] std::string_view to_string(AttemptFailure failure);

/// What a ServicePolicy says about it.
struct RetryRules {
  int attempts{3};           // in all, the first among them
  bool on_gateway_status{};  // 502, 503, 504 of idempotent requests
  bool on_grpc_unavailable{};
  std::size_t replay_bytes{64 * 1024};  // of a request's content kept to be sent again

  friend bool operator==(const RetryRules&, const RetryRules&) = default;
};

struct FailedAttempt {
  AttemptFailure failure{};
  Method method{Method::get};
  bool response_started{};  // a byte of the final response has gone to the client
  bool replayable{true};    // all of the content sent so far is kept (or none was sent)
  bool content_sent{};      // some of the content was given to the connection
  int attempts_made{1};     // those that had a connection, this one among them
  bool budget_left{true};
  bool untried_left{true};  // an endpoint that this request has not tried
};

enum class RetryVerdict : std::uint8_t {
  retry,              // provably not processed, any method: costs no budget
  retry_from_budget,  // may have been processed, but is idempotent: takes one from the budget
  response_started,
  attempts_spent,
  not_idempotent,
  not_kept,  // more content than is kept for replay
  budget_spent,
  not_configured,  // would need the policy's leave
};
[[nodiscard]] constexpr bool allows(RetryVerdict verdict) {
  return verdict <= RetryVerdict::retry_from_budget;
}
[[nodiscard]] std::string_view to_string(RetryVerdict verdict);

/// A reset is no proof that a request was not processed: an application may read it and abort, and the kernel's count
/// still says that nothing was acknowledged. A refusal to connect is, and so is a clean end of a reused connection that
/// acknowledged nothing, and HTTP/2's own words. Connect failures are capped by the number of endpoints, not by
/// `attempts`: each costs a client little, and the promise is that a live endpoint is found.
[[nodiscard]] RetryVerdict retry_verdict(const FailedAttempt& attempt, const RetryRules& rules);

}  // namespace naru::http
