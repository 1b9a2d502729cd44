// What has been observed of the requests to a Service port; outlives snapshots and is shared by all workers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/counter.h"
#include "http/h1_parser.h"
#include "http/h2_session.h"
#include "http/reason.h"
#include "http/retry.h"
#include "http/retry_budget.h"
#include "lb/endpoint.h"
#include "proxy/http/request_record.h"

namespace naru::proxy {

/// One counter for each value of an enumeration, `kLast` being the last.
template <class Enum, Enum kLast>
class CounterPer {
 public:
  static constexpr std::size_t kSize = static_cast<std::size_t>(kLast) + 1;

  void add(Enum value) { counters_[static_cast<std::size_t>(value)].add(); }
  [[nodiscard]] std::int64_t value(Enum value) const { return counters_[static_cast<std::size_t>(value)].value(); }
  /// Calls visit(value, count) for those that are not 0.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < kSize; ++i) {
      if (const auto count = counters_[i].value(); count != 0) visit(static_cast<Enum>(i), count);
    }
  }

 private:
  std::array<SharedCounter, kSize> counters_;
};

/// Why a connection was told that it would take no more requests, or was ended for it.
enum class DrainReason : std::uint8_t {
  endpoint_gone,  // to an endpoint that is gone, terminating or not ready
  endpoint_goes,  // to an endpoint that said GOAWAY or Connection: close itself
  shutdown,       // of a client: naru stops
  service_gone,   // of a client: nothing listens at its address any more
  request_limit,  // of a client: maxRequestsPerConnection
  drain_timeout,  // what was under way took longer than drain.timeout
};
[[nodiscard]] std::string_view to_string(DrainReason reason);  ///< "endpoint_gone", ...

/// By the first digit of the status.
enum class CodeClass : std::uint8_t { none, informational, success, redirection, client_error, server_error };
inline constexpr std::size_t kCodeClasses = 6;
[[nodiscard]] std::string_view to_string(CodeClass code);  ///< "none": no response was begun; "1xx" .. "5xx"
[[nodiscard]] CodeClass code_class(int status);

/// How long requests took. Touched twice per request.
class DurationHistogram {
 public:
  using Bounds = std::array<std::chrono::microseconds, 14>;
  /// Upper bounds, inclusive; above the last is one bucket more.
  static constexpr Bounds kBounds = {
      std::chrono::microseconds(500),       std::chrono::microseconds(1'000),     std::chrono::microseconds(2'500),
      std::chrono::microseconds(5'000),     std::chrono::microseconds(10'000),    std::chrono::microseconds(25'000),
      std::chrono::microseconds(50'000),    std::chrono::microseconds(100'000),   std::chrono::microseconds(250'000),
      std::chrono::microseconds(500'000),   std::chrono::microseconds(1'000'000), std::chrono::microseconds(2'500'000),
      std::chrono::microseconds(5'000'000), std::chrono::microseconds(10'000'000)};
  static constexpr std::size_t kBuckets = std::tuple_size_v<Bounds> + 1;

  void add(Duration duration);
  [[nodiscard]] std::int64_t in_bucket(std::size_t index) const { return buckets_[index].value(); }
  [[nodiscard]] std::int64_t count() const;
  [[nodiscard]] Duration sum() const { return Duration(sum_.value()); }

 private:
  std::array<SharedCounter, kBuckets> buckets_;
  SharedCounter sum_;  // in the clock's ticks
};

/// Relaxed counters; each is touched at most once per request, or per event that is rare.
struct HttpPortState {
  /// Once for each request, at its end. `endpoint`: that answered, or was tried last; null: none.
  void record(const RequestRecord& request, lb::EndpointState* endpoint);

  http::RetryBudget budget;
  SharedCounter active;  // requests from their heads to the ends of their responses; add() and sub() by who has them
  SharedCounter held;    // of them, waiting for an endpoint
  CounterPer<http::AttemptFailure, http::AttemptFailure::grpc_unavailable> retries;    // made, by what failed
  CounterPer<http::RetryVerdict, http::RetryVerdict::not_configured> refused_retries;  // by why not
  CounterPer<http::H1Fault, http::H1Fault::truncated> h1_faults;                       // of clients
  CounterPer<http::H2Fault, http::H2Fault::malformed_message> h2_faults;               // of clients
  CounterPer<DrainReason, DrainReason::drain_timeout> drains;                          // connections

  // By record().
  std::array<std::array<DurationHistogram, kCodeClasses>, 3> durations;  // [client's version][code]
  CounterPer<http::Reason, http::Reason::source_denied> local_answers;
  std::array<SharedCounter, 17> grpc_statuses;  // 0..16; others count as 2, UNKNOWN
  SharedCounter clients_gone;                   // requests whose client did not wait
  SharedCounter broken_off;                     // responses that could not be completed
  SharedCounter bytes_received;                 // content from clients
  SharedCounter bytes_sent;                     // content to clients
};

}  // namespace naru::proxy
