// What an HTTP/1.1 endpoint says.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "proxy/http/engine.h"
#include "proxy/http/h1_backend.h"

namespace naru::proxy {
namespace {

// What one connection may read before the worker's others have their turn.
constexpr std::size_t kTurn = 2 * 1024 * 1024;

/// The seconds of `Keep-Alive: timeout=5, max=100`; 0 if it does not say.
std::uint32_t keep_alive_timeout(std::string_view value) {
  constexpr std::string_view kName = "timeout=";
  const std::size_t at = value.find(kName);
  std::uint32_t seconds = 0;
  if (at != std::string_view::npos) {
    std::from_chars(value.data() + at + kName.size(), value.data() + value.size(), seconds);
  }
  return seconds;
}

/// How long a connection may be idle: not to the end of what the endpoint allows, as its close would cross a request.
Duration idle_time(Duration ours, std::uint32_t endpoint_seconds) {
  if (endpoint_seconds == 0) return ours;
  return std::min<Duration>(ours, std::chrono::milliseconds(500) * (2 * endpoint_seconds - 1));
}

}  // namespace

void H1Backend::read() {
  std::size_t left = kTurn;
  for (;;) {
    process();
    if (ended_ || transaction_ == nullptr || reader_blocked_) break;
    if (!peer_.readable || left == 0) break;
    left -= std::min(left, receive());
    if (ended_ || transaction_ == nullptr) break;
  }
  if (ended_) return;
  if (left == 0) (void)upstream_.engine().context.reactor.modify(peer_.fd.get(), kEvents, *this);
  if (begin_ == end_) release_buffer();
  if (transaction_ != nullptr) transaction_->flush_response();
}

/// Returns how many bytes it read.
std::size_t H1Backend::receive() {
  prepare_buffer();
  const std::size_t room = buffer_size() - end_;
  const auto got = ::recv(peer_.fd.get(), buffer_.get() + end_, room, 0);
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    // A stream that gives less than was asked for is empty; its end would be the next thing to read.
    if (static_cast<std::size_t>(got) < room && !peer_.ended && !peer_.failed) peer_.readable = false;
    return static_cast<std::size_t>(got);
  }
  if (got == 0) {
    on_source_ended();
  } else if (errno == EAGAIN) {
    peer_.readable = false;
  } else if (errno != EINTR) {
    peer_.aborted = true;
    fail(failure_at_end());
  }
  return 0;
}

/// Room for more: a large buffer where much is to come.
void H1Backend::prepare_buffer() {
  Pools& pools = upstream_.engine().pools;
  const bool big = reading_ == Reading::length && content_left_ > BufferPool::kSize;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_ && big != big_buffer_) release_buffer();
  }
  if (!buffer_) {
    buffer_ = (big ? pools.big_buffers : pools.buffers).get();
    big_buffer_ = big;
  }
  if (begin_ == 0) return;
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

std::size_t H1Backend::buffer_size() const {
  return big_buffer_ ? BufferPool::kBigSize : BufferPool::kSize;
}

void H1Backend::release_buffer() {
  Pools& pools = upstream_.engine().pools;
  if (buffer_) (big_buffer_ ? pools.big_buffers : pools.buffers).put(std::move(buffer_));
  buffer_ = nullptr;
  begin_ = end_ = 0;
}

/// Passes on what is in the buffer, until more is needed, the Transaction takes no more, or is over.
void H1Backend::process() {
  while (!ended_ && transaction_ != nullptr && !reader_blocked_ && begin_ != end_) {
    const bool go_on = reading_ == Reading::head ? process_head() : process_content();
    if (!go_on) return;
  }
}

bool H1Backend::process_head() {
  const http::HeadLimits limits = upstream_.port().settings().limits.head();
  const http::HeadResult result = http::parse_response_head(buffered(), scanned_, limits, method_, head_);
  if (result.state == http::HeadResult::State::incomplete) {
    scanned_ = result.scanned;
    return false;
  }
  if (result.state == http::HeadResult::State::bad) {
    fail(http::AttemptFailure::bad_response);
    return false;
  }
  begin_ += result.size;
  scanned_ = 0;
  if (head_.interim()) {
    transaction_->on_response_head(head_, false);
    return true;
  }
  begin_content();
  const bool end = reading_ == Reading::ended;
  transaction_->on_response_head(head_, end);
  if (end && !ended_) response_ended();
  return !end;
}

void H1Backend::begin_content() {
  keep_alive_ = head_.keep_alive;
  if (const auto value = head_.fields.value_or_empty(http::FieldName::keep_alive); !value.empty()) {
    endpoint_keep_alive_ = keep_alive_timeout(value);
  }
  switch (head_.body.framing) {
    case http::Framing::none:
      reading_ = Reading::ended;
      break;
    case http::Framing::length:
      content_left_ = head_.body.length;
      reading_ = content_left_ == 0 ? Reading::ended : Reading::length;
      break;
    case http::Framing::chunked:
      chunks_.reset();
      content_left_ = 0;
      reading_ = Reading::chunked;
      break;
    case http::Framing::until_close:
      reading_ = Reading::until_close;
      break;
    case http::Framing::tunnel:
      reading_ = Reading::tunnel;
      request_ended_ = false;  // its head has; the client's bytes go on
      break;
  }
}

bool H1Backend::process_content() {
  const std::size_t buffered_size = end_ - begin_;
  switch (reading_) {
    case Reading::length: {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(content_left_, buffered_size));
      return offer(size, size == content_left_);
    }
    case Reading::chunked:
      return process_chunks();
    case Reading::until_close:
    case Reading::tunnel:
      return offer(buffered_size, false);
    case Reading::head:
    case Reading::ended:
      break;
  }
  return false;
}

/// `content_left_` here: bytes of a chunk that the decoder has passed, at the start of the buffer.
bool H1Backend::process_chunks() {
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
      transaction_->on_response_trailers(chunks_.trailers());
      if (!ended_) response_ended();
      return false;
    case State::bad:
      fail(http::AttemptFailure::bad_response);
      return false;
  }
  return false;
}

/// The next `size` bytes of the buffer to the Transaction. False if it takes no more for now or is over.
bool H1Backend::offer(std::size_t size, bool end) {
  const std::size_t taken = transaction_->on_response_body({buffer_.get() + begin_, size}, end);
  if (ended_) return false;
  begin_ += taken;
  if (reading_ == Reading::length || reading_ == Reading::chunked) content_left_ -= taken;
  if (taken < size) {
    reader_blocked_ = true;
    return false;
  }
  if (end) response_ended();
  return !end;
}

void H1Backend::resume_body() {
  if (ended_ || !reader_blocked_) return;
  reader_blocked_ = false;
  read();
}

void H1Backend::on_source_ended() {
  if (reading_ != Reading::until_close && reading_ != Reading::tunnel) return fail(failure_at_end());
  keep_alive_ = false;
  if (transaction_->on_response_body({}, true) == 0 && !ended_) response_ended();
}

/// The Transaction has the whole response, and is over; it has cancelled what it had not sent to the end.
void H1Backend::response_ended() {
  transaction_ = nullptr;
  const bool reusable = keep_alive_ && !one_client_each() && request_ended_ && writer_.empty() && begin_ == end_ &&
                        !peer_.ended && !peer_.failed && !upstream_.retired();
  if (!reusable) {
    if (request_ended_) note_drain();
    return end();
  }
  release_buffer();
  writer_.shrink();
  reused_ = true;
  idle_since_ = upstream_.engine().context.reactor.now();
  idle_until_ = idle_since_ + idle_time(upstream_.port().settings().timeouts.upstream_idle, endpoint_keep_alive_);
  upstream_.put_idle(*this);
}

void H1Backend::note_drain() const {
  auto& drains = upstream_.port().port().state->http->drains;
  if (upstream_.retired()) {
    drains.add(DrainReason::endpoint_gone);
  } else if (!keep_alive_) {
    drains.add(DrainReason::endpoint_goes);
  }
}

/// What the end of the connection says of the request.
http::AttemptFailure H1Backend::failure_at_end() const {
  if (connecting_) return http::AttemptFailure::not_connected;
  const bool began = end_ != begin_ || reading_ != Reading::head;
  if (began || peer_.aborted || !reused_) return http::AttemptFailure::reset;
  // The kernel counts the SYN as one.
  const std::uint64_t acknowledged = send_queue(peer_.fd.get()).bytes_acknowledged;
  return acknowledged <= written_before_ + 1 ? http::AttemptFailure::closed_unacknowledged
                                             : http::AttemptFailure::reset;
}

void H1Backend::fail(http::AttemptFailure failure) {
  Transaction* transaction = transaction_;
  end();
  if (transaction != nullptr) transaction->on_backend_failed(failure);
}

}  // namespace naru::proxy
