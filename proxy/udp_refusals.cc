#include "proxy/udp_refusals.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <cstring>

#include "proxy/port_unreachable.h"
#include "runtime/socket.h"

namespace naru::proxy {
namespace {

constexpr int kRawIcmpFilter = 1;  // ICMP_FILTER of <linux/icmp.h>, which does not go with <netinet/ip_icmp.h>

/// Such a socket gets a copy of all ICMP that the host receives: none is wanted.
runtime::UniqueFd open_v4() {
  runtime::UniqueFd fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP));
  const std::uint32_t all = 0xffffffff;
  const int on = 1;
  if (!fd || ::setsockopt(fd.get(), SOL_RAW, kRawIcmpFilter, &all, sizeof all) != 0) return {};
  (void)::setsockopt(fd.get(), IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  return fd;
}

/// IPV6_FREEBIND: addresses of a local route, as those of service CIDRs, are on no interface.
runtime::UniqueFd open_v6() {
  runtime::UniqueFd fd(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6));
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  const int on = 1;
  if (!fd || ::setsockopt(fd.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) != 0) return {};
  (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
  return fd;
}

/// From the address that the datagram was sent to.
template <class Info>
void set_source(msghdr& message, std::span<std::byte> room, int level, int type, const Info& info) {
  message.msg_control = room.data();
  message.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
}

}  // namespace

int UdpRefusals::socket_for(Family family) {
  Socket& socket = family == Family::ipv4 ? v4_ : v6_;
  if (!socket.tried) socket.fd = family == Family::ipv4 ? open_v4() : open_v6();
  socket.tried = true;
  return socket.fd.get();
}

UdpRefusals::Result UdpRefusals::refuse(const SocketAddress& client, const SocketAddress& address, std::size_t size,
                                        TimePoint now) {
  const int fd = socket_for(client.ip.family());
  if (fd < 0) return Result::not_permitted;
  if (!bucket_.take(now)) return Result::limited;
  const PortUnreachable about(client, address, size);
  runtime::KernelAddress to(SocketAddress{client.ip, Port()});
  iovec part{const_cast<std::byte*>(about.bytes().data()), about.bytes().size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> room{};
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (client.ip.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, address.ip.bytes().data(), sizeof info.ipi_spec_dst);
    set_source(message, room, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, address.ip.bytes().data(), sizeof info.ipi6_addr);
    set_source(message, room, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  return ::sendmsg(fd, &message, 0) >= 0 ? Result::sent : Result::failed;
}

}  // namespace naru::proxy
