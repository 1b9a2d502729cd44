#include "lb/bfd/sockets.h"

#include <fmt/format.h>
#include <netinet/ip.h>

#include <cerrno>

#include "runtime/socket.h"

namespace naru::lb::bfd {
namespace {

constexpr std::uint16_t kFirstSourcePort = 49152;
constexpr std::uint32_t kSourcePorts = 65536 - kFirstSourcePort;
constexpr int kPortTries = 64;
// As much as a thousand peers at ten packets a second fill in the time of a stall that should not go unnoticed.
constexpr int kReceiveBuffer = 4 << 20;

runtime::UniqueFd udp_socket(Family family) {
  const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
  return runtime::UniqueFd(::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool set(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool bind_to(int fd, const SocketAddress& address) {
  const runtime::KernelAddress kernel(address);
  return ::bind(fd, kernel.get(), kernel.size) == 0;
}

IpAddress any(Family family) {
  return family == Family::ipv4 ? IpAddress() : IpAddress::v6({});
}

bool ask_for_details(int fd, Family family) {
  if (family == Family::ipv4) return set(fd, IPPROTO_IP, IP_PKTINFO, 1) && set(fd, IPPROTO_IP, IP_RECVTTL, 1);
  return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
         set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

/// Routers' control traffic goes before the rest: CS6 in the header, and the queues of our own interfaces.
bool mark_as_control(int fd, Family family) {
  constexpr int kInternetControl = 0xc0;
  const bool marked = family == Family::ipv4
                          ? set(fd, IPPROTO_IP, IP_TTL, 255) && set(fd, IPPROTO_IP, IP_TOS, kInternetControl)
                          : set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255) &&
                                set(fd, IPPROTO_IPV6, IPV6_TCLASS, kInternetControl);
  return marked && set(fd, SOL_SOCKET, SO_PRIORITY, 6);
}

}  // namespace

std::set<ListenAt> listen_points(const std::map<SessionKey, SessionSettings>& sessions) {
  std::set<ListenAt> points;
  for (const auto& [key, settings] : sessions) points.insert({key.peer.family(), settings.multihop, key.local});
  std::set<ListenAt> needed;
  for (const ListenAt& point : points) {
    const ListenAt all{point.family, point.multihop, std::nullopt};
    needed.insert(points.contains(all) ? all : point);
  }
  return needed;
}

Result<runtime::UniqueFd> open_receiver(const ListenAt& at) {
  const SocketAddress address{at.local.value_or(any(at.family)), at.multihop ? kMultihopPort : kSingleHopPort};
  const auto failed = [&] {
    return runtime::socket_error(errno, fmt::format("BFD cannot listen on {}", address.to_string()));
  };
  runtime::UniqueFd fd = udp_socket(at.family);
  if (!fd || !ask_for_details(fd.get(), at.family)) return failed();
  if (!set(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer)) set(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  // Neither SO_REUSEADDR nor SO_REUSEPORT: with another daemon on the port, one of both would be deaf and not know.
  if (!bind_to(fd.get(), address)) return failed();
  return fd;
}

Result<runtime::UniqueFd> open_sender(const SessionKey& key, Random& random) {
  const Family family = key.peer.family();
  const IpAddress local = key.local.value_or(any(family));
  runtime::UniqueFd fd = udp_socket(family);
  bool ready = fd && mark_as_control(fd.get(), family);
  set(fd.get(), SOL_SOCKET, SO_RCVBUF, 0);  // nothing is read from it
  for (int tries = 0; ready && tries < kPortTries; ++tries) {
    const auto port = static_cast<std::uint16_t>(kFirstSourcePort + random.below(kSourcePorts));
    if (bind_to(fd.get(), {local, Port(port)})) return fd;
    ready = errno == EADDRINUSE;
  }
  return runtime::socket_error(errno, fmt::format("BFD cannot send from {}", local.to_string()));
}

int send_packet(int fd, const IpAddress& peer, bool multihop, const PacketBytes& bytes) {
  const runtime::KernelAddress to({peer, multihop ? kMultihopPort : kSingleHopPort});
  const auto sent = ::sendto(fd, bytes.data(), bytes.size(), MSG_DONTWAIT, to.get(), to.size);
  return sent < 0 ? errno : 0;
}

}  // namespace naru::lb::bfd
