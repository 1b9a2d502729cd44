// Datagrams in batches: one system call for many.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "base/address.h"
#include "runtime/socket.h"

namespace naru::proxy {

/// Memory for a batch of datagrams of any length. One per worker and direction: what is not used is never touched, and
/// so costs no memory.
class DatagramBuffers {
 public:
  static constexpr std::size_t kCount = 32;
  static constexpr std::size_t kSize = 65'536;  // no datagram is longer, so none is ever cut off

  [[nodiscard]] std::byte* at(std::size_t index) const { return memory_.get() + index * kStride; }

 private:
  // Not a power of two: the beginnings of all buffers would fall into one set of the processor's caches.
  static constexpr std::size_t kStride = kSize + 192;

  std::unique_ptr<std::byte[]> memory_{std::make_unique_for_overwrite<std::byte[]>(kCount * kStride)};
};

/// A batch read from a frontend's socket: datagrams with the clients they came from, ready to be sent on.
class UdpInbox {
 public:
  UdpInbox();

  /// Replaces the batch by what `fd` has; returns how many, at most DatagramBuffers::kCount, or -1 with errno.
  int receive(int fd);
  [[nodiscard]] SocketAddress source(std::size_t index) const { return sources_[index].address(); }
  /// Datagrams `first` up to and not with `last`, in the form in which a connected socket sends them.
  [[nodiscard]] std::span<mmsghdr> datagrams(std::size_t first, std::size_t last);

 private:
  DatagramBuffers buffers_;
  std::array<runtime::KernelAddress, DatagramBuffers::kCount> sources_;
  std::array<iovec, DatagramBuffers::kCount> receive_parts_{};
  std::array<mmsghdr, DatagramBuffers::kCount> receive_{};
  std::array<iovec, DatagramBuffers::kCount> send_parts_{};
  std::array<mmsghdr, DatagramBuffers::kCount> send_{};
};

/// Where replies go out.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  [[nodiscard]] virtual int reply_socket() const = 0;
  /// The kernel did not take a reply.
  virtual void on_reply_dropped() = 0;
};

/// Replies of many flows on their way to clients: read from endpoints' sockets now, sent when full or flush()ed.
class UdpReplies {
 public:
  UdpReplies();

  struct Received {
    int count{};  // or -1, with errno
    std::uint64_t bytes{};
    bool more{};  // the socket may have more
  };
  /// Reads what `fd` has, for `client`, who gets it from `sink`. `sink` must outlive the next flush().
  Received receive(int fd, const SocketAddress& client, ReplySink& sink);
  void flush();
  [[nodiscard]] bool empty() const { return used_ == 0; }

 private:
  static constexpr std::size_t kRead = 8;  // at most from one flow at once, so that small batches prepare few headers

  void send(std::size_t first, std::size_t last);

  DatagramBuffers buffers_;
  std::size_t used_{0};
  std::array<runtime::KernelAddress, DatagramBuffers::kCount> clients_;
  std::array<ReplySink*, DatagramBuffers::kCount> sinks_{};
  std::array<iovec, DatagramBuffers::kCount> parts_{};
  std::array<mmsghdr, DatagramBuffers::kCount> messages_{};
};

}  // namespace naru::proxy
