#include "http/retry.h"

namespace naru::http {
namespace {

enum class Proof : std::uint8_t { unprocessed, none, by_leave };

/// What a failure proves about the request: `by_leave` ones ended with an answer, which is the client's unless its
/// Service's policy would rather try again.
Proof proof_of(AttemptFailure failure) {
  switch (failure) {
    case AttemptFailure::not_connected:
    case AttemptFailure::refused_stream:
    case AttemptFailure::goaway_unprocessed:
    case AttemptFailure::closed_unacknowledged:
      return Proof::unprocessed;
    case AttemptFailure::reset:
    case AttemptFailure::per_try_timeout:
    case AttemptFailure::bad_response:
      return Proof::none;
    case AttemptFailure::gateway_status:
    case AttemptFailure::grpc_unavailable:
      return Proof::by_leave;
  }
  return Proof::none;
}

bool configured(AttemptFailure failure, const RetryRules& rules) {
  if (failure == AttemptFailure::gateway_status) return rules.on_gateway_status;
  if (failure == AttemptFailure::grpc_unavailable) return rules.on_grpc_unavailable;
  return true;
}

/// gRPC's requests are all POST: who asks for its UNAVAILABLE to be tried again means those.
bool may_be_repeated(const FailedAttempt& attempt) {
  return proof_of(attempt.failure) == Proof::unprocessed || attempt.failure == AttemptFailure::grpc_unavailable ||
         is_idempotent(attempt.method);
}

bool attempts_left(const FailedAttempt& attempt, const RetryRules& rules) {
  if (attempt.failure == AttemptFailure::not_connected) return attempt.untried_left;
  return attempt.attempts_made < rules.attempts;
}

}  // namespace

std::string_view to_string(AttemptFailure failure) {
  switch (failure) {
    case AttemptFailure::not_connected:
      return "not_connected";
    case AttemptFailure::refused_stream:
      return "refused_stream";
    case AttemptFailure::goaway_unprocessed:
      return "goaway_unprocessed";
    case AttemptFailure::closed_unacknowledged:
      return "closed_unacknowledged";
    case AttemptFailure::reset:
      return "reset";
    case AttemptFailure::per_try_timeout:
      return "per_try_timeout";
    case AttemptFailure::bad_response:
      return "bad_response";
    case AttemptFailure::gateway_status:
      return "gateway_status";
    case AttemptFailure::grpc_unavailable:
      return "grpc_unavailable";
  }
  return "?";
}

std::string_view to_string(RetryVerdict verdict) {
  switch (verdict) {
    case RetryVerdict::retry:
      return "retry";
    case RetryVerdict::retry_from_budget:
      return "retry_from_budget";
    case RetryVerdict::response_started:
      return "response_started";
    case RetryVerdict::attempts_spent:
      return "attempts_spent";
    case RetryVerdict::not_idempotent:
      return "not_idempotent";
    case RetryVerdict::not_kept:
      return "not_kept";
    case RetryVerdict::budget_spent:
      return "budget_spent";
    case RetryVerdict::not_configured:
      return "not_configured";
  }
  return "?";
}

RetryVerdict retry_verdict(const FailedAttempt& attempt, const RetryRules& rules) {
  if (attempt.response_started) return RetryVerdict::response_started;
  if (!configured(attempt.failure, rules)) return RetryVerdict::not_configured;
  if (!may_be_repeated(attempt)) return RetryVerdict::not_idempotent;
  if (attempt.content_sent && !attempt.replayable) return RetryVerdict::not_kept;
  if (!attempts_left(attempt, rules)) return RetryVerdict::attempts_spent;
  if (proof_of(attempt.failure) == Proof::unprocessed) return RetryVerdict::retry;
  return attempt.budget_left ? RetryVerdict::retry_from_budget : RetryVerdict::budget_spent;
}

}  // namespace naru::http
