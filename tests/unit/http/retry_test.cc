#include "http/retry.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

using namespace naru::http;

namespace {

using F = AttemptFailure;
using V = RetryVerdict;

constexpr RetryRules kDefaults{};
constexpr RetryRules kOptedIn{.on_gateway_status = true, .on_grpc_unavailable = true};

FailedAttempt failed(F failure, Method method) {
  return {.failure = failure, .method = method};
}

struct Row {
  std::string sentence;
  FailedAttempt attempt;
  RetryRules rules;
  V verdict;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(to_string(retry_verdict(row.attempt, row.rules)) == to_string(row.verdict));
  }
}

const std::vector<F> kProven{F::not_connected, F::refused_stream, F::goaway_unprocessed, F::closed_unacknowledged};
const std::vector<F> kUnproven{F::reset, F::per_try_timeout, F::bad_response};
const std::vector<F> kAnswered{F::gateway_status, F::grpc_unavailable};
const std::vector<Method> kIdempotent{Method::get,   Method::head, Method::options,
                                      Method::trace, Method::put,  Method::del};
const std::vector<Method> kOnce{Method::post, Method::patch, Method::connect, Method::other};

std::vector<F> all_failures() {
  std::vector<F> all = kProven;
  all.insert(all.end(), kUnproven.begin(), kUnproven.end());
  all.insert(all.end(), kAnswered.begin(), kAnswered.end());
  return all;
}

}  // namespace

TEST_CASE("each failure, by a method that may be repeated and one that may not") {
  check({
      {"GET refused at connect goes elsewhere", failed(F::not_connected, Method::get), kDefaults, V::retry},
      {"POST refused at connect goes elsewhere", failed(F::not_connected, Method::post), kDefaults, V::retry},
      {"GET refused as a stream is sent again", failed(F::refused_stream, Method::get), kDefaults, V::retry},
      {"POST refused as a stream is sent again", failed(F::refused_stream, Method::post), kDefaults, V::retry},
      {"GET above GOAWAY's last stream is sent again", failed(F::goaway_unprocessed, Method::get), kDefaults, V::retry},
      {"POST above GOAWAY's last stream is sent again", failed(F::goaway_unprocessed, Method::post), kDefaults,
       V::retry},
      {"GET on a kept connection that ended cleanly is sent again", failed(F::closed_unacknowledged, Method::get),
       kDefaults, V::retry},
      {"POST on a kept connection that ended cleanly is sent again", failed(F::closed_unacknowledged, Method::post),
       kDefaults, V::retry},
      {"GET that was reset costs budget", failed(F::reset, Method::get), kDefaults, V::retry_from_budget},
      {"POST that was reset may have been done", failed(F::reset, Method::post), kDefaults, V::not_idempotent},
      {"GET that took too long costs budget", failed(F::per_try_timeout, Method::get), kDefaults, V::retry_from_budget},
      {"POST that took too long may have been done", failed(F::per_try_timeout, Method::post), kDefaults,
       V::not_idempotent},
      {"GET answered by nonsense costs budget", failed(F::bad_response, Method::get), kDefaults, V::retry_from_budget},
      {"POST answered by nonsense may have been done", failed(F::bad_response, Method::post), kDefaults,
       V::not_idempotent},
      {"GET answered 503 is answered 503", failed(F::gateway_status, Method::get), kDefaults, V::not_configured},
      {"POST answered 503 is answered 503", failed(F::gateway_status, Method::post), kDefaults, V::not_configured},
      {"GET answered 503 is tried again where the policy says so", failed(F::gateway_status, Method::get), kOptedIn,
       V::retry_from_budget},
      {"POST answered 503 is never tried again", failed(F::gateway_status, Method::post), kOptedIn, V::not_idempotent},
      {"gRPC UNAVAILABLE is passed on", failed(F::grpc_unavailable, Method::post), kDefaults, V::not_configured},
      {"gRPC UNAVAILABLE is tried again where the policy says so", failed(F::grpc_unavailable, Method::post), kOptedIn,
       V::retry_from_budget},
  });
}

TEST_CASE("only what proves that nothing was done lets a method be repeated that may be done once only") {
  for (const Method method : kOnce) {
    for (const F failure : kProven) CHECK(retry_verdict(failed(failure, method), kOptedIn) == V::retry);
    for (const F failure : kUnproven) CHECK(retry_verdict(failed(failure, method), kOptedIn) == V::not_idempotent);
  }
}

TEST_CASE("a method that may be repeated is, after any failure that the policy lets be repeated") {
  for (const Method method : kIdempotent) {
    for (const F failure : all_failures()) CHECK(allows(retry_verdict(failed(failure, method), kOptedIn)));
  }
}

TEST_CASE("nothing is tried again once the client has a byte of the response") {
  for (const F failure : all_failures()) {
    FailedAttempt attempt = failed(failure, Method::get);
    attempt.response_started = true;
    CHECK(retry_verdict(attempt, kOptedIn) == V::response_started);
  }
}

TEST_CASE("nothing is tried again whose content was sent and is not kept") {
  for (const F failure : all_failures()) {
    FailedAttempt attempt = failed(failure, Method::put);
    attempt.content_sent = true;
    attempt.replayable = false;
    CHECK(retry_verdict(attempt, kOptedIn) == V::not_kept);
    attempt.replayable = true;
    CHECK(allows(retry_verdict(attempt, kOptedIn)));
    // More content than is kept, but none of it has left the client's connection.
    attempt.content_sent = false;
    attempt.replayable = false;
    CHECK(allows(retry_verdict(attempt, kOptedIn)));
  }
}

TEST_CASE("attempts are counted, but for endpoints that take no connection") {
  for (const F failure : all_failures()) {
    INFO(to_string(failure));
    FailedAttempt attempt = failed(failure, Method::get);
    attempt.attempts_made = 2;
    CHECK(allows(retry_verdict(attempt, kOptedIn)));
    attempt.attempts_made = 3;
    CHECK(allows(retry_verdict(attempt, kOptedIn)) == (failure == F::not_connected));
    if (failure != F::not_connected) CHECK(retry_verdict(attempt, kOptedIn) == V::attempts_spent);
  }
}

TEST_CASE("attempts and endpoints at their bounds") {
  const RetryRules once{.attempts = 1};
  FailedAttempt tenth_refusal = failed(F::not_connected, Method::post);
  tenth_refusal.attempts_made = 10;
  FailedAttempt last_refusal = tenth_refusal;
  last_refusal.untried_left = false;
  FailedAttempt only_endpoint = failed(F::closed_unacknowledged, Method::post);
  only_endpoint.untried_left = false;
  check({
      {"a Service of one attempt tries no reset again", failed(F::reset, Method::get), once, V::attempts_spent},
      {"nor a refused stream", failed(F::refused_stream, Method::get), once, V::attempts_spent},
      {"but finds the endpoint that takes connections", failed(F::not_connected, Method::get), once, V::retry},
      {"the tenth endpoint that refuses is followed by the eleventh", tenth_refusal, kDefaults, V::retry},
      {"the last one that refuses is followed by none", last_refusal, kDefaults, V::attempts_spent},
      {"the only endpoint is asked again on a new connection", only_endpoint, kDefaults, V::retry},
  });
}

TEST_CASE("an empty budget stops what may have been done, not what was provably not") {
  for (const Method method : {Method::get, Method::put}) {
    for (const F failure : all_failures()) {
      INFO(to_string(failure));
      FailedAttempt attempt = failed(failure, method);
      attempt.budget_left = false;
      const bool proven = std::find(kProven.begin(), kProven.end(), failure) != kProven.end();
      CHECK(retry_verdict(attempt, kOptedIn) == (proven ? V::retry : V::budget_spent));
    }
  }
}

TEST_CASE("where more than one thing forbids it, the one that no setting would change is named") {
  FailedAttempt attempt = failed(F::reset, Method::post);
  attempt.attempts_made = 3;
  attempt.budget_left = false;
  attempt.content_sent = true;
  attempt.replayable = false;
  CHECK(retry_verdict(attempt, kDefaults) == V::not_idempotent);
  attempt.method = Method::get;
  CHECK(retry_verdict(attempt, kDefaults) == V::not_kept);
  attempt.replayable = true;
  CHECK(retry_verdict(attempt, kDefaults) == V::attempts_spent);
  attempt.attempts_made = 1;
  CHECK(retry_verdict(attempt, kDefaults) == V::budget_spent);
}

TEST_CASE("every failure and verdict has a name of its own") {
  std::set<std::string_view> names;
  for (const F failure : all_failures()) names.insert(to_string(failure));
  CHECK(names.size() == 9);
  for (const V verdict : {V::retry, V::retry_from_budget, V::response_started, V::attempts_spent, V::not_idempotent,
                          V::not_kept, V::budget_spent, V::not_configured}) {
    names.insert(to_string(verdict));
  }
  CHECK(names.size() == 17);
  CHECK(names.count("?") == 0);
}
