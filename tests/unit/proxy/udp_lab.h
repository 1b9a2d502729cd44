// A UDP frontend on a worker, with endpoints and clients on real loopback sockets.
#pragma once

#include <poll.h>

#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <vector>

#include "proxy/udp_flows.h"
#include "proxy/udp_listener.h"
#include "runtime/socket.h"
#include "runtime/worker.h"

namespace naru::proxy::test {

inline SocketAddress at(const std::string& text) {
  return SocketAddress::parse(text).value();
}

inline SocketAddress local_address(const runtime::UniqueFd& fd) {
  runtime::KernelAddress address;
  REQUIRE(::getsockname(fd.get(), address.get(), &address.size) == 0);
  return address.address();
}

/// The next datagram, or nothing after `patience`.
inline std::optional<std::string> receive(const runtime::UniqueFd& fd, SocketAddress* from = nullptr,
                                          int patience_milliseconds = 3000) {
  pollfd wait{fd.get(), POLLIN, 0};
  if (::poll(&wait, 1, patience_milliseconds) != 1) return std::nullopt;
  std::string buffer(65536, '\0');
  runtime::KernelAddress source;
  const auto size = ::recvfrom(fd.get(), buffer.data(), buffer.size(), 0, source.get(), &source.size);
  if (size < 0) return std::nullopt;
  buffer.resize(static_cast<std::size_t>(size));
  if (from != nullptr) *from = source.address();
  return buffer;
}

/// An endpoint. The test answers for it, so that every step is the test's.
class Server {
 public:
  explicit Server(const std::string& address)
      : address_(at(address)), fd_(runtime::bind_udp(address_, 4 << 20).value()) {}

  [[nodiscard]] const SocketAddress& address() const { return address_; }
  [[nodiscard]] std::optional<std::string> next() { return receive(fd_, &client_); }
  /// To the source of the datagram that next() returned last.
  void answer(const std::string& text) const {
    const runtime::KernelAddress to(client_);
    REQUIRE(::sendto(fd_.get(), text.data(), text.size(), 0, to.get(), to.size) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] const SocketAddress& client() const { return client_; }
  [[nodiscard]] bool has_nothing() const { return !receive(fd_, nullptr, 0); }

 private:
  SocketAddress address_;
  runtime::UniqueFd fd_;
  SocketAddress client_;
};

class Client {
 public:
  explicit Client(const SocketAddress& frontend) : fd_(runtime::connect_udp(frontend).value()) { grow(); }
  /// From a port of `own`.
  Client(const IpAddress& own, const SocketAddress& frontend) : fd_(runtime::bind_udp({own, Port()}, 1 << 16).value()) {
    const runtime::KernelAddress to(frontend);
    REQUIRE(::connect(fd_.get(), to.get(), to.size) == 0);
  }

  void grow() const {
    const int bytes = 4 << 20;
    (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  void send(const std::string& text) const {
    REQUIRE(::send(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::optional<std::string> next() const { return receive(fd_); }
  [[nodiscard]] SocketAddress address() const { return local_address(fd_); }
  /// Sends to where nobody may be; true if it is refused.
  [[nodiscard]] bool is_refused() const {
    (void)::send(fd_.get(), "x", 1, 0);
    return next_error() == ECONNREFUSED;
  }
  /// What ICMP says of what was sent; 0: nothing.
  [[nodiscard]] int next_error() const {
    pollfd wait{fd_.get(), 0, 0};
    return ::poll(&wait, 1, 3000) == 1 ? runtime::pending_error(fd_.get()) : 0;
  }

 private:
  runtime::UniqueFd fd_;
};

/// A question through the proxy, and its answer.
inline void ask(const Client& client, Server& server, const std::string& question) {
  client.send(question);
  REQUIRE(server.next() == question);
  server.answer("re: " + question);
  REQUIRE(client.next() == "re: " + question);
}

inline lb::Endpoint endpoint_at(const SocketAddress& address) {
  lb::Endpoint endpoint;
  endpoint.address = address;
  endpoint.state = std::make_shared<lb::EndpointState>();
  return endpoint;
}

/// One frontend, whose Service port the test changes.
class UdpLab {
 public:
  explicit UdpLab(const std::string& frontend, Settings settings = {}, UdpLimits limits = {}) : worker_(0) {
    // In turn, the first endpoint first, so that tests know what comes.
    settings.algorithm = config::Algorithm::round_robin;
    version_.settings = settings;
    version_.protocol = Protocol::udp;
    version_.service = {"shop", "dns"};
    version_.state = state;
    binding_.key = {at(frontend), Protocol::udp};
    binding_.port = std::make_shared<PortEntry>();
    context_.udp_flows = std::make_shared<UdpFlows>(limits);
    context_.reports.on_connection_ended = [this](const ConnectionRecord& record) { ended_.push_back(record); };
    worker_.start();
  }
  ~UdpLab() {
    on_worker([&] { listener_.reset(); });
    worker_.stop_and_join();
  }

  void open(std::vector<lb::Endpoint> endpoints) {
    on_worker([&] {
      put(std::move(endpoints));
      listener_ = open_udp_listener(context_, binding_, binding_.key.address).value();
    });
  }
  void close() {
    on_worker([&] { listener_.reset(); });
  }
  /// A new version of the Service port.
  void change(std::vector<lb::Endpoint> endpoints) {
    on_worker([&] {
      put(std::move(endpoints));
      listener_->on_binding_changed();
    });
  }
  void shorten_idle_timeout(Duration timeout) {
    version_.settings.udp_idle_timeout = timeout;
    change(version_.endpoints);
  }
  [[nodiscard]] std::optional<Error> try_open() {
    std::optional<Error> error;
    on_worker([&] {
      put({});
      const auto opened = open_udp_listener(context_, binding_, binding_.key.address);
      if (!opened) error = opened.error();
    });
    return error;
  }
  void drain() {
    on_worker([&] { listener_->drain(); });
  }
  [[nodiscard]] Client client() const { return Client(binding_.key.address); }
  [[nodiscard]] Client client_from(const std::string& own) const {
    return {IpAddress::parse(own).value(), binding_.key.address};
  }
  [[nodiscard]] std::size_t flows() {
    std::size_t count = 0;
    on_worker([&] { count = listener_->connection_count(); });
    return count;
  }
  [[nodiscard]] std::vector<ConnectionRecord> records() {
    std::vector<ConnectionRecord> records;
    on_worker([&] { listener_->append_records(records); });
    return records;
  }
  [[nodiscard]] std::vector<ConnectionRecord> ended() {
    std::vector<ConnectionRecord> records;
    on_worker([&] { records = ended_; });
    return records;
  }
  /// Waits until that many flows are left: what a timer does has no other sign.
  [[nodiscard]] bool comes_to(std::size_t count) {
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    while (flows() != count) {
      if (Clock::now() > deadline) return false;
    }
    return true;
  }
  void on_worker(const std::function<void()>& task) { worker_.run_and_wait(task); }
  runtime::Worker& worker() { return worker_; }

  std::shared_ptr<ServicePortState> state{std::make_shared<ServicePortState>()};

 private:
  void put(std::vector<lb::Endpoint> endpoints) {
    std::sort(endpoints.begin(), endpoints.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
    version_.endpoints = std::move(endpoints);
    version_.cluster = lb::usable_endpoints(version_.endpoints, config::TrafficPolicy::cluster);
    binding_.port->current = std::make_shared<const ServicePort>(version_);
  }

  runtime::Worker worker_;
  ServicePort version_;
  Binding binding_;
  WorkerContext context_{worker_.reactor(), 0, {}, Random(1), 0, {}};
  std::vector<ConnectionRecord> ended_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace naru::proxy::test
