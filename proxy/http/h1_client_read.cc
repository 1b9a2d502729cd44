// What an HTTP/1 client says.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "http/first_bytes.h"
#include "proxy/http/engine.h"
#include "proxy/http/h1_client.h"

namespace naru::proxy {
namespace {

// What one connection may read before the worker's others have their turn.
constexpr std::size_t kTurn = 2 * 1024 * 1024;
// Of a request that was answered before it was complete: more is not worth reading for the sake of the connection.
constexpr std::uint64_t kMostDiscarded = 256 * 1024;
constexpr std::size_t kMostPending = 64 * 1024;

}  // namespace

/// A request that is pipelined is not begun while so much of the responses before it is still to be taken.
bool H1Client::wants_input() const {
  const bool behind = reading_ == Reading::head && writer_.size() > kMostPending;
  return reading_ != Reading::nothing && !reader_blocked_ && !behind;
}

void H1Client::read() {
  in_read_ = true;
  std::size_t left = kTurn;
  for (;;) {
    process();
    if (ended() || !wants_input()) break;
    if (!peer_.readable || left == 0) break;
    left -= std::min(left, receive());
  }
  in_read_ = false;
  if (ended()) return;
  if (left == 0) (void)engine_.context.reactor.modify(peer_.fd.get(), kEvents, *this);
  if (begin_ == end_) release_buffer();
  if (serving()) transaction_->flush_request();
}

/// Returns how many bytes it read.
std::size_t H1Client::receive() {
  if (!buffer_) buffer_ = engine_.pools.buffers.get();
  if (begin_ != 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t room = BufferPool::kSize - end_;
  const auto got = ::recv(peer_.fd.get(), buffer_.get() + end_, room, 0);
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    bytes_received_ += static_cast<std::uint64_t>(got);
    // A stream that gives less than was asked for is empty; its end would be the next thing to read.
    if (static_cast<std::size_t>(got) < room && !peer_.ended) peer_.readable = false;
    return static_cast<std::size_t>(got);
  }
  if (got == 0) {
    on_source_ended();
  } else if (errno == EAGAIN) {
    peer_.readable = false;
  } else if (errno != EINTR) {
    end(Outcome::client_reset);
  }
  return 0;
}

void H1Client::release_buffer() {
  if (buffer_) engine_.pools.buffers.put(std::move(buffer_));
  buffer_ = nullptr;
  begin_ = end_ = 0;
}

/// Deals with what is in the buffer, until more is needed or the Transaction takes no more.
void H1Client::process() {
  while (!ended() && begin_ != end_ && wants_input()) {
    switch (reading_) {
      case Reading::head:
        if (!process_head()) return;
        break;
      case Reading::closing:
        begin_ = end_ = 0;
        return;
      case Reading::length:
      case Reading::chunked:
      case Reading::tunnel:
        if (!process_content()) return;
        break;
      case Reading::nothing:
        return;
    }
  }
}

bool H1Client::process_head() {
  if (requests_ == 0 && is_http2()) return false;
  if (!transaction_) transaction_ = engine_.borrow();
  http::RequestHead& head = transaction_->head();
  const http::HeadResult result = http::parse_request_head(buffered(), scanned_, settings().limits.head(), head);
  if (result.state == http::HeadResult::State::incomplete) {
    // From the head's first byte: what comes later does not move it.
    if (scanned_ == 0) set_deadline(now() + settings().timeouts.request_head);
    scanned_ = std::max<std::size_t>(result.scanned, 1);
    return false;
  }
  scanned_ = 0;
  if (result.state == http::HeadResult::State::bad) {
    refuse(result.fault);
    return true;
  }
  begin_ += result.size;
  begin_request();
  return true;
}

/// Whether the first bytes are, or may become, HTTP/2's. If they are, the connection is no longer this one's.
bool H1Client::is_http2() {
  const std::string_view bytes = buffered().substr(0, http::kHttp2Preface.size());
  if (!http::kHttp2Preface.starts_with(bytes)) return false;
  if (bytes.size() < http::kHttp2Preface.size()) return bytes.size() >= 3;  // no method of HTTP/1 is called PRI
  BufferPool::Buffer buffer = std::move(buffer_);
  const std::string_view first{buffer.get() + begin_, end_ - begin_};
  begin_ = end_ = 0;
  engine_.accept_http2(binding_, hand_over(), info_.address, first);
  engine_.pools.buffers.put(std::move(buffer));
  return true;
}

void H1Client::begin_request() {
  const http::RequestHead& head = transaction_->head();
  ++requests_;
  info_.version = head.version;
  keep_alive_ = head.keep_alive;
  to_head_ = head.method == http::Method::head;
  discarding_ = false;
  content_left_ = head.body.framing == http::Framing::length ? head.body.length : 0;
  const bool chunked = head.body.framing == http::Framing::chunked;
  if (chunked) chunks_.reset();
  reading_ = chunked ? Reading::chunked : content_left_ != 0 ? Reading::length : Reading::nothing;
  if (reading_ == Reading::nothing) {
    clear_deadline();
  } else {
    set_deadline(now() + settings().timeouts.client_stall);
  }
  serving_ = true;
  transaction_->begin(*this, info_, reading_ == Reading::nothing);
}

bool H1Client::process_content() {
  if (reading_ == Reading::chunked) return process_chunks();
  const std::size_t size = end_ - begin_;
  if (reading_ == Reading::tunnel) return offer(size, false);
  const auto of_content = static_cast<std::size_t>(std::min<std::uint64_t>(content_left_, size));
  return offer(of_content, of_content == content_left_);
}

/// `content_left_` here: bytes of a chunk that the decoder has passed, at the start of the buffer.
bool H1Client::process_chunks() {
  if (content_left_ != 0) return offer(static_cast<std::size_t>(content_left_), false);
  const auto step = chunks_.next(buffered());
  using State = http::ChunkedDecoder::Step::State;
  begin_ += step.used - step.data.size();
  switch (step.state) {
    case State::more:
      return true;
    case State::data:
      content_left_ = step.data.size();
      return true;
    case State::done:
      end_chunks();
      return true;
    case State::bad:
      break;
  }
  const bool answered = serving() && transaction_->response_started();
  give_up_request();
  answered ? end(Outcome::client_reset) : refuse(step.fault);
  return false;
}

void H1Client::end_chunks() {
  reading_ = Reading::nothing;
  clear_deadline();
  if (discarding_) return content_ended();
  if (chunks_.trailers().empty()) {
    (void)transaction_->on_request_body({}, true);
  } else {
    transaction_->on_request_trailers(chunks_.trailers());
  }
}

/// The next `size` bytes of the buffer to the Transaction, if it still wants them. False if it takes no more for now.
bool H1Client::offer(std::size_t size, bool end) {
  if (discarding_) return discard(size, end);
  const Reading was = reading_;
  if (end) reading_ = Reading::nothing;
  const std::size_t taken = transaction_->on_request_body({buffer_.get() + begin_, size}, end);
  begin_ += taken;
  if (was != Reading::tunnel) content_left_ -= taken;
  if (taken < size) {
    reading_ = was;
    reader_blocked_ = true;
    clear_deadline();
    return false;
  }
  end ? clear_deadline()
      : set_deadline(was == Reading::tunnel ? TimePoint::max() : now() + settings().timeouts.client_stall);
  return true;
}

bool H1Client::discard(std::size_t size, bool end) {
  begin_ += size;
  content_left_ -= size;
  discarded_ += size;
  if (discarded_ > kMostDiscarded) {
    begin_closing();
    return false;
  }
  if (end) content_ended();
  return true;
}

/// A request that was answered early has come to its end.
void H1Client::content_ended() {
  await_request();
}

void H1Client::resume_body() {
  if (ended() || !reader_blocked_) return;
  reader_blocked_ = false;
  set_deadline(now() + settings().timeouts.client_stall);
  if (!in_read_) read();
}

void H1Client::on_source_ended() {
  peer_.readable = false;
  switch (reading_) {
    case Reading::head:
      if (begin_ != end_) port().state->http->h1_faults.add(http::H1Fault::truncated);
      return end(Outcome::closed);
    case Reading::length:
    case Reading::chunked:
      port().state->http->h1_faults.add(http::H1Fault::truncated);
      return end(Outcome::client_reset);
    case Reading::tunnel:
      reading_ = Reading::nothing;
      (void)transaction_->on_request_body({}, true);
      return;
    case Reading::closing:
      return end(Outcome::closed);
    case Reading::nothing:
      return;
  }
}

}  // namespace naru::proxy
