// A whole server on a loopback address, and clients for it.
#pragma once

#include <poll.h>

#include <cstdio>
#include <future>
#include <memory>

#include "dns/worker_dns.h"
#include "runtime/socket.h"
#include "runtime/worker.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {

inline Zone server_zone() {
  Zone zone(options());
  zone.set_service(
      cluster_ip("shop", "web", {ip("10.96.0.1"), ip("fd00:10:96::1")}, {{"http", Protocol::tcp, Port(80)}}));
  std::vector<EndpointRecord> endpoints;
  for (std::uint32_t i = 0; i < 100; ++i) endpoints.push_back({IpAddress::v4(0x0a010000U + i), "", true, {}});
  zone.set_service(headless("data", "db", endpoints));
  zone.set_service(external("shop", "docs", "www.example.com"));
  zone.set_service(external("shop", "lost", "gone.example.com"));
  zone.set_synced(true);
  return zone;
}

class Server {
 public:
  explicit Server(WorkerOptions options = {}, const char* address = "127.79.0.53") : worker_(0) {
    if (options.listen.empty()) options.listen = {SocketAddress{ip(address), Port()}};
    worker_.start();
    worker_.run_and_wait([&] {
      dns_ = std::make_unique<WorkerDns>(worker_.reactor(), std::move(options),
                                         Reports{[this](const ListenKey& key, std::optional<Error> error) {
                                           reports.emplace_back(key, std::move(error));
                                         }});
      dns_->apply(1, server_zone());
      const auto listeners = dns_->listeners();
      if (!listeners.empty()) where = listeners.front().address;
    });
  }
  ~Server() {
    worker_.run_and_wait([&] { dns_.reset(); });
  }

  /// Runs `task` on the worker with its DNS server.
  template <class Task>
  void on_worker(Task&& task) {
    worker_.run_and_wait([&] { task(*dns_); });
  }
  void drain() {
    std::promise<void> drained;
    worker_.post([&] { dns_->drain([&] { drained.set_value(); }); });
    REQUIRE(drained.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  }
  [[nodiscard]] const Metrics& metrics() const { return dns_->metrics(); }

  SocketAddress where;
  std::vector<std::pair<ListenKey, std::optional<Error>>> reports;

 private:
  runtime::Worker worker_;
  std::unique_ptr<WorkerDns> dns_;
};

/// What `dig` prints for `arguments`.
inline std::string dig(const SocketAddress& server, const std::string& arguments) {
  const std::string command = fmt::format("timeout 20 dig @{} -p {} +tries=1 +time=8 {} 2>&1", server.ip.to_string(),
                                          server.port.value(), arguments);
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t got = 0; (got = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, got);
  ::pclose(pipe);
  return output;
}

inline std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A client's socket that waits for what it reads, but not for ever.
class Client {
 public:
  Client(const SocketAddress& server, Transport transport) {
    const int type = transport == Transport::udp ? SOCK_DGRAM : SOCK_STREAM;
    fd_.reset(::socket(server.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
    const timeval wait{5, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    const int buffer = 1 << 20;  // for bursts of replies
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    const runtime::KernelAddress to(server);
    REQUIRE(::connect(fd_.get(), to.get(), to.size) == 0);
  }

  void send(const Bytes& bytes) { REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0); }
  [[nodiscard]] ReplyText receive_datagram() {
    Bytes bytes(65536);
    const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    return got <= 0 ? ReplyText{} : read_reply(std::span(bytes).first(static_cast<std::size_t>(got)));
  }
  /// Nothing if the server closes.
  [[nodiscard]] std::optional<ReplyText> receive_message() {
    Bytes length;
    Bytes message;
    if (!receive(length, 2) || !receive(message, get16(length, 0))) return std::nullopt;
    return read_reply(message);
  }
  /// True if the server closes, or resets, without sending more.
  [[nodiscard]] bool closed() {
    std::uint8_t byte = 0;
    const auto got = ::recv(fd_.get(), &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }
  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  bool receive(Bytes& to, std::size_t size) {
    to.resize(size);
    return ::recv(fd_.get(), to.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }
  runtime::UniqueFd fd_;
};

inline Bytes framed(const Bytes& message) {
  Bytes bytes;
  bytes.reserve(2 + message.size());
  put(bytes, message.size());
  for (const auto byte : message) bytes.push_back(byte);  // insert() makes GCC 12 see an overflow at -O2
  return bytes;
}

inline Bytes query_for(std::string name, std::uint16_t id = 1, Type type = Type::a) {
  Ask what;
  what.name = std::move(name);
  what.id = id;
  what.type = type;
  what.flags = kRd;
  return make_query(what);
}

}  // namespace naru::dns::test
