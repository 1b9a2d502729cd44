#include "proxy/http/h1_client.h"

#include <sys/socket.h>

#include "http/h1_writer.h"
#include "proxy/http/engine.h"

namespace naru::proxy {
namespace {

// How long an idle connection is kept when it is to end: a request that is on its way is still served.
constexpr Duration kLastCall = std::chrono::seconds(1);

}  // namespace

void H1Client::begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                     std::string_view first) {
  auto* connection = new H1Client(engine, binding, std::move(client), address);
  engine.clients.push_back(*connection);  // owned from here on
  ++engine.count;
  connection->start(first);
}

H1Client::H1Client(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address)
    : ClientConnection(engine, binding, std::move(client), address, http::Version::http11) {}

void H1Client::start(std::string_view first) {
  if (!admit()) return;
  if (first.empty()) return set_deadline(now() + settings().timeouts.client_idle);
  buffer_ = engine_.pools.buffers.get();
  end_ = first.copy(buffer_.get(), BufferPool::kSize);
  peer_.readable = true;
  read();
}

void H1Client::serve() {
  if (peer_.failed) return end(Outcome::client_reset);
  if (peer_.writable) on_writable();
  if (!ended() && (peer_.readable || begin_ != end_) && wants_input()) read();
}

// ---- the response ----

void H1Client::send_head(http::ResponseHead& head, bool end) {
  if (head.interim()) {
    (void)http::append_response_head(writer_.pending(), head, info_.version, true, false);
    return flush();
  }
  if (keep_alive_ && last_request()) {
    keep_alive_ = false;
    port().state->http->drains.add(draining_ ? DrainReason::shutdown : DrainReason::request_limit);
  }
  // What the endpoint ends by closing is given an end of its own, so that a client knows whether it has all.
  if (head.body.framing == http::Framing::until_close && info_.version == http::Version::http11) {
    head.body.framing = http::Framing::chunked;
  }
  if (!http::append_response_head(writer_.pending(), head, info_.version, keep_alive_, to_head_)) keep_alive_ = false;
  chunked_response_ = head.body.framing == http::Framing::chunked && info_.version == http::Version::http11;
  chunk_left_ = 0;
  if (head.body.framing != http::Framing::tunnel) return;
  keep_alive_ = false;
  reading_ = Reading::tunnel;
  reader_blocked_ = false;
  clear_deadline();
  if (!in_read_ && (begin_ != end_ || peer_.readable)) read_soon();
  if (end) flush();
}

std::size_t H1Client::send_body(std::string_view bytes, bool end) {
  if (peer_.failed) return bytes.size();
  const std::size_t taken =
      chunked_response_ ? write_chunks(writer_, peer_, chunk_left_, bytes, end) : writer_.write(peer_, bytes);
  bytes_sent_ += taken;
  writer_.empty() ? after_write() : flush();
  if (peer_.failed) return bytes.size();
  if (taken < bytes.size()) {
    writer_blocked_ = true;
    set_deadline(now() + settings().timeouts.client_stall);
  }
  return taken;
}

void H1Client::send_trailers(const http::FieldBlock& trailers) {
  if (chunked_response_) http::append_last_chunk(writer_.pending(), trailers);
}

/// At the end of the turn, when all that is ready has been read: what is written to many sockets in a row wakes those
/// who wait for it less often.
void H1Client::flush() {
  if (std::exchange(flushing_, true)) return;
  engine_.context.reactor.defer([this] {
    flushing_ = false;
    if (!ended()) flush_now();
  });
}

void H1Client::flush_now() {
  writer_.flush(peer_);
  after_write();
  // Pipelined requests that waited for the responses before them to go.
  if (!peer_.failed && begin_ != end_ && reading_ == Reading::head && wants_input()) read();
}

/// A client that takes nothing more ends with this turn of the loop: an endpoint's side may be in the midst of a call.
void H1Client::after_write() {
  if (peer_.failed) end_soon(Outcome::client_reset);
}

void H1Client::on_writable() {
  if (writer_.empty() && !writer_blocked_) return;
  writer_.flush(peer_);
  if (peer_.failed) return end(Outcome::client_reset);
  if (!writer_.empty() || !peer_.writable) return;
  if (std::exchange(writer_blocked_, false) && serving()) {
    clear_deadline();
    transaction_->on_client_writable();
  } else if (reading_ == Reading::closing) {
    ::shutdown(peer_.fd.get(), SHUT_WR);
  }
}

void H1Client::abort() {
  drop_transaction();
  end_soon(Outcome::endpoint_reset);
}

void H1Client::finished() {
  last_endpoint_ = transaction_->endpoint();
  drop_transaction();
  writer_blocked_ = reader_blocked_ = false;
  if (!keep_alive_ || last_request()) return begin_closing();
  if (reading_ == Reading::nothing) return await_request();
  discarding_ = true;  // the rest of the request, so that the next one can be found
  discarded_ = 0;
  if (!in_read_) read_soon();
}

void H1Client::await_request() {
  reading_ = Reading::head;
  discarding_ = false;
  writer_.shrink();
  set_deadline(now() + (draining_ ? kLastCall : settings().timeouts.client_idle));
  if (!in_read_ && (begin_ != end_ || peer_.readable)) read_soon();
}

/// At the end of the turn: not from within an endpoint's call.
void H1Client::read_soon() {
  engine_.context.reactor.defer([this] {
    if (!ended() && wants_input()) read();
  });
}

// ---- the ends ----

bool H1Client::last_request() const {
  const auto& limit = settings().limits.requests_per_connection;
  return draining_ || (limit && requests_ >= static_cast<std::uint64_t>(*limit));
}

void H1Client::refuse(http::H1Fault fault) {
  port().state->http->h1_faults.add(fault);
  answer_alone(http::reason_for(fault), http::to_string(fault));
}

/// Answers what never became a Transaction, or is none any more; the connection ends with it.
void H1Client::answer_alone(http::Reason reason, std::string_view detail) {
  drop_transaction();
  const http::LocalAnswer local = http::local_answer(reason, detail, false);
  port().state->http->local_answers.add(reason);
  (void)http::append_response_head(writer_.pending(), local.head, info_.version, false, to_head_);
  if (!to_head_) writer_.pending().append(local.body);
  flush();
  begin_closing();
}

/// The client is told by an end; what it still sends is dropped, as a reset would destroy the response on its way.
void H1Client::begin_closing() {
  drop_transaction();
  reading_ = Reading::closing;
  reader_blocked_ = false;
  release_buffer();
  writer_.flush(peer_);
  if (peer_.failed) return end_soon(Outcome::client_reset);
  if (writer_.empty()) ::shutdown(peer_.fd.get(), SHUT_WR);
  set_deadline(now() + kLinger);
  if (!in_read_ && peer_.readable) read_soon();
}

void H1Client::drop_transaction() {
  serving_ = false;
  engine_.give_back(std::move(transaction_));
}

/// The client will not, or must not, have an answer from an endpoint.
void H1Client::give_up_request() {
  if (serving()) transaction_->on_client_gone();
  drop_transaction();
}

bool H1Client::on_end(Outcome outcome) {
  const bool polite = outcome == Outcome::shutdown && serving() && transaction_->say_goodbye();
  if (polite) writer_.flush(peer_);
  const bool idle = !serving() && writer_.empty();
  give_up_request();
  release_buffer();
  const bool broken =
      outcome == Outcome::client_reset || outcome == Outcome::endpoint_reset || outcome == Outcome::limit;
  return broken || (outcome != Outcome::closed && !idle && !polite);
}

void H1Client::on_deadline() {
  if (reading_ == Reading::closing) return end(Outcome::closed);
  if (writer_blocked_) return end(Outcome::idle_timeout);
  if (serving()) {
    if (transaction_->response_started()) return end(Outcome::idle_timeout);
    give_up_request();
    return answer_alone(http::Reason::request_body_timeout, {});
  }
  if (discarding_ || begin_ == end_) return begin_closing();
  answer_alone(http::Reason::request_head_timeout, {});
}

void H1Client::drain() {
  if (std::exchange(draining_, true) || serving() || reading_ == Reading::closing) return;
  set_deadline(now() + kLastCall);
}

void H1Client::on_port_changed() {
  if (ended()) return;
  if (binding_.port->removed) {
    port().state->http->drains.add(DrainReason::service_gone);
    drain();
  }
  if (serving()) transaction_->on_port_changed();
}

}  // namespace naru::proxy
