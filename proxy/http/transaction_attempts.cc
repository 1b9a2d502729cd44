// How a Transaction finds an endpoint that answers.
#include <algorithm>

#include "proxy/choose.h"
#include "proxy/http/engine.h"
#include "proxy/http/transaction.h"
#include "proxy/source_address.h"

namespace naru::proxy {
namespace {

// While requests are held, how often an endpoint is looked for besides at each change: an ejection may have ended.
constexpr Duration kHoldLook = std::chrono::milliseconds(100);

bool is_gateway_status(int status) {
  return status == 502 || status == 503 || status == 504;
}

constexpr int kGrpcUnavailable = 14;

}  // namespace

/// Tries endpoint after endpoint until one is worth waiting for.
void Transaction::next_attempt() {
  phase_ = Phase::attempting;
  hold_deadline_ = hold_look_ = TimePoint::max();
  for (;;) {
    const auto* endpoint = choose(engine_.context, info_->binding, info_->address.ip, tried_);
    if (endpoint == nullptr && go_back()) continue;
    if (endpoint == nullptr) return no_endpoint_left();
    const auto begun = attempt(*endpoint);
    if (begun) return;
    // Our own shortage is not the endpoint's fault.
    if (begun.error().code == Errc::exhausted) return answer(http::Reason::overloaded);
    note_failure(http::AttemptFailure::not_connected);
    leave_endpoint(false);
  }
}

/// All have been tried: those that took a connection may be tried again, for what is worth another attempt. False if
/// there is none.
bool Transaction::go_back() {
  if (tried_.size() == refused_.size()) return false;
  tried_ = refused_;
  return true;
}

Result<void> Transaction::attempt(const lb::Endpoint& endpoint) {
  endpoint_address_ = endpoint.address;
  endpoint_state_ = endpoint.state;
  endpoint_state_->active.add();
  content_sent_ = false;
  const auto source = seen_source(engine_.context, info_->binding, info_->address, endpoint);
  const auto client = source ? std::optional(source->ip) : std::nullopt;
  auto stream = engine_.upstream_port(info_->binding.port).upstream(endpoint, client).open(*this);
  if (!stream) return stream.error();
  backend_ = *stream;
  const auto& limit = settings().timeouts.per_try;
  try_deadline_ = limit ? now() + *limit : TimePoint::max();
  if (limit || deadline_ != TimePoint::max()) arm_timer();
  send_request();
  return {};
}

void Transaction::on_backend_connected() {
  resume_request();
}

void Transaction::no_endpoint_left() {
  const auto& hold = settings().hold;
  if (hold && now() < began_ + *hold) return wait_for_endpoint(began_ + *hold);
  if (hold) return answer(http::Reason::hold_timeout);
  answer(connects_failed_ == 0 ? http::Reason::no_endpoint : http::Reason::connect_failed);
}

void Transaction::wait_for_endpoint(TimePoint until) {
  if (phase_ != Phase::held) http_state().held.add();
  phase_ = Phase::held;
  // Whoever refused may be another by then.
  tried_.clear();
  refused_.clear();
  hold_deadline_ = until;
  hold_look_ = now() + kHoldLook;
  arm_timer();
}

void Transaction::look_again() {
  http_state().held.sub();
  next_attempt();
}

// ---- failures ----

void Transaction::on_backend_failed(http::AttemptFailure failure) {
  backend_ = nullptr;
  if (!response_started_) return attempt_over(failure);
  note_failure(failure);
  abort_response(http::Reason::endpoint_reset);
}

/// The attempt under way has failed, or its answer is not to be passed on.
void Transaction::attempt_over(http::AttemptFailure failure) {
  note_failure(failure);
  const http::RetryVerdict decided = verdict(failure);
  leave_endpoint(true);
  if (!http::allows(decided)) {
    http_state().refused_retries.add(decided);
    return fail(failure, decided);
  }
  http_state().retries.add(failure);
  next_attempt();
}

http::RetryVerdict Transaction::verdict(http::AttemptFailure failure) {
  tried_.push_back(endpoint_address_);
  const bool untried = choose(engine_.context, info_->binding, info_->address.ip, tried_) != nullptr;
  tried_.pop_back();
  http::FailedAttempt failed{
      .failure = failure,
      .method = head_.method,
      .response_started = response_started_,
      .replayable = replayable_,
      .content_sent = content_sent_,
      .attempts_made = attempts_,
      .budget_left = true,
      .untried_left = untried,
  };
  // Only a retry that would take from the budget may ask it.
  if (http::retry_verdict(failed, settings().retries) == http::RetryVerdict::retry_from_budget) {
    failed.budget_left = http_state().budget.take(now(), settings().retry_budget);
  }
  return http::retry_verdict(failed, settings().retries);
}

/// Whether a response is a failure that the policy would rather try again than pass on.
std::optional<http::AttemptFailure> Transaction::failure_of(const http::ResponseHead& head, bool end) const {
  const http::RetryRules& rules = settings().retries;
  std::optional<http::AttemptFailure> failure;
  if (rules.on_gateway_status && is_gateway_status(head.status)) failure = http::AttemptFailure::gateway_status;
  if (rules.on_grpc_unavailable && end && head.fields.value_or_empty(http::FieldName::grpc_status) == "14") {
    failure = http::AttemptFailure::grpc_unavailable;
  }
  return failure;
}

/// True if another attempt was begun in place of passing the response on. Where none is allowed the endpoint's own
/// answer says more than one of ours.
bool Transaction::tries_again(const http::ResponseHead& head, bool end) {
  const auto failure = failure_of(head, end);
  if (!failure) return false;
  ++attempts_;  // this one counts for the verdict, and is counted for good by who takes the response
  const http::RetryVerdict decided = verdict(*failure);
  --attempts_;
  if (!http::allows(decided)) {
    http_state().refused_retries.add(decided);
    return false;
  }
  note_failure(*failure);
  leave_endpoint(true);
  http_state().retries.add(*failure);
  next_attempt();
  return true;
}

/// Counts it, and holds it against the endpoint where it is the endpoint's.
void Transaction::note_failure(http::AttemptFailure failure) {
  const Settings& settings = port().settings;
  ServicePortState& state = *port().state;
  const auto ejection = [&](bool began) {
    if (began) state.ejections.add();
  };
  switch (failure) {
    case http::AttemptFailure::not_connected:
      ++connects_failed_;
      refused_.push_back(endpoint_address_);
      state.connect_failures.add();
      endpoint_state_->failures.add();
      return ejection(endpoint_state_->eject(now(), settings.ejection_time, settings.max_ejection_time));
    case http::AttemptFailure::refused_stream:
    case http::AttemptFailure::goaway_unprocessed:
    case http::AttemptFailure::closed_unacknowledged:
      ++attempts_;
      return;
    case http::AttemptFailure::reset:
    case http::AttemptFailure::per_try_timeout:
    case http::AttemptFailure::bad_response:
    case http::AttemptFailure::gateway_status:
    case http::AttemptFailure::grpc_unavailable:
      ++attempts_;
      endpoint_state_->failures.add();
      return ejection(endpoint_state_->gateway_failed(now(), settings.http.consecutive_gateway_failures,
                                                      settings.ejection_time, settings.max_ejection_time));
  }
}

/// The endpoint has answered.
void Transaction::credit(int status) {
  ++attempts_;
  const Settings& settings = port().settings;
  if (!is_gateway_status(status)) {
    endpoint_state_->succeeded();
  } else if (endpoint_state_->gateway_failed(now(), settings.http.consecutive_gateway_failures, settings.ejection_time,
                                             settings.max_ejection_time)) {
    port().state->ejections.add();
  }
  if (settings.affinity) remember_choice(engine_.context, info_->binding, info_->address.ip, endpoint_address_);
}

void Transaction::fail(http::AttemptFailure failure, http::RetryVerdict decided) {
  if (decided == http::RetryVerdict::budget_spent) return answer(http::Reason::retry_budget_spent);
  switch (failure) {
    case http::AttemptFailure::not_connected:
      return no_endpoint_left();
    case http::AttemptFailure::per_try_timeout:
      return answer(http::Reason::per_try_timeout);
    case http::AttemptFailure::bad_response:
      return answer(http::Reason::bad_response);
    default:
      return answer(http::Reason::endpoint_reset);
  }
}

void Transaction::leave_endpoint(bool cancel) {
  if (BackendStream* backend = std::exchange(backend_, nullptr); cancel && backend != nullptr) backend->cancel();
  if (!endpoint_state_) return;
  endpoint_state_->active.sub();
  endpoint_state_.reset();
  tried_.push_back(endpoint_address_);
  try_deadline_ = TimePoint::max();
}

}  // namespace naru::proxy
