#include "proxy/http/h2_backend.h"

#include <algorithm>
#include <utility>

#include "proxy/http/engine.h"
#include "runtime/socket.h"

namespace naru::proxy {
namespace {

using http::AttemptFailure;
using http::H2StreamId;

/// A connection that many clients share must not be stopped by a few of them that read slowly: its window holds the
/// streams' windows of all of them.
http::H2Limits limits_of(const HttpLimits& limits) {
  constexpr std::uint32_t kStreams = 100;
  constexpr std::uint32_t kMost = 64 * 1024 * 1024;
  http::H2Limits http2 = limits.http2;
  const std::uint64_t all = std::uint64_t{http2.stream_window} * kStreams;
  http2.connection_window =
      std::max(http2.connection_window, static_cast<std::uint32_t>(std::min<std::uint64_t>(all, kMost)));
  http2.header_list_bytes = limits.header_bytes;
  http2.header_fields = limits.header_fields;
  return http2;
}

}  // namespace

Result<H2Backend*> H2Backend::connect(H2Upstream& pool, std::string proxy_header) {
  Upstream& upstream = pool.upstream();
  auto connecting = upstream.connect();
  if (!connecting) return connecting.error();
  const http::H2Limits limits = limits_of(upstream.port().settings().limits);
  auto backend =
      std::unique_ptr<H2Backend>(new H2Backend(pool, std::move(connecting->fd), limits, std::move(proxy_header)));
  backend->transparent_path_ = std::move(connecting->path);
  if (!upstream.engine().context.reactor.add(backend->peer_.fd.get(), kEvents, *backend)) {
    return Error{Errc::exhausted, "cannot watch the connection to " + upstream.address().to_string()};
  }
  backend->connecting_ = connecting->in_progress;
  if (!backend->connecting_) backend->connected();
  backend->arm(backend->next_look());
  backend->flush_soon();
  return backend.release();  // owned by the H2Upstream's list from here on
}

H2Backend::H2Backend(H2Upstream& pool, runtime::UniqueFd fd, const http::H2Limits& limits, std::string proxy_header)
    : pool_(pool),
      proxy_header_(std::move(proxy_header)),
      session_(http::H2Session::Role::client, limits, *this),
      last_processed_(http::H2StreamId{0x7fffffff}),
      timer_([this] { on_timer(); }) {
  peer_.fd = std::move(fd);
  wire_.begin_with(proxy_header_);
  connect_by_ = now() + upstream().port().port().settings.connect_timeout;
  idle_since_ = heard_ = now();
}

Upstream& H2Backend::upstream() const {
  return pool_.upstream();
}

TimePoint H2Backend::now() const {
  return upstream().engine().context.reactor.now();
}

// ---- streams ----

BackendStream& H2Backend::attach(Transaction& transaction) {
  if (spare_.empty()) spare_.push_back(memory_.emplace_back(std::make_unique<H2BackendStream>(*this)).get());
  H2BackendStream* stream = spare_.back();
  spare_.pop_back();
  if (attached_++ == 0) {
    heard_ = now();
    arm(next_look());
  }
  stream->attach(transaction);
  return *stream;
}

void H2Backend::begin(H2BackendStream& stream, const http::RequestHead& head, bool end) {
  const std::uint64_t position = wire_.position();
  if (const auto id = ended_ ? std::nullopt : session_.send_request(head, end)) {
    stream.id = *id;
    stream.starts_at_ = position;
    streams_.insert(stream);
  } else {
    stillborn_.push_back(&stream);
  }
  flush_soon();
}

void H2Backend::release(H2BackendStream& stream) {
  if (stream.id != 0) streams_.erase(stream);
  std::erase(stillborn_, &stream);
  stream.id = 0;
  stream.transaction_ = nullptr;
  stream.complete_ = stream.touched_ = false;
  spare_.push_back(&stream);
  if (--attached_ != 0) return;
  idle_since_ = now();
  if (ended_ || is_leaving()) return flush_soon();
  arm(next_look());
}

H2BackendStream* H2Backend::touch(H2StreamId id) {
  heard_ = now();
  pinged_ = false;
  H2BackendStream* stream = streams_.find(id);
  if (stream != nullptr && !std::exchange(stream->touched_, true)) touched_.push_back(id);
  return stream;
}

void H2Backend::on_response(H2StreamId id, http::ResponseHead& head, bool end) noexcept {
  if (H2BackendStream* stream = touch(id)) stream->on_response(head, end);
}

void H2Backend::on_data(H2StreamId id, std::string_view bytes, bool end) noexcept {
  if (H2BackendStream* stream = touch(id)) {
    stream->on_data(bytes, end);
  } else {
    session_.consumed(id, bytes.size());
  }
}

void H2Backend::on_trailers(H2StreamId id, http::FieldBlock& trailers) noexcept {
  if (H2BackendStream* stream = touch(id)) stream->on_trailers(trailers);
}

void H2Backend::on_writable(H2StreamId id) noexcept {
  if (H2BackendStream* stream = streams_.find(id)) stream->on_writable();
}

void H2Backend::on_reset(H2StreamId id, http::H2Error code, bool by_peer) noexcept {
  H2BackendStream* stream = streams_.find(id);
  if (stream == nullptr) return;
  if (!by_peer) return stream->fail(AttemptFailure::bad_response);
  if (id > last_processed_) return stream->fail(AttemptFailure::goaway_unprocessed);
  stream->fail(code == http::H2Error::refused_stream ? AttemptFailure::refused_stream : AttemptFailure::reset);
}

// ---- the socket ----

void H2Backend::on_ready(std::uint32_t events) noexcept {
  if (ended_) return;
  peer_.note(events);
  if (connecting_ && !finish_connect()) return;
  if (peer_.readable) read();
  if (ended_) return;
  if (peer_.failed) return die(false);
  if (peer_.writable && !session_.output().empty()) flush_soon();
}

bool H2Backend::finish_connect() {
  if (peer_.failed) {
    die(false);
    return false;
  }
  if (!peer_.writable) return false;
  connected();
  flush_soon();
  return true;
}

void H2Backend::connected() {
  connecting_ = false;
  peer_.writable = true;
  heard_ = now();
  upstream().state().connections.add();
  watch_endpoint(peer_.fd.get());
  arm(next_look());
}

void H2Backend::read() {
  bool yielded = false;
  const std::uint64_t before = wire_.bytes_read();
  const H2Wire::Result result = wire_.read(upstream().engine().pools.buffers, now(), yielded);
  if (wire_.bytes_read() != before) suspect_ = false;
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    if (H2BackendStream* stream = streams_.find(touched_[i])) stream->flush_response();
  }
  touched_.clear();
  if (yielded) (void)upstream().engine().context.reactor.modify(peer_.fd.get(), kEvents, *this);
  if (!session_.output().empty()) flush_soon();
  if (result != H2Wire::Result::good) die(result == H2Wire::Result::ended);
}

void H2Backend::flush_soon() {
  if (left_ || std::exchange(flush_due_, true)) return;
  // What ends in this turn is there until its end.
  upstream().engine().context.reactor.defer([this] { flush(); });
}

void H2Backend::flush() {
  flush_due_ = false;
  while (!stillborn_.empty()) stillborn_.back()->fail(AttemptFailure::goaway_unprocessed);
  if (ended_) return leave_if_done();
  if (connecting_) return;
  const H2Wire::Result result = wire_.write();
  if (result == H2Wire::Result::good) return end_if_unused();
  // What it said before may still be read: a GOAWAY tells more than a failure.
  peer_.readable = peer_.readable || result == H2Wire::Result::failed;
  if (peer_.readable) read();
  if (!ended_) die(false);
}

void H2Backend::end_if_unused() {
  if (attached_ == 0 && session_.output().empty() && is_leaving()) end();
}

/// A connection that was opened to an endpoint on its way out, for want of a better one, is not kept either.
bool H2Backend::is_leaving() const {
  return retired_ || upstream().retired() || session_.going_away();
}

}  // namespace naru::proxy
