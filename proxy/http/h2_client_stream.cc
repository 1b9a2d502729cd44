#include "proxy/http/h2_client_stream.h"

#include "proxy/http/h2_client.h"

namespace naru::proxy {

using http::H2Error;
using http::H2StreamId;

void H2ClientStream::begin(H2StreamId stream, std::unique_ptr<Transaction> transaction, const ClientInfo& info,
                           bool end) {
  id = stream;
  transaction_ = std::move(transaction);
  heard_ = client_.now();
  stalled_since_ = TimePoint::max();
  request_ended_ = end;
  grpc_ = transaction_->head().fields.value_or_empty(http::FieldName::content_type).starts_with("application/grpc");
  transaction_->begin(*this, info, end);
}

// ---- the request ----

void H2ClientStream::on_data(std::string_view bytes, bool end) {
  heard_ = client_.now();
  request_ended_ = end;
  if (!held_.empty()) return held_.add(bytes, end);
  const H2StreamId stream = id;
  const std::size_t taken = offer(bytes, end);
  if (is(stream) && taken < bytes.size()) held_.add(bytes.substr(taken), end);
}

/// Returns how much the Transaction took. The stream may be over after it.
std::size_t H2ClientStream::offer(std::string_view bytes, bool end) {
  const H2StreamId stream = id;
  const std::size_t taken = transaction_->on_request_body(bytes, end);
  client_.session().consumed(stream, taken);
  return taken;
}

void H2ClientStream::on_trailers(http::FieldBlock& trailers) {
  request_ended_ = true;
  if (!held_.empty()) return held_.add_trailers(trailers);
  transaction_->on_request_trailers(trailers);
}

void H2ClientStream::resume_body() {
  heard_ = client_.now();
  if (held_.empty()) return;
  offer_held();
  client_.flush_soon();  // windows that were given back
}

void H2ClientStream::offer_held() {
  const H2StreamId stream = id;
  if (!held_.bytes().empty() || held_.end()) {
    const std::size_t size = held_.bytes().size();
    const std::size_t taken = offer(held_.bytes(), held_.end());
    if (!is(stream)) return;
    held_.passed_on(taken);
    if (taken < size) return;
  }
  if (held_.has_trailers()) {
    http::FieldBlock trailers;
    std::swap(trailers, held_.trailers());
    held_.clear();
    transaction_->on_request_trailers(trailers);
  }
  if (is(stream)) transaction_->flush_request();
}

void H2ClientStream::flush_request() {
  touched_ = false;
  transaction_->flush_request();
}

void H2ClientStream::on_reset() {
  transaction_->on_client_gone();
  release();
}

// ---- the response ----

void H2ClientStream::send_head(http::ResponseHead& head, bool end) {
  client_.session().send_response(id, head, end);
  client_.flush_soon();
}

std::size_t H2ClientStream::send_body(std::string_view bytes, bool end) {
  const std::size_t taken = client_.session().send_data(id, bytes, end);
  if (taken < bytes.size() && stalled_since_ == TimePoint::max()) stalled_since_ = client_.now();
  client_.flush_soon();
  return taken;
}

void H2ClientStream::send_trailers(const http::FieldBlock& trailers) {
  client_.session().send_trailers(id, trailers);
  client_.flush_soon();
}

void H2ClientStream::flush() {
  client_.flush_soon();
}

void H2ClientStream::on_writable() {
  stalled_since_ = TimePoint::max();
  transaction_->on_client_writable();
}

void H2ClientStream::abort() {
  client_.session().reset(id, H2Error::internal_error);
  client_.flush_soon();
  release();
}

/// A request whose response is complete before it is need not be completed (RFC 9113 8.1).
void H2ClientStream::finished() {
  client_.note_endpoint(transaction_->endpoint());
  if (!request_ended_) client_.session().reset(id, H2Error::no_error);
  client_.flush_soon();
  release();
}

void H2ClientStream::release() {
  held_.clear();
  client_.release(*this);
}

// ---- time ----

void H2ClientStream::look(TimePoint now, Duration limit) {
  if (stalled_since_ != TimePoint::max()) {
    if (now - stalled_since_ < limit) return;
    client_.session().reset(id, H2Error::cancel);
    return on_reset();
  }
  const bool awaits_content = !request_ended_ && held_.empty() && !grpc_ && !transaction_->tunnel();
  if (awaits_content && !transaction_->response_started() && now - heard_ >= limit) too_slow();
}

/// Its content does not come: 408, as a client of HTTP/1 gets it.
void H2ClientStream::too_slow() {
  const http::LocalAnswer local = http::local_answer(http::Reason::request_body_timeout, {}, false);
  client_.port().state->http->local_answers.add(http::Reason::request_body_timeout);
  client_.session().send_response(id, local.head, false);
  (void)client_.session().send_data(id, local.body, true);
  client_.session().reset(id, H2Error::no_error);
  on_reset();
}

}  // namespace naru::proxy
