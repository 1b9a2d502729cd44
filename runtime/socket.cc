#include "runtime/socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

#include "runtime/host_addresses.h"

namespace naru::runtime {

KernelAddress::KernelAddress(const SocketAddress& address) {
  if (address.ip.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(address.port.value());
    std::memcpy(&in.sin_addr, address.ip.bytes().data(), 4);
    std::memcpy(&storage, &in, sizeof in);
    size = sizeof in;
  } else {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(address.port.value());
    std::memcpy(&in6.sin6_addr, address.ip.bytes().data(), 16);
    std::memcpy(&storage, &in6, sizeof in6);
    size = sizeof in6;
  }
}

SocketAddress KernelAddress::address() const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return {IpAddress::v4(ntohl(in.sin_addr.s_addr)), Port(ntohs(in.sin_port))};
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &storage, sizeof in6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in6.sin6_addr, 16);
    return {IpAddress::v6(bytes), Port(ntohs(in6.sin6_port))};
  }
  return {};
}

namespace {

Errc kind_of(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return Errc::permission;
    case EADDRINUSE:
      return Errc::conflict;
    case EADDRNOTAVAIL:
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Errc::unavailable;
    case EAGAIN:  // connect(2): no local port is left
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return Errc::exhausted;
    default:
      return Errc::io;
  }
}

std::string_view advice(int error_number) {
  switch (error_number) {
    case EACCES:
      return " (ports below 1024 need CAP_NET_BIND_SERVICE: run as root, `setcap cap_net_bind_service=+ep` on the "
             "binary, "
             "AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit, or sysctl "
             "net.ipv4.ip_unprivileged_port_start)";
    case EADDRINUSE:
      return " (another program has the port; `ss -tulpn` shows which)";
    case EADDRNOTAVAIL:
      return " (the address is not this host's; naru adds a local route for it if it has CAP_NET_ADMIN)";
    case EMFILE:
    case ENFILE:
      return " (raise LimitNOFILE= in the systemd unit, or `ulimit -n`)";
    default:
      return "";
  }
}

UniqueFd open_socket(const SocketAddress& address, int type) {
  return UniqueFd(::socket(address.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool set_option(const UniqueFd& fd, int level, int name, int value) {
  return ::setsockopt(fd.get(), level, name, &value, sizeof value) == 0;
}

/// IPv4 takes an address within a local route as the host's own; IPv6 wants an interface to have it, or to be told that
/// we know what we do. (Only then: to bind to an address that will never receive anything is a mistake worth
/// reporting.)
bool in_local_route(const IpAddress& address) {
  if (address.is_v4()) return false;
  const auto local = is_local(address);
  errno = EADDRNOTAVAIL;
  return local && *local;
}

/// A socket bound to `address` with SO_REUSEPORT.
Result<UniqueFd> bound_socket(const SocketAddress& address, int type, std::string_view what,
                              Presence presence = Presence::required) {
  const auto fail = [&] {
    return socket_error(errno, fmt::format("cannot listen on {} {}", what, address.to_string()));
  };
  UniqueFd fd = open_socket(address, type);
  if (!fd) return fail();
  if (!set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return fail();
  // TCP only: on UDP it would let a second program share the port without SO_REUSEPORT's fair spread.
  if (type == SOCK_STREAM && !set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return fail();
  if (!address.ip.is_v4() && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return fail();
  const KernelAddress kernel(address);
  if (::bind(fd.get(), kernel.get(), kernel.size) == 0) return fd;
  const bool expected = presence == Presence::later && !address.ip.is_v4();
  if (errno != EADDRNOTAVAIL || !(expected || in_local_route(address.ip))) return fail();
  if (!set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1) || ::bind(fd.get(), kernel.get(), kernel.size) != 0)
    return fail();
  return fd;
}

}  // namespace

void set_buffers(int fd, int bytes) {
  const auto set = [&](int name) { return ::setsockopt(fd, SOL_SOCKET, name, &bytes, sizeof bytes) == 0; };
  // FORCE goes past net.core.*mem_max where we have CAP_NET_ADMIN; the plain option takes what is allowed.
  if (!set(SO_RCVBUFFORCE)) set(SO_RCVBUF);
  if (!set(SO_SNDBUFFORCE)) set(SO_SNDBUF);
}

Error socket_error(int error_number, const std::string& what) {
  return Error{kind_of(error_number), fmt::format("{}: {}{}", what, std::strerror(error_number), advice(error_number))};
}

Result<UniqueFd> listen_tcp(const SocketAddress& address, int backlog) {
  auto fd = bound_socket(address, SOCK_STREAM, "TCP");
  if (!fd) return fd;
  set_option(*fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (::listen(fd->get(), backlog) != 0) {
    return socket_error(errno, fmt::format("cannot listen on TCP {}", address.to_string()));
  }
  return fd;
}

Result<UniqueFd> bind_udp(const SocketAddress& address, int buffer_bytes, Presence presence) {
  auto fd = bound_socket(address, SOCK_DGRAM, "UDP", presence);
  if (!fd) return fd;
  set_buffers(fd->get(), buffer_bytes);
  return fd;
}

Result<Connecting> connect_tcp(const SocketAddress& to) {
  Connecting connecting{open_socket(to, SOCK_STREAM), false};
  if (!connecting.fd) return socket_error(errno, "socket");
  set_option(connecting.fd, IPPROTO_TCP, TCP_NODELAY, 1);
  const KernelAddress kernel(to);
  if (::connect(connecting.fd.get(), kernel.get(), kernel.size) != 0) {
    if (errno != EINPROGRESS) return socket_error(errno, fmt::format("cannot connect to {}", to.to_string()));
    connecting.in_progress = true;
  }
  return connecting;
}

Result<UniqueFd> connect_udp(const SocketAddress& to) {
  UniqueFd fd = open_socket(to, SOCK_DGRAM);
  if (!fd) return socket_error(errno, "socket");
  const KernelAddress kernel(to);
  if (::connect(fd.get(), kernel.get(), kernel.size) != 0) {
    return socket_error(errno, fmt::format("cannot connect to {}", to.to_string()));
  }
  return fd;
}

Result<UniqueFd> duplicate(int fd) {
  UniqueFd other(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!other) return socket_error(errno, "cannot duplicate a socket");
  return other;
}

Result<void> prepare_passed(int fd, Protocol protocol, int buffer_bytes, int backlog) {
  if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return socket_error(errno, "cannot use a socket that was passed");
  if (protocol == Protocol::tcp) {
    const int on = 1;
    static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    if (::listen(fd, backlog) != 0) return socket_error(errno, "cannot listen on a socket that was passed");
    return {};
  }
  int has = 0;
  socklen_t size = sizeof has;
  // The kernel tells twice what was asked for: its own overhead.
  const bool told = ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &has, &size) == 0;
  if (!told || has / 2 < buffer_bytes) set_buffers(fd, buffer_bytes);
  return {};
}

bool is_taken(const SocketAddress& address) {
  const UniqueFd fd = open_socket(address, SOCK_DGRAM);
  const KernelAddress kernel(address);
  return fd && ::bind(fd.get(), kernel.get(), kernel.size) != 0 && errno == EADDRINUSE;
}

void reset_on_close(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace naru::runtime
