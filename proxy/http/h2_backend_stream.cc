#include "proxy/http/h2_backend_stream.h"

#include "proxy/http/h2_backend.h"

namespace naru::proxy {

using http::H2StreamId;

// ---- the request ----

void H2BackendStream::send_head(const http::RequestHead& head, bool end) {
  backend_.begin(*this, head, end);
}

std::size_t H2BackendStream::send_body(std::string_view bytes, bool end) {
  if (id == 0) return bytes.size();  // begin() has failed, and says so at the end of the turn
  backend_.flush_soon();
  return backend_.session().send_data(id, bytes, end);
}

void H2BackendStream::send_trailers(const http::FieldBlock& trailers) {
  backend_.session().send_trailers(id, trailers);
  backend_.flush_soon();
}

void H2BackendStream::flush() {
  backend_.flush_soon();
}

void H2BackendStream::cancel() {
  backend_.session().reset(id, http::H2Error::cancel);
  backend_.flush_soon();
  release();
}

// ---- the response ----

void H2BackendStream::on_response(http::ResponseHead& head, bool end) {
  const H2StreamId stream = id;
  complete_ = end;
  transaction_->on_response_head(head, end);
  if (is(stream) && end) release();
}

void H2BackendStream::on_data(std::string_view bytes, bool end) {
  complete_ = end;
  if (!held_.empty()) return held_.add(bytes, end);
  const H2StreamId stream = id;
  const std::size_t taken = offer(bytes, end);
  if (!is(stream)) return;
  if (taken < bytes.size()) return held_.add(bytes.substr(taken), end);
  if (end) release();
}

/// Returns how much the Transaction took; the stream may be over after it.
std::size_t H2BackendStream::offer(std::string_view bytes, bool end) {
  const H2StreamId stream = id;
  const std::size_t taken = transaction_->on_response_body(bytes, end);
  backend_.session().consumed(stream, taken);
  return taken;
}

void H2BackendStream::on_trailers(http::FieldBlock& trailers) {
  complete_ = true;
  if (!held_.empty()) return held_.add_trailers(trailers);
  const H2StreamId stream = id;
  transaction_->on_response_trailers(trailers);
  if (is(stream)) release();
}

void H2BackendStream::resume_body() {
  if (held_.empty()) return;
  const H2StreamId stream = id;
  const bool end = held_.end();
  if (!held_.bytes().empty()) {
    const std::size_t size = held_.bytes().size();
    const std::size_t taken = offer(held_.bytes(), end);
    backend_.flush_soon();  // windows that were given back
    if (!is(stream)) return;
    held_.passed_on(taken);
    if (taken < size) return transaction_->flush_response();
    if (end) return release();
  }
  if (!held_.has_trailers()) return transaction_->flush_response();
  transaction_->on_response_trailers(held_.trailers());
  if (is(stream)) release();
}

void H2BackendStream::flush_response() {
  touched_ = false;
  transaction_->flush_response();
}

void H2BackendStream::fail(http::AttemptFailure failure) {
  if (complete_) return;
  Transaction* transaction = transaction_;
  release();
  transaction->on_backend_failed(failure);
}

void H2BackendStream::release() {
  held_.clear();
  backend_.release(*this);
}

}  // namespace naru::proxy
