// The client side of the cases that no common tool covers: bulk streams, and connections that are opened and left idle.
//
//   naru-bench-client bulk   ADDRESS PORT STREAMS SECONDS   receives; prints {"bytes": ..., "seconds": ...}
//   naru-bench-client upload ADDRESS PORT STREAMS SECONDS   sends; prints the same
//   naru-bench-client idle   ADDRESS PORT CONNECTIONS       one request on each, prints "ready", holds them until
//                                                           standard input ends
#include <poll.h>

#include <string_view>
#include <vector>

#include "socket.h"

namespace naru::bench {
namespace {

constexpr std::size_t kChunk = 1 << 20;

void send_request(int fd, std::string_view request) {
  must(static_cast<int>(send(fd, request.data(), request.size(), MSG_NOSIGNAL)), "send");
}

/// Bytes moved on a ready stream. MSG_TRUNC frees what arrived without copying it: the client must not be the limit.
std::size_t move_bytes(int fd, bool upload, const std::vector<char>& chunk) {
  const ssize_t n = upload ? send(fd, chunk.data(), chunk.size(), MSG_NOSIGNAL) : recv(fd, nullptr, kChunk, MSG_TRUNC);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n == 0) errno = ECONNRESET;
  if (!would_block()) fail("stream");
  return 0;
}

int bulk(const sockaddr_in& to, bool upload, int streams, double seconds) {
  std::vector<pollfd> polls;
  for (int i = 0; i < streams; ++i) {
    const int fd = connect_to(to);
    send_request(fd,
                 upload ? "PUT /sink HTTP/1.1\r\nHost: bench\r\n\r\n" : "GET /bulk HTTP/1.1\r\nHost: bench\r\n\r\n");
    set_nonblocking(fd);
    polls.push_back({.fd = fd, .events = static_cast<short>(upload ? POLLOUT : POLLIN), .revents = 0});
  }
  const std::vector<char> chunk(kChunk);
  const auto start = Clock::now();
  std::uint64_t bytes = 0;
  while (seconds_since(start) < seconds) {
    if (poll(polls.data(), polls.size(), 1000) == 0) fail("nothing moved for a second");
    for (const pollfd& stream : polls)
      if (stream.revents != 0) bytes += move_bytes(stream.fd, upload, chunk);
  }
  std::printf("{\"bytes\": %llu, \"seconds\": %.6f}\n", static_cast<unsigned long long>(bytes), seconds_since(start));
  return 0;
}

int idle(const sockaddr_in& to, int connections) {
  std::vector<char> reply(4096);
  for (int i = 0; i < connections; ++i) {
    const int fd = connect_to(to);
    send_request(fd, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n");
    if (recv(fd, reply.data(), reply.size(), 0) <= 0) fail("recv on connection " + std::to_string(i));
  }
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

int run(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const bool is_idle = mode == "idle";
  if (argc != (is_idle ? 5 : 6) || (!is_idle && mode != "bulk" && mode != "upload")) {
    std::fprintf(stderr, "usage: %s bulk|upload ADDRESS PORT STREAMS SECONDS | idle ADDRESS PORT CONNECTIONS\n",
                 argv[0]);
    return 2;
  }
  const sockaddr_in to = address_of(argv[2], argv[3]);
  const int count = std::atoi(argv[4]);
  return is_idle ? idle(to, count) : bulk(to, mode == "upload", count, std::atof(argv[5]));
}

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  return naru::bench::run(argc, argv);
}
