#include "proxy/http/socket_writer.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "http/h1_chunked.h"

namespace naru::proxy {
namespace {

iovec part(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

/// As send(2), of several parts. What does not fit leaves the peer unwritable, what fails leaves it failed.
std::size_t send_parts(Peer& peer, std::array<iovec, 3>& parts, std::size_t wanted) {
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  for (;;) {
    const auto sent = ::sendmsg(peer.fd.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      if (static_cast<std::size_t>(sent) < wanted) peer.writable = false;
      return static_cast<std::size_t>(sent);
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      peer.writable = false;
    } else {
      peer.failed = true;
      if (errno != EPIPE) peer.aborted = true;  // EPIPE: a reset that came after an end; what it said may still be read
    }
    return 0;
  }
}

}  // namespace

std::size_t SocketWriter::write(Peer& peer, std::string_view bytes, std::string_view tail) {
  // Copying costs less than a system call of its own, up to this.
  constexpr std::size_t kCopied = 4096;
  const bool few = bytes.size() <= kCopied && size() + bytes.size() <= 2 * kCopied;
  if (!few || !peer.writable) return send(peer, bytes, tail);
  pending_.append(bytes);
  pending_.append(tail);
  return bytes.size();
}

std::size_t SocketWriter::send(Peer& peer, std::string_view bytes, std::string_view tail) {
  const std::string_view held = std::string_view(pending_).substr(offset_);
  const std::size_t wanted = held.size() + bytes.size() + tail.size();
  if (wanted == 0) return 0;
  std::size_t sent = 0;
  if (peer.writable && !peer.failed) {
    std::array<iovec, 3> parts = {part(held), part(bytes), part(tail)};
    sent = send_parts(peer, parts, wanted);
    written_ += sent;
  }
  const std::size_t of_held = std::min(sent, held.size());
  const std::size_t taken = std::min(sent - of_held, bytes.size());
  offset_ += of_held;
  if (empty()) clear();
  if (taken == bytes.size()) pending_.append(tail.substr(sent - of_held - taken));
  return taken;
}

void SocketWriter::clear() {
  pending_.clear();
  offset_ = 0;
}

void SocketWriter::shrink() {
  constexpr std::size_t kKept = 2048;
  if (empty() && pending_.capacity() > kKept) std::string().swap(pending_);
}

std::size_t write_chunks(SocketWriter& writer, Peer& peer, std::size_t& chunk_left, std::string_view bytes, bool end) {
  constexpr std::string_view kEnd = "0\r\n\r\n";
  constexpr std::string_view kEndAfterData = "\r\n0\r\n\r\n";
  constexpr std::string_view kAfterData = kEndAfterData.substr(0, 2);
  if (bytes.empty()) {
    if (end) writer.write(peer, {}, kEnd);
    return 0;
  }
  std::size_t all_taken = 0;
  while (!bytes.empty()) {
    if (chunk_left == 0) {
      chunk_left = bytes.size();
      http::append_chunk_size(writer.pending(), chunk_left);
    }
    const std::string_view offered = bytes.substr(0, chunk_left);
    const bool last = end && offered.size() == bytes.size() && offered.size() == chunk_left;
    const std::string_view tail = offered.size() < chunk_left ? std::string_view{} : last ? kEndAfterData : kAfterData;
    const std::size_t taken = writer.write(peer, offered, tail);
    chunk_left -= taken;
    all_taken += taken;
    bytes.remove_prefix(taken);
    if (taken < offered.size()) break;
  }
  return all_taken;
}

}  // namespace naru::proxy
