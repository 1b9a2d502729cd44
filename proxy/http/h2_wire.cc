#include "proxy/http/h2_wire.h"

#include <sys/socket.h>

#include <cerrno>

namespace naru::proxy {
namespace {

// What one connection may read before the worker's others have their turn.
constexpr std::uint64_t kTurn = 1024 * 1024;

}  // namespace

H2Wire::Result H2Wire::read(BufferPool& buffers, TimePoint now, bool& yielded) {
  if (!peer_.readable) return Result::good;
  BufferPool::Buffer buffer = buffers.get();
  Result result = Result::good;
  const std::uint64_t end_of_turn = bytes_read_ + kTurn;
  while (result == Result::good && peer_.readable && !yielded) {
    const auto got = ::recv(peer_.fd.get(), buffer.get(), BufferPool::kSize, 0);
    if (got > 0) {
      const auto size = static_cast<std::size_t>(got);
      bytes_read_ += size;
      if (!session_.receive({buffer.get(), size}, now)) result = Result::over;
      // A stream that gives less than was asked for is empty; its end would be the next thing to read.
      if (size < BufferPool::kSize && !peer_.ended && !peer_.failed) peer_.readable = false;
      yielded = bytes_read_ >= end_of_turn;
    } else if (got == 0) {
      peer_.readable = false;
      result = Result::ended;
    } else if (errno == EAGAIN) {
      peer_.readable = false;
    } else if (errno != EINTR) {
      peer_.failed = peer_.aborted = true;
      result = Result::failed;
    }
  }
  buffers.put(std::move(buffer));
  return result;
}

H2Wire::Result H2Wire::write() {
  while (peer_.writable && !peer_.failed) {
    const std::string_view bytes = first_.empty() ? session_.output() : first_;
    if (bytes.empty()) break;
    const auto sent = ::send(peer_.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      const auto size = static_cast<std::size_t>(sent);
      if (size < bytes.size()) peer_.writable = false;
      note_sent(size);
    } else if (errno == EAGAIN) {
      peer_.writable = false;
    } else if (errno != EINTR) {
      peer_.failed = true;
      if (errno != EPIPE) peer_.aborted = true;  // EPIPE: a reset after an end; what it said may still be read
    }
  }
  if (peer_.failed) return Result::failed;
  return session_.fault() == http::H2Fault::none ? Result::good : Result::over;
}

void H2Wire::note_sent(std::size_t size) {
  bytes_written_ += size;
  if (first_.empty()) return session_.output_written(size);
  first_.erase(0, size);
}

}  // namespace naru::proxy
