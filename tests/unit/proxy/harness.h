// A WorkerProxy on a real loop, with real sockets on loopback around it.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "proxy/worker_proxy.h"
#include "runtime/socket.h"
#include "runtime/worker.h"

namespace naru::proxy::test {

using namespace std::chrono_literals;
using runtime::UniqueFd;

/// 127.77.0.`last`.
inline IpAddress loopback(std::uint32_t last) {
  return IpAddress::v4(0x7f4d0000U + last);
}

inline SocketAddress local_address(int fd) {
  runtime::KernelAddress kernel;
  REQUIRE(::getsockname(fd, kernel.get(), &kernel.size) == 0);
  return kernel.address();
}

/// A blocking socket whose calls give up after some seconds, so that a fault fails a test rather than hanging it.
class Stream {
 public:
  Stream() = default;
  explicit Stream(UniqueFd fd) : fd_(std::move(fd)) {
    const timeval limit{8, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Up to `wanted` bytes; fewer at the end.
  [[nodiscard]] std::string receive(std::size_t wanted) const {
    std::string got(wanted, '\0');
    std::size_t size = 0;
    while (size < wanted) {
      const auto n = ::recv(fd_.get(), got.data() + size, wanted - size, 0);
      if (n <= 0) break;
      size += static_cast<std::size_t>(n);
    }
    got.resize(size);
    return got;
  }
  /// How the stream ends, reading what comes before: 0 by FIN, else the error.
  [[nodiscard]] int ending() const {
    char byte[4096];
    for (;;) {
      const auto n = ::recv(fd_.get(), byte, sizeof byte, 0);
      if (n < 0) return errno;
      if (n == 0) return 0;
    }
  }
  void finish() const { ::shutdown(fd_.get(), SHUT_WR); }
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }
  void close() { fd_.reset(); }
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  UniqueFd fd_;
};

/// An endpoint's listening socket.
class Backend {
 public:
  explicit Backend(std::uint32_t last = 2, int receive_buffer = 0) {
    fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (receive_buffer != 0) {
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const timeval limit{5, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const runtime::KernelAddress any(SocketAddress{loopback(last), Port(0)});
    REQUIRE(::bind(fd_.get(), any.get(), any.size) == 0);
    REQUIRE(::listen(fd_.get(), 64) == 0);
    address_ = local_address(fd_.get());
  }
  [[nodiscard]] const SocketAddress& address() const { return address_; }
  [[nodiscard]] Stream accept() const {
    UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return Stream(std::move(fd));
  }
  /// Any thread: ends accept(), now and from now on.
  void stop() const { ::shutdown(fd_.get(), SHUT_RDWR); }

 private:
  UniqueFd fd_;
  SocketAddress address_;
};

/// An address on which nothing listens, so that the kernel refuses.
inline SocketAddress dead_address(std::uint32_t last = 3) {
  Backend backend(last);
  return backend.address();
}

inline lb::Endpoint endpoint(const SocketAddress& address) {
  lb::Endpoint e;
  e.address = address;
  e.local = true;
  e.state = std::make_shared<lb::EndpointState>();
  return e;
}

/// Versions of a Table with one Service port, for tests to change and apply.
struct TestService {
  Table table;
  ServicePort port;
  FrontendKey key;

  explicit TestService(std::vector<lb::Endpoint> endpoints, std::uint32_t last = 1, std::uint64_t id = 1) {
    key.address = dead_address(last);
    port.id = ServicePortId{id};
    port.service = {"shop", "web"};
    port.port_name = "http";
    port.port = key.address.port;
    port.settings.algorithm = config::Algorithm::round_robin;
    port.state = std::make_shared<ServicePortState>();
    set(std::move(endpoints));
  }

  void set(std::vector<lb::Endpoint> endpoints) {
    std::ranges::sort(endpoints, {}, &lb::Endpoint::address);
    port.endpoints = std::move(endpoints);
    publish();
  }
  /// After a change of `port`.
  void publish() {
    port.cluster = lb::usable_endpoints(port.endpoints, config::TrafficPolicy::cluster);
    port.local = lb::usable_endpoints(port.endpoints, config::TrafficPolicy::local);
    ++table.generation;
    table.service_ports.set(port.id, std::make_shared<const ServicePort>(port));
    table.frontends.set(key, {FrontendKind::cluster_ip, config::TrafficPolicy::cluster, port.id});
  }
  void remove() {
    ++table.generation;
    table.service_ports.erase(port.id);
    table.frontends.erase(key);
  }
  [[nodiscard]] std::int64_t outcomes(Outcome outcome) const {
    return port.state->outcomes[static_cast<std::size_t>(outcome)].value();
  }
};

/// Waits for what another thread is about to bring about.
template <class Condition>
bool eventually(Condition&& condition, Duration limit = 5s) {
  const auto until = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A WorkerProxy on its own thread.
class ProxyThread {
 public:
  explicit ProxyThread(Reports reports = {}, std::size_t max_connections = 0) {
    worker_.start();
    on_worker([&] { proxy_ = std::make_unique<WorkerProxy>(worker_.reactor(), 0, std::move(reports), max_connections); });
  }
  ~ProxyThread() {
    on_worker([&] { proxy_.reset(); });
  }

  void on_worker(const std::function<void()>& task) { worker_.run_and_wait(task); }
  void apply(const TestService& service) { apply(service.table); }
  void apply(const Table& table) {
    on_worker([&] { proxy_->apply(table); });
  }
  std::vector<ConnectionRecord> connections() {
    std::vector<ConnectionRecord> records;
    on_worker([&] { records = proxy_->connections(); });
    return records;
  }
  std::size_t count() { return connections().size(); }
  std::vector<FrontendKey> listeners() {
    std::vector<FrontendKey> keys;
    on_worker([&] { keys = proxy_->listeners(); });
    return keys;
  }
  WorkerProxy& proxy() { return *proxy_; }

 private:
  runtime::Worker worker_{0};
  std::unique_ptr<WorkerProxy> proxy_;
};

/// A client's connection; empty if refused.
inline Stream connect_to(const SocketAddress& address, int receive_buffer = 0) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer != 0) ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const runtime::KernelAddress kernel(address);
  if (::connect(fd.get(), kernel.get(), kernel.size) != 0) return {};
  return Stream(std::move(fd));
}

}  // namespace naru::proxy::test
