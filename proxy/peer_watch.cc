#include "proxy/peer_watch.h"

// Not netinet/tcp.h, whose tcp_info ends before the fields that are needed.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace naru::proxy {
namespace {

constexpr int kUserTimeoutMilliseconds = 10'000;
constexpr int kKeepIdleSeconds = 30;
constexpr int kKeepIntervalSeconds = 5;
constexpr int kKeepCount = 3;

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

}  // namespace

SendQueue send_queue(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {info.tcpi_bytes_acked, info.tcpi_unacked, info.tcpi_notsent_bytes, info.tcpi_probes};
}

void watch_peer(int fd) {
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdleSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepIntervalSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepCount);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMilliseconds);
}

void watch_endpoint(int fd) {
  constexpr int kIdleSeconds = 4;
  constexpr int kIntervalSeconds = 2;
  watch_peer(fd);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kIntervalSeconds);
}

bool PeerWatch::look(int fd) {
  const SendQueue queue = send_queue(fd);
  if (waits_for_window(queue) != exempt_) {
    exempt_ = !exempt_;
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, exempt_ ? 0 : kUserTimeoutMilliseconds);
  }
  return queue.in_flight != 0 || queue.not_sent != 0;
}

}  // namespace naru::proxy
