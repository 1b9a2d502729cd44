// Why naru itself answered a request, instead of an endpoint: what `x-naru-reason`, the metric's label, the access log
// and the tests share.
#pragma once

#include <string>
#include <string_view>

#include "http/h1_parser.h"
#include "http/request_rules.h"

namespace naru::http {

enum class Reason : std::uint8_t {
  none,
  no_endpoint,            // 503: nothing usable
  connect_failed,         // 503: no endpoint took the connection
  endpoint_reset,         // 502: ended before it answered, and another try was not allowed
  bad_response,           // 502: not HTTP, or against its rules
  per_try_timeout,        // 504
  request_timeout,        // 504: the whole request's time-out, retries included
  hold_timeout,           // 503: waited for an endpoint in vain
  retry_budget_spent,     // 503
  overloaded,             // 503: a limit of naru's own
  bad_request,            // 400
  request_head_timeout,   // 408
  request_body_timeout,   // 408
  head_too_large,         // 431
  connect_refused,        // 405: CONNECT
  forwards_spent,         // 405: TRACE or OPTIONS that may go no further (Max-Forwards: 0)
  not_implemented,        // 501: a transfer coding other than chunked
  version_not_supported,  // 505
  shutting_down,          // 503
  source_denied,          // 403: outside loadBalancerSourceRanges
};
inline constexpr std::size_t kReasons = 20;
[[nodiscard]] std::string_view to_string(Reason reason);  ///< "no_endpoint", ...
[[nodiscard]] int status_for(Reason reason);
/// gRPC's code for it (14 UNAVAILABLE, 4 DEADLINE_EXCEEDED, ...): a gRPC client is answered in its own terms, with
/// status 200 and trailers only.
[[nodiscard]] int grpc_status_for(Reason reason);
[[nodiscard]] Reason reason_for(H1Fault fault);  ///< of a request
[[nodiscard]] Reason reason_for(RequestFault fault);

struct LocalAnswer {
  ResponseHead head;
  std::string body;  // one line
};
/// The answer for `reason` to a request; `grpc`: its content type said so.
[[nodiscard]] LocalAnswer local_answer(Reason reason, std::string_view detail, bool grpc);

}  // namespace naru::http
