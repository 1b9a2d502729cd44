// What the HTTP backends share: accepting, waiting, and counting what a proxy opened and asked, so that a run can tell
// whether connections were kept. One thread, level-triggered epoll.
#pragma once

#include <signal.h>
#include <sys/epoll.h>

#include <array>
#include <memory>
#include <vector>

#include "socket.h"

namespace naru::bench {

struct Counts {
  std::uint64_t connections{};
  std::uint64_t requests{};
};

inline int listen_on(const sockaddr_in& address) {
  const int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // accepted sockets inherit it
  must(bind(fd, generic(address), sizeof address), "bind");
  must(listen(fd, 4096), "listen");
  return fd;
}

/// `Session` is one connection: Session(fd, counts); `bool ready()` reads and writes what can be, and is false when
/// the connection is over; `bool blocked()`: it waits to write. Whoever connects to `counts` is told the counts so far.
template <class Session>
class HttpServer {
 public:
  HttpServer(const sockaddr_in& address, const sockaddr_in& counts)
      : epoll_(must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        listener_(listen_on(address)),
        teller_(listen_on(counts)) {
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
    watch(EPOLL_CTL_ADD, teller_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Session> session;
    bool writing{};  // whether EPOLLOUT is what is waited for
  };

  void handle(int fd) {
    if (fd == listener_) return accept_all();
    if (fd == teller_) return tell();
    Slot& slot = slots_[static_cast<std::size_t>(fd)];
    if (!slot.session->ready()) return end(fd, slot);
    if (slot.session->blocked() == slot.writing) return;
    slot.writing = !slot.writing;
    watch(EPOLL_CTL_MOD, fd, slot.writing ? EPOLLOUT : EPOLLIN);
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      ++counts_.connections;
      if (slots_.size() <= static_cast<std::size_t>(fd)) slots_.resize(static_cast<std::size_t>(fd) + 1024);
      slots_[static_cast<std::size_t>(fd)] = {.session = std::make_unique<Session>(fd, counts_), .writing = false};
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }

  void tell() const {
    const int fd = accept4(teller_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::string line = "{\"connections\": " + std::to_string(counts_.connections) +
                             ", \"requests\": " + std::to_string(counts_.requests) + "}\n";
    (void)send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    close(fd);
  }

  static void end(int fd, Slot& slot) {
    slot = {};
    close(fd);
  }

  void watch(int operation, int fd, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = fd}};
    must(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
  }

  int epoll_;
  int listener_;
  int teller_;
  Counts counts_;
  std::vector<Slot> slots_ = std::vector<Slot>(1024);  // by descriptor
};

/// The programs' main: NAME ADDRESS PORT COUNTS_PORT.
template <class Session>
int serve_http(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s ADDRESS PORT COUNTS_PORT\n", argv[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  HttpServer<Session>(address_of(argv[1], argv[2]), address_of(argv[1], argv[3])).run();
}

}  // namespace naru::bench
