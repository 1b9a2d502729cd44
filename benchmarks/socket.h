// What the load tools share: sockets on IPv4 loopback, and giving up with a reason. They use nothing of naru's own
// code, so that a change there changes only what is measured, never what measures.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace naru::bench {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

/// The result of a system call that must not fail.
inline int must(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

inline sockaddr_in address_of(const char* ip, const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, ip, &address.sin_addr) != 1) fail(std::string("not an IPv4 address: ") + ip);
  return address;
}

inline const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

inline void set_option(int fd, int level, int name, int value) {
  must(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

inline void set_nonblocking(int fd) {
  must(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
}

/// A connected, still blocking socket.
inline int connect_to(const sockaddr_in& address) {
  const int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  must(connect(fd, generic(address), sizeof address), "connect");
  return fd;
}

inline bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace naru::bench
