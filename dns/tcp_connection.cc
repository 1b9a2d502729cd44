#include "dns/tcp_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace naru::dns {
namespace {

constexpr std::size_t kLengthSize = 2;          // RFC 1035 4.2.2
constexpr int kReadsPerTurn = 16;               // then it is others' turn
constexpr std::size_t kMostUnsent = 4 * 65536;  // behind a slow reader
constexpr std::size_t kRoomForReply = kLengthSize + kMaxMessageSize;

}  // namespace

TcpConnection::TcpConnection(TcpConnections& all, std::uint64_t id, runtime::UniqueFd fd, const SocketAddress& client)
    : all_(all),
      id_(id),
      fd_(std::move(fd)),
      client_{Transport::tcp, client},
      last_progress_(all.serving_.reactor().now()) {}

TcpConnection::~TcpConnection() {
  close();
}

void TcpConnection::close() {
  if (!std::exchange(closed_, true)) all_.serving_.reactor().remove(fd_.get(), *this);
  fd_.reset();
}

bool TcpConnection::watch() {
  return all_.serving_.reactor().add(fd_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this);
}

void TcpConnection::on_ready(std::uint32_t events) noexcept {
  if (closed_) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return all_.end(*this);
  if ((events & EPOLLOUT) != 0) send_unsent();
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) readable_ = true;
  if (!closed_) read();
}

bool TcpConnection::may_read() const {
  return !closed_ && readable_ && !ended_by_client_ && !all_.finishing_ && unsent_.empty() &&
         unanswered_ < all_.options_.max_pipelined;
}

void TcpConnection::read() {
  auto& input = all_.input_;
  for (int i = 0; i < kReadsPerTurn && may_read(); ++i) {
    std::memcpy(input.data(), partial_.data(), partial_.size());
    const auto got = ::recv(fd_.get(), input.data() + partial_.size(), input.size() - partial_.size(), 0);
    if (got > 0) {
      take_messages(partial_.size() + static_cast<std::size_t>(got));
    } else if (got == 0) {
      ended_by_client_ = true;
    } else if (errno == EAGAIN) {
      readable_ = false;
    } else if (errno != EINTR) {
      return all_.end(*this);
    }
  }
  if (may_read()) {
    // More than our share for now; the edge would not come again by itself.
    static_cast<void>(all_.serving_.reactor().modify(fd_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this));
  }
  end_if_done();
}

void TcpConnection::take_messages(std::size_t size) {
  const std::span<const std::uint8_t> input(all_.input_.data(), size);
  std::size_t at = 0;
  while (!closed_ && unanswered_ < all_.options_.max_pipelined && size - at >= kLengthSize) {
    const std::size_t length = get16(input, at);
    if (size - at - kLengthSize < length) break;
    take_message(input.subspan(at + kLengthSize, length));
    at += kLengthSize + length;
  }
  if (closed_) return;
  partial_.assign(reinterpret_cast<const char*>(input.data()) + at, size - at);
  // A string keeps its room: give back what a single big message took.
  if (partial_.empty() && partial_.capacity() > 512) partial_ = {};
  if (at > 0) all_.touched(*this);
  send_output();
}

void TcpConnection::take_message(std::span<const std::uint8_t> message) {
  if (all_.output_.size() - output_size_ < kRoomForReply) send_output();
  if (closed_) return;
  const auto room = std::span(all_.output_).subspan(output_size_ + kLengthSize);
  Serving::Prepared prepared;
  all_.serving_.parse(message, prepared);
  all_.serving_.find(prepared);
  const Answer answered = all_.serving_.serve(message, prepared, client_, room);
  if (answered.action == Action::reply) {
    put16(all_.output_.data() + output_size_, answered.size);
    output_size_ += kLengthSize + answered.size;
  } else if (answered.action == Action::forward) {
    forward(prepared, answered, room);
  } else {
    all_.cut(*this, CutReason::bad_message);  // not to be in step with it any more
  }
}

void TcpConnection::forward(Serving::Prepared& prepared, const Answer& answered, std::span<const std::uint8_t> out) {
  ++unanswered_;
  auto reply = [&all = all_, id = id_, alive = std::weak_ptr<int>(all_.alive_)](std::span<const std::uint8_t> bytes) {
    if (alive.expired()) return;
    if (TcpConnection* connection = all.find(id)) return connection->on_forwarded(bytes);
    all.serving_.metrics().drop(DropReason::client_gone);
  };
  all_.serving_.forward(prepared, answered, out, client_, std::move(reply));
}

void TcpConnection::on_forwarded(std::span<const std::uint8_t> reply) {
  --unanswered_;
  put16(all_.output_.data(), reply.size());
  std::memcpy(all_.output_.data() + kLengthSize, reply.data(), reply.size());
  output_size_ = kLengthSize + reply.size();
  send_output();
  if (closed_) return;
  all_.touched(*this);
  // Messages that had come before the limit was reached wait in partial_.
  if (!partial_.empty() && !all_.finishing_) {
    std::memcpy(all_.input_.data(), partial_.data(), partial_.size());
    take_messages(partial_.size());
  }
  if (!closed_) read();
}

void TcpConnection::send_output() {
  const auto* bytes = reinterpret_cast<const char*>(all_.output_.data());
  const std::size_t size = std::exchange(output_size_, 0);
  if (size == 0 || closed_) return;
  std::size_t sent = 0;
  if (unsent_.empty()) {
    const auto result = ::send(fd_.get(), bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (result < 0 && errno != EAGAIN && errno != EINTR) return all_.end(*this);
    sent = static_cast<std::size_t>(std::max<ssize_t>(0, result));
  }
  if (unsent_.size() + size - sent > kMostUnsent) return all_.cut(*this, CutReason::slow_reader);
  unsent_.append(bytes + sent, size - sent);
}

void TcpConnection::send_unsent() {
  while (!unsent_.empty()) {
    const auto sent = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return all_.end(*this);
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  if (unsent_.capacity() > 64) {
    unsent_ = {};
    all_.touched(*this);  // only now: taking a byte now and then is no progress
  }
}

void TcpConnection::finish() {
  if (!closed_) end_if_done();
}

void TcpConnection::end_if_done() {
  if (!closed_ && idle() && (ended_by_client_ || all_.finishing_)) all_.end(*this);
}

}  // namespace naru::dns
