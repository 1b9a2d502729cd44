#include "proxy/http/transaction.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/forwarding.h"
#include "http/request_rules.h"
#include "proxy/http/engine.h"

namespace naru::proxy {
namespace {

/// Where nothing says what the endpoints speak, it is what their client speaks.
http::Version version_for(ApplicationProtocol protocol, http::Version client) {
  if (protocol == ApplicationProtocol::http2) return http::Version::http2;
  const bool as_client = protocol == ApplicationProtocol::detect && client == http::Version::http2;
  return as_client ? http::Version::http2 : http::Version::http11;
}

}  // namespace

Transaction::Transaction(HttpEngine& engine) : engine_(engine), timer_([this] { on_timer(); }) {}

Transaction::~Transaction() {
  stop_awaiting();
  if (backend_ != nullptr) leave_endpoint(true);
}

TimePoint Transaction::now() const {
  return engine_.context.reactor.now();
}

void Transaction::begin(ClientStream& client, const ClientInfo& info, bool end) {
  client_ = &client;
  info_ = &info;
  began_ = now();
  endpoint_address_ = {};
  request_ended_ = end;
  record_ = RequestRecord{};
  record_.method = head_.method;
  record_.client_version = info.version;
  record_.client = info.address;
  const HttpSettings& http = settings();
  http_state().active.add();
  await_response();
  http_state().budget.count_request(began_);
  if (http.timeouts.request) deadline_ = began_ + *http.timeouts.request;
  if (!info.binding.admits(info.address.ip)) return answer(http::Reason::source_denied);
  const auto fault = http::check_request(head_, http.allow_connect);
  if (fault != http::RequestFault::none) return answer(http::reason_for(fault));
  if (!http::count_forward(head_)) return answer(http::Reason::forwards_spent);
  http::remove_hop_by_hop(head_);
  http::add_forwarding(head_, http.forwarding, info.address.ip, engine_.context.random);
  backend_version_ = version_for(http.protocol, info.version);
  record_.backend_version = backend_version_;
  http::translate_request(head_, backend_version_);
  next_attempt();
}

void Transaction::on_client_gone() {
  record_.client_gone = true;
  close_record();
  leave_endpoint(true);
  reset();
}

void Transaction::on_port_changed() {
  if (phase_ == Phase::held) return look_again();
  if (phase_ == Phase::idle || endpoint_state_ == nullptr) return;
  const auto& limit = port().settings.drain_timeout;
  const bool draining = limit && is_draining(*info_->binding.port, endpoint_address_);
  if (!draining) {
    drain_deadline_ = TimePoint::max();
  } else if (drain_deadline_ == TimePoint::max()) {
    drain_deadline_ = now() + *limit;
  }
  arm_timer();
}

// ---- the response ----

void Transaction::on_response_head(http::ResponseHead& head, bool end) {
  if (head.interim()) {
    if (info_->version == http::Version::http10) return;  // RFC 9110 15.2
    http::remove_hop_by_hop(head);
    return client_->send_head(head, false);
  }
  if (head.status == 101 && !head_.upgrade) return attempt_over(http::AttemptFailure::bad_response);
  if (tries_again(head, end)) return;
  phase_ = Phase::responding;
  response_started_ = true;
  stop_awaiting();
  try_deadline_ = TimePoint::max();
  deadline_ = TimePoint::max();
  record_.status = head.status;
  record_.first_byte = now() - began_;
  note_grpc_status(head.fields);
  credit(head.status);
  if (head.body.framing == http::Framing::tunnel) begin_tunnel(head);
  http::remove_hop_by_hop(head);
  http::translate_response(head, info_->version);
  client_->send_head(head, end);
  if (end) finish();
}

std::size_t Transaction::on_response_body(std::string_view bytes, bool end) {
  const std::size_t taken = client_->send_body(bytes, end);
  record_.bytes_sent += taken;
  if (tunnel_ && websocket_passed(bytes.substr(0, taken))) return taken;
  if (taken == bytes.size() && end) finish();
  return taken;
}

void Transaction::on_response_trailers(http::FieldBlock& trailers) {
  note_grpc_status(trailers);
  client_->send_trailers(trailers);
  finish();
}

void Transaction::flush_response() {
  client_->flush();
}

void Transaction::on_client_writable() {
  if (!local_body_.empty()) return send_local_body();
  if (backend_ != nullptr) backend_->resume_body();
}

void Transaction::note_grpc_status(const http::FieldBlock& fields) {
  const std::string_view value = fields.value_or_empty(http::FieldName::grpc_status);
  int code = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), code);
  if (!value.empty() && error == std::errc{} && end == value.data() + value.size()) record_.grpc_status = code;
}

// ---- the end ----

void Transaction::answer(http::Reason reason) {
  record_.reason = reason;
  if (phase_ == Phase::held) http_state().held.sub();
  phase_ = Phase::responding;
  leave_endpoint(true);
  const bool grpc = head_.fields.value_or_empty(http::FieldName::content_type).starts_with("application/grpc");
  http::LocalAnswer local = http::local_answer(reason, {}, grpc);
  record_.status = local.head.status;
  response_started_ = true;
  request_sent_ = true;  // nobody wants the rest
  const bool end = local.body.empty() || head_.method == http::Method::head;
  http::translate_response(local.head, info_->version);
  client_->send_head(local.head, end);
  if (end) return finish();
  local_body_ = std::move(local.body);
  send_local_body();
}

void Transaction::send_local_body() {
  const std::size_t taken = client_->send_body(local_body_, true);
  record_.bytes_sent += taken;
  const bool all = taken == local_body_.size();
  local_body_.erase(0, taken);
  if (all) finish();
}

void Transaction::finish() {
  close_record();
  leave_endpoint(!request_sent_ || tunnel_);
  ClientStream* client = client_;
  client->flush();
  reset();
  client->finished();
}

/// The response has begun and cannot be completed.
void Transaction::abort_response(http::Reason reason) {
  record_.reason = reason;
  record_.broken_off = true;
  close_record();
  leave_endpoint(true);
  ClientStream* client = client_;
  reset();
  client->abort();
}

/// Content and tunnels may last; a response's beginning is what a loop can count on.
void Transaction::await_response() {
  awaiting_ = true;
  engine_.context.reactor.await(1);
}

void Transaction::stop_awaiting() {
  if (std::exchange(awaiting_, false)) engine_.context.reactor.await(-1);
}

void Transaction::close_record() {
  stop_awaiting();
  record_.attempts = attempts_ + connects_failed_;
  record_.duration = now() - began_;
  record_.endpoint = endpoint_address_;
  record_.tunnel = tunnel_;
  record_.method_text = head_.text(head_.method_text);
  record_.authority = head_.text(head_.authority);
  record_.path = head_.text(head_.path);
  record_.request_id = head_.fields.value_or_empty(http::FieldName::x_request_id);
  http_state().record(record_, endpoint_state_.get());
  if (const auto& report = engine_.context.reports.on_request_ended) {
    record_.traceparent = head_.fields.find_other("traceparent");
    report(record_, port(), info_->binding.key.address);
  }
  http_state().active.sub();
  if (phase_ == Phase::held) http_state().held.sub();
}

/// Ready for the next request.
void Transaction::reset() {
  timer_.disarm();
  forget_replay();
  client_ = nullptr;
  phase_ = Phase::idle;
  request_ended_ = request_sent_ = client_waits_ = response_started_ = tunnel_ = content_sent_ = false;
  has_trailers_ = false;
  replayable_ = true;
  attempts_ = connects_failed_ = 0;
  tried_.clear();
  refused_.clear();
  local_body_.clear();
  websocket_.reset();
  try_deadline_ = deadline_ = hold_deadline_ = hold_look_ = drain_deadline_ = TimePoint::max();
}

// ---- time ----

void Transaction::drain_timed_out() {
  http_state().drains.add(DrainReason::drain_timeout);
  if (websocket_) return end_websocket();
  if (response_started_) return abort_response(http::Reason::shutting_down);
  answer(http::Reason::shutting_down);
}

void Transaction::on_timer() {
  if (now() >= drain_deadline_) return drain_timed_out();
  if (now() >= deadline_) return answer(http::Reason::request_timeout);
  if (now() >= try_deadline_) return attempt_over(http::AttemptFailure::per_try_timeout);
  if (phase_ == Phase::held && now() >= std::min(hold_look_, hold_deadline_)) return look_again();
  arm_timer();
}

void Transaction::arm_timer() {
  const TimePoint next = std::min({try_deadline_, deadline_, drain_deadline_, hold_deadline_, hold_look_});
  if (next == TimePoint::max()) return timer_.disarm();
  engine_.context.reactor.arm(timer_, next - now());
}

}  // namespace naru::proxy
