#include "runtime/passed_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "runtime/socket.h"

namespace naru::runtime {
namespace {

constexpr int kFirst = 3;       // SD_LISTEN_FDS_START
constexpr int kMost = 1 << 16;  // beyond any limit of open files that makes sense: a mistake

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

int option_of(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool is_connected(int fd) {
  KernelAddress peer;
  return ::getpeername(fd, peer.get(), &peer.size) == 0;
}

}  // namespace

std::vector<PassedSocket> passed_sockets(const ListenEnvironment& environment, pid_t self) {
  const auto pid = number(environment.listen_pid);
  const auto count = number(environment.listen_fds);
  std::vector<PassedSocket> passed;
  if (pid != self || !count || *count > kMost) return passed;
  std::string_view names = environment.listen_fdnames;
  for (int i = 0; i < *count; ++i) {
    const std::string_view name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    passed.push_back({kFirst + i, std::string(name.empty() ? "unknown" : name)});
  }
  return passed;
}

std::vector<PassedSocket> take_passed_sockets() {
  auto passed =
      passed_sockets({variable("LISTEN_PID"), variable("LISTEN_FDS"), variable("LISTEN_FDNAMES")}, ::getpid());
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  for (const PassedSocket& each : passed) ::fcntl(each.fd, F_SETFD, FD_CLOEXEC);
  return passed;
}

std::string_view to_string(SocketKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"a UDP socket",
                                                   "a TCP listener",
                                                   "not open",
                                                   "not a socket",
                                                   "neither IPv4's nor IPv6's",
                                                   "neither a UDP socket nor a TCP listener"};
  return kNames[static_cast<std::size_t>(kind)];
}

SocketShape shape_of_socket(int fd) {
  KernelAddress bound;
  if (::getsockname(fd, bound.get(), &bound.size) != 0) {
    return {errno == EBADF ? SocketKind::not_open : SocketKind::not_a_socket, {}};
  }
  const auto family = bound.storage.ss_family;
  if (family != AF_INET && family != AF_INET6) return {SocketKind::other_family, {}};
  const int protocol = option_of(fd, SO_PROTOCOL);
  if (protocol == IPPROTO_UDP) return {SocketKind::udp, bound.address()};
  if (protocol == IPPROTO_TCP && !is_connected(fd)) return {SocketKind::tcp_listener, bound.address()};
  return {SocketKind::other_type, {}};
}

}  // namespace naru::runtime
