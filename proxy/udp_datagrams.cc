#include "proxy/udp_datagrams.h"

#include <algorithm>
#include <cerrno>

#include "proxy/udp_rules.h"

namespace naru::proxy {

UdpInbox::UdpInbox() {
  for (std::size_t i = 0; i < DatagramBuffers::kCount; ++i) {
    receive_parts_[i] = {buffers_.at(i), DatagramBuffers::kSize};
    receive_[i].msg_hdr.msg_iov = &receive_parts_[i];
    receive_[i].msg_hdr.msg_iovlen = 1;
    receive_[i].msg_hdr.msg_name = sources_[i].get();
    send_[i].msg_hdr.msg_iov = &send_parts_[i];
    send_[i].msg_hdr.msg_iovlen = 1;
  }
}

int UdpInbox::receive(int fd) {
  for (mmsghdr& message : receive_) message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int count = ::recvmmsg(fd, receive_.data(), DatagramBuffers::kCount, 0, nullptr);
  for (std::size_t i = 0; static_cast<int>(i) < count; ++i) send_parts_[i] = {buffers_.at(i), receive_[i].msg_len};
  return count;
}

std::span<mmsghdr> UdpInbox::datagrams(std::size_t first, std::size_t last) {
  return std::span(send_).subspan(first, last - first);
}

UdpReplies::UdpReplies() {
  for (std::size_t i = 0; i < DatagramBuffers::kCount; ++i) {
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

UdpReplies::Received UdpReplies::receive(int fd, const SocketAddress& client, ReplySink& sink) {
  if (used_ == DatagramBuffers::kCount) flush();
  const std::size_t room = std::min(kRead, DatagramBuffers::kCount - used_);
  for (std::size_t i = used_; i < used_ + room; ++i) {
    parts_[i] = {buffers_.at(i), DatagramBuffers::kSize};
    messages_[i].msg_hdr.msg_name = nullptr;
    messages_[i].msg_hdr.msg_namelen = 0;
  }
  const int count = ::recvmmsg(fd, &messages_[used_], static_cast<unsigned>(room), 0, nullptr);
  if (count <= 0) return {count, 0, false};
  const runtime::KernelAddress to(client);
  std::uint64_t bytes = 0;
  for (const std::size_t end = used_ + static_cast<std::size_t>(count); used_ < end; ++used_) {
    bytes += parts_[used_].iov_len = messages_[used_].msg_len;
    clients_[used_] = to;
    sinks_[used_] = &sink;
    messages_[used_].msg_hdr.msg_name = clients_[used_].get();
    messages_[used_].msg_hdr.msg_namelen = to.size;
  }
  return {count, bytes, static_cast<std::size_t>(count) == room};
}

void UdpReplies::flush() {
  for (std::size_t first = 0; first < used_;) {
    std::size_t last = first + 1;
    while (last < used_ && sinks_[last] == sinks_[first]) ++last;
    send(first, last);
    first = last;
  }
  used_ = 0;
}

void UdpReplies::send(std::size_t first, std::size_t last) {
  ReplySink& sink = *sinks_[first];
  while (first < last) {
    const int count = ::sendmmsg(sink.reply_socket(), &messages_[first], static_cast<unsigned>(last - first), 0);
    if (count > 0) {
      first += static_cast<std::size_t>(count);
    } else if (classify_udp_failure(errno) != UdpFailure::interrupted) {
      // As a router with a full queue: UDP's users expect loss, and cannot use a datagram that comes late.
      sink.on_reply_dropped();
      ++first;
    }
  }
}

}  // namespace naru::proxy
