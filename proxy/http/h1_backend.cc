#include "proxy/http/h1_backend.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "http/h1_writer.h"
#include "proxy/http/engine.h"
#include "runtime/socket.h"

namespace naru::proxy {

Result<H1Backend*> H1Backend::connect(Upstream& upstream) {
  auto connecting = upstream.connect();
  if (!connecting) return connecting.error();
  auto backend = std::unique_ptr<H1Backend>(new H1Backend(upstream, std::move(connecting->fd)));
  backend->transparent_path_ = std::move(connecting->path);
  runtime::Reactor& reactor = upstream.engine().context.reactor;
  if (!reactor.add(backend->peer_.fd.get(), kEvents, *backend)) {
    return Error{Errc::exhausted, "cannot watch the connection to " + upstream.address().to_string()};
  }
  backend->connecting_ = connecting->in_progress;
  if (!backend->connecting_) backend->connected();
  reactor.arm(backend->connect_timer_, upstream.port().port().settings.connect_timeout);
  return backend.release();  // owned by the Upstream's list from here on
}

H1Backend::H1Backend(Upstream& upstream, runtime::UniqueFd fd)
    : upstream_(upstream), connect_timer_([this] { on_connect_timeout(); }) {
  peer_.fd = std::move(fd);
}

void H1Backend::attach(Transaction& transaction) {
  transaction_ = &transaction;
  written_before_ = writer_.written();
  reading_ = Reading::head;
  request_ended_ = writer_blocked_ = reader_blocked_ = false;
  keep_alive_ = true;
  scanned_ = 0;
  chunk_left_ = 0;
}

bool H1Backend::still_open() {
  char byte = 0;
  return ::recv(peer_.fd.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

void H1Backend::end() {
  if (ended_) return;
  ended_ = true;
  transaction_ = nullptr;
  connect_timer_.disarm();
  if (reading_ == Reading::tunnel) writer_.flush(peer_);  // a WebSocket's last word
  peer_.fd.reset();
  release_buffer();
  upstream_.gone(*this);
  upstream_.engine().context.reactor.retire(std::unique_ptr<runtime::EventHandler>(this));
}

void H1Backend::cancel() {
  end();
}

void H1Backend::on_ready(std::uint32_t events) noexcept {
  if (ended_) return;
  peer_.note(events);
  if (connecting_ && !finish_connect()) return;
  // Idle: nothing may come but an end.
  if (transaction_ == nullptr) return peer_.readable || peer_.failed ? end() : void();
  if (peer_.writable) flush_now();
  if (!ended_ && peer_.readable && !reader_blocked_) read();
}

/// A PROXY header says whom the whole connection is from.
bool H1Backend::one_client_each() const {
  return upstream_.port().port().settings.proxy_protocol.to_endpoints.has_value();
}

// ---- connecting ----

bool H1Backend::finish_connect() {
  if (peer_.failed) {
    fail(http::AttemptFailure::not_connected);
    return false;
  }
  if (!peer_.writable) return false;
  connected();
  if (transaction_ != nullptr) transaction_->on_backend_connected();
  return !ended_;
}

void H1Backend::connected() {
  connecting_ = false;
  peer_.writable = true;
  upstream_.state().connections.add();
}

/// Armed for the connect; a connection that has lasted so long is then worth watching, while most are gone by now.
void H1Backend::on_connect_timeout() {
  if (connecting_) return fail(http::AttemptFailure::not_connected);
  watch_endpoint(peer_.fd.get());
}

// ---- writing ----

void H1Backend::send_head(const http::RequestHead& head, bool end) {
  request_body_ = head.body;
  method_ = head.method;
  request_ended_ = end;
  if (const auto& version = upstream_.port().port().settings.proxy_protocol.to_endpoints; version && !reused_) {
    writer_.pending().append(transaction_->proxy_header(*version));
  }
  http::append_request_head(writer_.pending(), head, !one_client_each());
  if (end) flush();
}

std::size_t H1Backend::send_body(std::string_view bytes, bool end) {
  if (peer_.failed) return bytes.size();  // what it has said before, or its failure, is still to be read
  if (connecting_ && !bytes.empty()) {
    writer_blocked_ = true;
    return 0;
  }
  const bool chunked = request_body_.framing == http::Framing::chunked && reading_ != Reading::tunnel;
  const std::size_t taken =
      chunked ? write_chunks(writer_, peer_, chunk_left_, bytes, end) : writer_.write(peer_, bytes);
  if (!writer_.empty()) flush();
  if (taken < bytes.size() && !peer_.failed) {
    writer_blocked_ = true;
    return taken;
  }
  if (end) request_ended_ = true;
  if (end && reading_ == Reading::tunnel) flush();
  return bytes.size();
}

void H1Backend::send_trailers(const http::FieldBlock& trailers) {
  request_ended_ = true;
  if (request_body_.framing == http::Framing::chunked) http::append_last_chunk(writer_.pending(), trailers);
  flush();
}

/// At the end of the turn, when all that is ready has been read: what is written to many sockets in a row wakes those
/// who wait for it less often.
void H1Backend::flush() {
  if (std::exchange(flushing_, true)) return;
  upstream_.engine().context.reactor.defer([this] {
    flushing_ = false;
    if (!ended_) flush_now();
  });
}

void H1Backend::flush_now() {
  if (connecting_) return;
  writer_.flush(peer_);
  if (request_ended_ && reading_ == Reading::tunnel && writer_.empty()) ::shutdown(peer_.fd.get(), SHUT_WR);
  if (writer_blocked_ && writer_.empty() && peer_.writable) {
    writer_blocked_ = false;
    if (transaction_ != nullptr) transaction_->on_backend_writable();
  }
}

}  // namespace naru::proxy
