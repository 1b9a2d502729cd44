// The backend behind every proxy that is measured: as little work per request as a real server can do, so that it is
// never what limits. One thread, level-triggered epoll, one receive and one send per small request.
//
//   naru-bench-backend ADDRESS PORT
//
// GET /bulk    streams without end        PUT /sink   discards without end
// GET /whoami  answers the local address  others      answer two bytes; with "Connection: close" they close after it
#include <signal.h>
#include <sys/epoll.h>

#include <array>
#include <string_view>
#include <vector>

#include "socket.h"

namespace naru::bench {
namespace {

constexpr std::string_view kReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kLastReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

enum class Mode : std::uint8_t { request, stream, sink };

class Backend {
 public:
  explicit Backend(const sockaddr_in& address)
      : epoll_(must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        listener_(must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
    set_option(listener_, SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(listener_, IPPROTO_TCP, TCP_NODELAY, 1);  // accepted sockets inherit it
    must(bind(listener_, generic(address), sizeof address), "bind");
    must(listen(listener_, 4096), "listen");
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  void handle(int fd) {
    if (fd == listener_) return accept_all();
    switch (modes_[static_cast<std::size_t>(fd)]) {
      case Mode::request:
        return answer(fd);
      case Mode::stream:
        return stream(fd);
      case Mode::sink:
        return discard(fd);
    }
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      if (modes_.size() <= static_cast<std::size_t>(fd)) modes_.resize(static_cast<std::size_t>(fd) + 1024);
      modes_[static_cast<std::size_t>(fd)] = Mode::request;
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }

  /// A request is small enough to arrive in one piece on loopback; what does not look like one is answered all the
  /// same.
  void answer(int fd) {
    const ssize_t n = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (n <= 0) return finish(fd, n);
    const std::string_view request(buffer_.data(), static_cast<std::size_t>(n));
    if (request.starts_with("GET /bulk")) return become(fd, Mode::stream, EPOLLOUT);
    if (request.starts_with("PUT /sink")) return become(fd, Mode::sink, EPOLLIN);
    const bool last = request.find("Connection: close") != std::string_view::npos;
    const std::string_view reply = last ? kLastReply : kReply;
    if (request.starts_with("GET /whoami")) {
      name_itself(fd);
    } else if (send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) {
      return finish(fd, -1);
    }
    if (last) close(fd);
  }

  void name_itself(int fd) const {
    sockaddr_in self{};
    socklen_t size = sizeof self;
    std::array<char, INET_ADDRSTRLEN> ip{};
    getsockname(fd, reinterpret_cast<sockaddr*>(&self), &size);
    inet_ntop(AF_INET, &self.sin_addr, ip.data(), ip.size());
    const std::string body(ip.data());
    const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    (void)send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
  }

  void become(int fd, Mode mode, std::uint32_t events) {
    modes_[static_cast<std::size_t>(fd)] = mode;
    watch(EPOLL_CTL_MOD, fd, events);
  }

  void stream(int fd) {
    const ssize_t n = send(fd, zeros_.data(), zeros_.size(), MSG_NOSIGNAL);
    if (n < 0) finish(fd, n);
  }

  // MSG_TRUNC frees what arrived without copying it: the receiving end must not be the limit.
  void discard(int fd) {
    const ssize_t n = recv(fd, nullptr, zeros_.size(), MSG_TRUNC);
    if (n <= 0) finish(fd, n);
  }

  static void finish(int fd, ssize_t n) {
    if (n == 0 || !would_block()) close(fd);
  }

  void watch(int operation, int fd, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = fd}};
    must(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
  }

  int epoll_;
  int listener_;
  std::vector<Mode> modes_ = std::vector<Mode>(1024);  // by descriptor
  std::array<char, 16384> buffer_{};
  std::vector<char> zeros_ = std::vector<char>(1 << 20);
};

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  naru::bench::Backend(naru::bench::address_of(argv[1], argv[2])).run();
}
