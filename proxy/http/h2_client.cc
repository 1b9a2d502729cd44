#include "proxy/http/h2_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/http/engine.h"

namespace naru::proxy {
namespace {

using http::H2StreamId;

http::H2Limits limits_of(const HttpLimits& limits) {
  http::H2Limits http2 = limits.http2;
  http2.header_list_bytes = limits.header_bytes;
  http2.header_fields = limits.header_fields;
  return http2;
}

}  // namespace

void H2Client::begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                     std::string_view first) {
  auto* connection = new H2Client(engine, binding, std::move(client), address);
  engine.clients.push_back(*connection);  // owned from here on
  ++engine.count;
  connection->start(first);
}

H2Client::H2Client(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address)
    : ClientConnection(engine, binding, std::move(client), address, http::Version::http2),
      session_(http::H2Session::Role::server, limits_of(settings().limits), *this),
      quiet_since_(now()) {}

void H2Client::start(std::string_view first) {
  if (!admit()) return;
  bytes_received_ = first.size();
  rest_due_ = now() + settings().timeouts.request_head;
  peer_.readable = true;
  flush_soon();
  if (engine_.draining) drain();
  if (!session_.receive(first, now())) return begin_closing();
  read();
}

void H2Client::serve() {
  if (peer_.readable) read();
  if (ended()) return;
  if (peer_.failed) return end(Outcome::client_reset);
  if (peer_.writable && !session_.output().empty()) flush_soon();
}

// ---- reading ----

void H2Client::read() {
  if (leaving_ == Leaving::closing) return discard_input();
  bool yielded = false;
  const std::uint64_t before = wire_.bytes_read();
  const H2Wire::Result result = wire_.read(engine_.pools.buffers, now(), yielded);
  bytes_received_ += wire_.bytes_read() - before;
  received();
  if (yielded) (void)engine_.context.reactor.modify(peer_.fd.get(), kEvents, *this);
  switch (result) {
    case H2Wire::Result::good:
      return;
    case H2Wire::Result::ended:  // nobody half-closes HTTP/2 and waits for an answer
      return end(streams_.empty() ? Outcome::closed : Outcome::client_reset);
    case H2Wire::Result::failed:
      return end(Outcome::client_reset);
    case H2Wire::Result::over:
      return begin_closing();
  }
}

/// All that came has been told to the streams.
void H2Client::received() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    if (H2ClientStream* stream = streams_.find(touched_[i])) stream->flush_request();
  }
  touched_.clear();
  if (const auto fault = session_.take_stream_fault(); fault != http::H2Fault::none) {
    port().state->http->h2_faults.add(fault);
  }
  if (!session_.awaits_rest()) {
    rest_due_ = TimePoint::max();
  } else if (rest_due_ == TimePoint::max()) {
    rest_due_ = now() + settings().timeouts.request_head;
  }
  set_next_deadline();
  if (!session_.output().empty()) flush_soon();
}

/// Nothing more is wanted: read so that what was said last reaches the client, but not for long.
void H2Client::discard_input() {
  constexpr std::uint64_t kMost = 1024 * 1024;
  std::array<char, 4096> bytes;  // NOLINT: not read
  while (peer_.readable) {
    const auto got = ::recv(peer_.fd.get(), bytes.data(), bytes.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) || discarded_ > kMost) return end(Outcome::closed);
    if (got < 0) peer_.readable = errno == EINTR;
    if (got > 0) discarded_ += static_cast<std::uint64_t>(got);
  }
}

// ---- writing ----

void H2Client::flush_soon() {
  if (std::exchange(flush_due_, true)) return;
  // A connection that ends in this turn is there until its end.
  engine_.context.reactor.defer([this] { flush(); });
}

void H2Client::flush() {
  flush_due_ = false;
  if (ended()) return;
  const std::uint64_t before = wire_.bytes_written();
  const H2Wire::Result result = wire_.write();
  bytes_sent_ += wire_.bytes_written() - before;
  if (result == H2Wire::Result::failed) return end(Outcome::client_reset);
  if (leaving_ == Leaving::closing) {
    if (session_.output().empty()) ::shutdown(peer_.fd.get(), SHUT_WR);
    return;
  }
  if (result == H2Wire::Result::over) return begin_closing();
  const bool stuck = !session_.output().empty();
  if (!stuck || wire_.bytes_written() != before) unwritten_since_ = TimePoint::max();
  if (stuck && unwritten_since_ == TimePoint::max()) unwritten_since_ = now();
  if (leaving_ == Leaving::last_said && streams_.empty() && !stuck) return begin_closing();
  set_next_deadline();
}

// ---- streams ----

void H2Client::on_request(H2StreamId id, http::RequestHead& head, bool end) noexcept {
  if (spare_.empty()) spare_.push_back(memory_.emplace_back(std::make_unique<H2ClientStream>(*this)).get());
  H2ClientStream* stream = spare_.back();
  spare_.pop_back();
  stream->id = id;
  stream->touched_ = true;
  streams_.insert(*stream);
  touched_.push_back(id);
  auto transaction = engine_.borrow();
  std::swap(transaction->head(), head);  // so that the memory of both is used again
  ++requests_;
  const auto& limit = settings().limits.requests_per_connection;
  if (limit && requests_ >= static_cast<std::uint64_t>(*limit)) go_away(DrainReason::request_limit);
  stream->begin(id, std::move(transaction), info_, end);
}

H2ClientStream* H2Client::touch(H2StreamId id) {
  H2ClientStream* stream = streams_.find(id);
  if (stream != nullptr && !std::exchange(stream->touched_, true)) touched_.push_back(id);
  return stream;
}

void H2Client::on_data(H2StreamId id, std::string_view bytes, bool end) noexcept {
  if (H2ClientStream* stream = touch(id)) {
    stream->on_data(bytes, end);
  } else {
    session_.consumed(id, bytes.size());
  }
}

void H2Client::on_trailers(H2StreamId id, http::FieldBlock& trailers) noexcept {
  if (H2ClientStream* stream = touch(id)) stream->on_trailers(trailers);
}

void H2Client::on_reset(H2StreamId id, http::H2Error, bool) noexcept {
  if (H2ClientStream* stream = streams_.find(id)) stream->on_reset();
}

void H2Client::on_writable(H2StreamId id) noexcept {
  if (H2ClientStream* stream = streams_.find(id)) stream->on_writable();
}

void H2Client::release(H2ClientStream& stream) {
  streams_.erase(stream);
  stream.id = 0;
  stream.touched_ = false;
  engine_.give_back(std::move(stream.transaction_));
  spare_.push_back(&stream);
  if (streams_.empty()) quiet_since_ = now();
}

void H2Client::on_port_changed() {
  if (ended()) return;
  if (binding_.port->removed) go_away(DrainReason::service_gone);
  for (const H2StreamId id : streams_.ids()) {
    if (H2ClientStream* stream = streams_.find(id)) stream->on_port_changed();
  }
}

}  // namespace naru::proxy
