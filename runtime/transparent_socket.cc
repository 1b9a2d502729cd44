#include "runtime/transparent_socket.h"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <cerrno>

namespace naru::runtime {
namespace {

bool set_option(const UniqueFd& fd, int level, int name) {
  const int on = 1;
  return ::setsockopt(fd.get(), level, name, &on, sizeof on) == 0;
}

bool set_transparent(const UniqueFd& fd, Family family) {
  return family == Family::ipv4 ? set_option(fd, IPPROTO_IP, IP_TRANSPARENT)
                                : set_option(fd, IPPROTO_IPV6, IPV6_TRANSPARENT);
}

/// A socket bound to `from`; with port 0, which port that is shows when it is connected, so that one may be used to
/// many places at once.
Result<UniqueFd> bound_socket(const SocketAddress& from, int type) {
  const int domain = from.ip.is_v4() ? AF_INET : AF_INET6;
  UniqueFd fd(::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return socket_error(errno, "socket");
  const auto fail = [&] {
    Error error = socket_error(errno, fmt::format("cannot connect from {}", from.to_string()));
    // Whatever else is wrong with the address, it is not about whom is connected to.
    if (error.code != Errc::permission && error.code != Errc::exhausted) error.code = Errc::conflict;
    return error;
  };
  if (!set_transparent(fd, from.ip.family())) return fail();
  // TCP: several connections, to different places or ended but not forgotten, may be from one port.
  if (type == SOCK_STREAM && !set_option(fd, SOL_SOCKET, SO_REUSEADDR)) return fail();
  if (from.port == Port()) set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const KernelAddress kernel(from);
  if (::bind(fd.get(), kernel.get(), kernel.size) != 0) return fail();
  return fd;
}

/// The kernel has another connection from there to there, or one that ended lately.
bool is_taken(int error_number) {
  return error_number == EADDRNOTAVAIL || error_number == EADDRINUSE;
}

}  // namespace

Result<Connecting> connect_tcp_from(const SocketAddress& from, const SocketAddress& to) {
  const SocketAddress any_port{from.ip, Port()};
  const bool may_change = from.port != Port();
  auto fd = bound_socket(from, SOCK_STREAM);
  if (!fd && fd.error().code == Errc::conflict && may_change) return connect_tcp_from(any_port, to);
  if (!fd) return fd.error();
  set_option(*fd, IPPROTO_TCP, TCP_NODELAY);
  const KernelAddress kernel(to);
  if (::connect(fd->get(), kernel.get(), kernel.size) == 0) return Connecting{std::move(*fd), false};
  if (errno == EINPROGRESS) return Connecting{std::move(*fd), true};
  if (is_taken(errno) && may_change) return connect_tcp_from(any_port, to);
  const auto what = fmt::format("cannot connect to {} from {}", to.to_string(), from.to_string());
  return is_taken(errno) ? Error{Errc::conflict, what + ": no port is left"} : socket_error(errno, what);
}

Result<UniqueFd> connect_udp_from(const SocketAddress& from, const SocketAddress& to) {
  auto fd = bound_socket(from, SOCK_DGRAM);
  if (!fd && fd.error().code == Errc::conflict && from.port != Port()) {
    return connect_udp_from({from.ip, Port()}, to);
  }
  if (!fd) return fd.error();
  const KernelAddress kernel(to);
  if (::connect(fd->get(), kernel.get(), kernel.size) != 0) {
    return socket_error(errno, fmt::format("cannot connect to {} from {}", to.to_string(), from.to_string()));
  }
  return fd;
}

}  // namespace naru::runtime
