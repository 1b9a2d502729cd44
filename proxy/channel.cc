#include "proxy/channel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace naru::proxy {
namespace {

// What one flow may move before the worker's others have their turn: below a millisecond of work.
constexpr std::uint64_t kTurn = 2 * 1024 * 1024;

// A read of that much at once counts towards being bulky, and so many in a row are.
constexpr std::size_t kBulkyRead = 32 * 1024;
constexpr std::uint8_t kBulkyReads = 4;

constexpr unsigned kSpliceFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

}  // namespace

void Peer::note(std::uint32_t epoll_events) {
  if ((epoll_events & EPOLLOUT) != 0) writable = true;
  if ((epoll_events & EPOLLRDHUP) != 0) ended = true;
  if ((epoll_events & EPOLLPRI) != 0) urgent = true;
  if ((epoll_events & EPOLLERR) != 0) failed = true;
  if ((epoll_events & ~std::uint32_t{EPOLLOUT}) != 0) readable = true;
}

Progress Channel::pump(Peer& source, Peer& sink, Pools& pools) {
  const std::uint64_t start = bytes_read_;
  for (;;) {
    while (holds_bytes()) {
      const Step step = drain(sink, pools);
      if (step == Step::blocked) return Progress::blocked;
      if (step == Step::failed) return Progress::sink_failed;
    }
    release(pools);
    if (source_ended_) return Progress::finished;
    if (!source.readable) return Progress::blocked;
    if (bytes_read_ - start >= kTurn) return Progress::yielded;
    if (fill(source, pools) == Step::failed) return Progress::source_failed;
  }
}

Channel::Step Channel::fill(Peer& source, Pools& pools) {
  if (bulk_ && !pipe_) pipe_ = pools.pipes.get();
  return bulk_ && pipe_ ? splice_in(source) : copy_in(source, pools);
}

Channel::Step Channel::copy_in(Peer& source, Pools& pools) {
  if (!buffer_) buffer_ = pools.buffers.get();
  const auto got = ::recv(source.fd.get(), buffer_.get(), BufferPool::kSize, 0);
  const Step step = after_read(source, got, BufferPool::kSize);
  if (got <= 0) return step;
  begin_ = 0;
  end_ = static_cast<std::size_t>(got);
  tell_copied({buffer_.get(), end_});
  bulky_reads_ = end_ >= kBulkyRead ? static_cast<std::uint8_t>(bulky_reads_ + 1) : std::uint8_t{0};
  if (bulky_reads_ == kBulkyReads && !discarding_) bulk_ = true;
  return step;
}

Channel::Step Channel::splice_in(Peer& source) {
  const auto got = ::splice(source.fd.get(), nullptr, pipe_->in.get(), nullptr, PipePool::kSize, kSpliceFlags);
  // How much a pipe takes depends on how the bytes lie in the kernel, so a short splice does not mean that the socket
  // is empty.
  const Step step = after_read(source, got, 0);
  if (got <= 0) return step;
  in_pipe_ = static_cast<std::size_t>(got);
  tell_spliced(in_pipe_);
  if (in_pipe_ >= kBulkyRead / 4) {
    bulky_reads_ = kBulkyReads;
  } else if (--bulky_reads_ == 0) {
    bulk_ = false;
  }
  return step;
}

/// `room`: what was asked for; a stream that gives less is empty.
Channel::Step Channel::after_read(Peer& source, long got, std::size_t room) {
  if (got > 0) {
    bytes_read_ += static_cast<std::uint64_t>(got);
    const bool empty = static_cast<std::size_t>(got) < room && !source.urgent && !source.failed;
    if (empty) source.readable = false;
    if (empty && source.ended) source_ended_ = true;
    return Step::moved;
  }
  if (got == 0 && !source.aborted) {
    source_ended_ = true;
    return Step::moved;
  }
  if (got < 0 && errno == EAGAIN) {
    source.readable = false;
    return Step::blocked;
  }
  if (got < 0 && errno == EINTR) return Step::moved;
  source.failed = source.aborted = true;
  return Step::failed;
}

Channel::Step Channel::drain(Peer& sink, Pools& pools) {
  if (discarding_) {
    discard(pools);
    return Step::moved;
  }
  if (!sink.writable) return Step::blocked;
  if (in_pipe_ == 0) {
    const auto sent = ::send(sink.fd.get(), buffer_.get() + begin_, end_ - begin_, MSG_NOSIGNAL);
    const Step step = after_write(sink, sent, end_ - begin_);
    if (sent > 0) begin_ += static_cast<std::size_t>(sent);
    return step;
  }
  const auto sent = ::splice(pipe_->out.get(), nullptr, sink.fd.get(), nullptr, in_pipe_, kSpliceFlags);
  const Step step = after_write(sink, sent, 0);
  if (sent > 0) in_pipe_ -= static_cast<std::size_t>(sent);
  return step;
}

/// `wanted`: what was offered; a socket that takes less is full.
Channel::Step Channel::after_write(Peer& sink, long sent, std::size_t wanted) {
  if (sent >= 0) {
    bytes_passed_ += static_cast<std::uint64_t>(sent);
    if (static_cast<std::size_t>(sent) < wanted) sink.writable = false;
    return Step::moved;
  }
  if (errno == EAGAIN) {
    sink.writable = false;
    return Step::blocked;
  }
  if (errno == EINTR) return Step::moved;
  sink.failed = true;
  // Reporting the error has used it up: a read would now look like a clean end. EPIPE is what a reset *after* a FIN
  // reports.
  if (errno != EPIPE) sink.aborted = true;
  return Step::failed;
}

void Channel::discard(Pools& pools) {
  discarding_ = true;
  bulk_ = false;
  begin_ = end_ = in_pipe_ = 0;
  pipe_.reset();  // with what is in it
  release(pools);
}

void Channel::rewind(std::string_view bytes, Pools& pools) {
  begin_ = 0;
  end_ = bytes.size();
  if (end_ != 0 && !buffer_) buffer_ = pools.buffers.get();
  if (end_ != 0) std::memcpy(buffer_.get(), bytes.data(), end_);
  bytes_passed_ = 0;
  discarding_ = false;
}

void Channel::preload(std::string_view bytes, Pools& pools) {
  rewind(bytes, pools);
  bytes_read_ = bytes.size();
  if (!bytes.empty()) tell_copied(bytes);
}

void Channel::tell_copied(std::string_view bytes) {
  from_ == From::client ? exchange_.client_sent(bytes) : exchange_.endpoint_sent(bytes);
}

void Channel::tell_spliced(std::uint64_t size) {
  from_ == From::client ? exchange_.client_spliced() : exchange_.endpoint_spliced(size);
}

void Channel::release(Pools& pools) {
  if (buffer_ && begin_ == end_) pools.buffers.put(std::exchange(buffer_, nullptr));
  if (pipe_ && in_pipe_ == 0) pools.pipes.put(*std::exchange(pipe_, std::nullopt));
}

}  // namespace naru::proxy
