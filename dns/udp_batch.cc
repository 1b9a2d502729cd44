#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dns/udp_server.h"

namespace naru::dns {
namespace {

/// Which interface a datagram came in by must not bind its answer, but for link-local addresses: routes may differ.
void forget_interface(UdpPeer& peer) {
  auto* header = reinterpret_cast<cmsghdr*>(peer.control.data());
  if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
    reinterpret_cast<in_pktinfo*>(CMSG_DATA(header))->ipi_ifindex = 0;
  } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
    auto* info = reinterpret_cast<in6_pktinfo*>(CMSG_DATA(header));
    if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
  }
}

}  // namespace

UdpBatch::UdpBatch() : in_{}, out_{} {
  for (std::size_t i = 0; i < kSize; ++i) {
    in_vectors_[i] = {queries_[i].data(), kMaxQuery};
    in_[i].msg_hdr.msg_name = &peers_[i].address;
    in_[i].msg_hdr.msg_iov = &in_vectors_[i];
    in_[i].msg_hdr.msg_iovlen = 1;
    out_[i].msg_hdr.msg_iov = &out_vectors_[i];
    out_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::size_t UdpBatch::receive(int fd, bool with_control) {
  out_count_ = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    msghdr& header = in_[i].msg_hdr;
    header.msg_namelen = sizeof peers_[i].address;
    header.msg_control = with_control ? peers_[i].control.data() : nullptr;
    header.msg_controllen = with_control ? peers_[i].control.size() : 0;
  }
  const int count = ::recvmmsg(fd, in_.data(), kSize, MSG_DONTWAIT, nullptr);
  return static_cast<std::size_t>(std::max(0, count));
}

SocketAddress UdpBatch::client(std::size_t i) const {
  const auto& address = peers_[i].address;
  if (address.any.sa_family == AF_INET) {
    return {IpAddress::v4(ntohl(address.v4.sin_addr.s_addr)), Port(ntohs(address.v4.sin_port))};
  }
  return {IpAddress::v6(std::to_array(address.v6.sin6_addr.s6_addr)), Port(ntohs(address.v6.sin6_port))};
}

const UdpPeer& UdpBatch::peer(std::size_t i) {
  UdpPeer& peer = peers_[i];
  peer.address_size = in_[i].msg_hdr.msg_namelen;
  peer.control_size = in_[i].msg_hdr.msg_controllen;
  if (peer.control_size >= sizeof(cmsghdr)) forget_interface(peer);
  return peer;
}

void UdpBatch::queue(std::size_t i, std::size_t size) {
  const UdpPeer& to = peer(i);
  out_vectors_[out_count_] = {replies_[i].data(), size};
  msghdr& header = out_[out_count_].msg_hdr;
  header.msg_name = in_[i].msg_hdr.msg_name;
  header.msg_namelen = to.address_size;
  header.msg_control = to.control_size > 0 ? in_[i].msg_hdr.msg_control : nullptr;
  header.msg_controllen = to.control_size;
  ++out_count_;
}

void UdpBatch::send(int fd, Metrics& metrics) {
  for (std::size_t done = 0; done < out_count_;) {
    const int sent = ::sendmmsg(fd, &out_[done], static_cast<unsigned>(out_count_ - done), MSG_DONTWAIT);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      for (; done < out_count_; ++done) metrics.drop(DropReason::send_buffer_full);
    } else if (errno != EINTR) {
      metrics.drop(DropReason::send_failed);  // this one, for whatever is wrong with its client
      ++done;
    }
  }
}

}  // namespace naru::dns
