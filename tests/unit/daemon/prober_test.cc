// Whom the prober asks, and what it does with the answers. The endpoints are sockets of the test's own.
#include "daemon/prober.h"

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "fake_view.h"

namespace naru::daemon {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;

/// A table with one Service port, whose endpoints may be listening or not.
struct Lab {
  asio::io_context io;
  Prober prober{io, 1};
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
  proxy::ServicePort port;

  Lab() {
    port.id = proxy::ServicePortId{7};
    port.service = {"shop", "web"};
    port.state = std::make_shared<proxy::ServicePortState>();
    port.settings.active_health = config::ActiveHealth{};
    port.settings.active_health->interval = 1ms;
    port.settings.active_health->unhealthy_threshold = 2;
  }

  /// Adds an endpoint that takes connections.
  lb::Endpoint& add() {
    acceptors.push_back(std::make_unique<tcp::acceptor>(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)));
    const Port number(acceptors.back()->local_endpoint().port());
    port.endpoints.push_back(
        {{ip("127.0.0.1"), number}, "", "", true, true, true, false, std::make_shared<lb::EndpointState>()});
    std::ranges::sort(port.endpoints, {}, &lb::Endpoint::address);
    return *std::ranges::find(port.endpoints, SocketAddress{ip("127.0.0.1"), number}, &lb::Endpoint::address);
  }
  void stop_listening() { acceptors.clear(); }
  void follow(bool present = true) {
    proxy::Table table;
    if (present) table.service_ports.set(port.id, std::make_shared<const proxy::ServicePort>(port));
    prober.follow(table);
  }
  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = Clock::now() + 10s;
    while (!condition() && Clock::now() < deadline) io.run_one_for(100ms);
    return condition();
  }
  [[nodiscard]] std::int64_t probes(lb::ProbeResult result) const { return port.state->probes.value(result); }
};

TEST_CASE_METHOD(Lab, "endpoints that answer are probed again and again, and stay in use") {
  add();
  add();
  follow();
  CHECK(prober.targets() == 2);
  CHECK(run_until([&] { return probes(lb::ProbeResult::success) >= 10; }));
  for (const auto& endpoint : port.endpoints) CHECK_FALSE(endpoint.state->probe_failed());
}

TEST_CASE_METHOD(Lab, "an endpoint whose probes fail is avoided, and used again when they succeed") {
  const SocketAddress address = add().address;
  const auto state = port.endpoints[0].state;
  stop_listening();
  follow();
  CHECK(run_until([&] { return state->probe_failed(); }));
  CHECK(probes(lb::ProbeResult::not_connected) >= 2);
  tcp::acceptor again(io);
  again.open(tcp::v4());
  again.set_option(tcp::acceptor::reuse_address(true));
  again.bind({asio::ip::address_v4::loopback(), address.port.value()});
  again.listen();
  CHECK(run_until([&] { return !state->probe_failed(); }));
}

TEST_CASE_METHOD(Lab, "an endpoint that goes, or is not ready any more, is not probed and not held against") {
  add();
  add();
  stop_listening();
  follow();
  const auto first = port.endpoints[0].state;
  const auto second = port.endpoints[1].state;
  CHECK(run_until([&] { return first->probe_failed() && second->probe_failed(); }));
  port.endpoints[0].ready = false;
  port.endpoints.pop_back();
  follow();
  CHECK(prober.targets() == 0);
  CHECK_FALSE(first->probe_failed());
  CHECK_FALSE(second->probe_failed());
  CHECK(run_until([&] { return prober.running() == 0; }));
  CHECK_FALSE(first->probe_failed());
}

TEST_CASE_METHOD(Lab, "what a probe has shown stays when other endpoints come, or the rules change") {
  add();
  stop_listening();
  follow();
  const auto state = port.endpoints[0].state;
  CHECK(run_until([&] { return state->probe_failed(); }));
  add();
  follow();
  CHECK(state->probe_failed());
  CHECK(prober.targets() == 2);
  port.settings.active_health->timeout = 20ms;
  follow();
  CHECK(state->probe_failed());
  CHECK(prober.targets() == 2);
}

TEST_CASE_METHOD(Lab, "without a policy, and without the Service, nobody is probed") {
  add();
  stop_listening();
  follow();
  const auto state = port.endpoints[0].state;
  CHECK(run_until([&] { return state->probe_failed(); }));
  const bool service_goes = GENERATE(true, false);
  if (!service_goes) port.settings.active_health.reset();
  follow(!service_goes);
  CHECK(prober.targets() == 0);
  CHECK_FALSE(state->probe_failed());
}

TEST_CASE_METHOD(Lab, "the policy's port is asked instead of the endpoint's own") {
  const Port listening = add().address.port;
  port.endpoints[0].address = at("127.0.0.1:1");
  port.settings.active_health->port = listening;
  follow();
  CHECK(run_until([&] { return probes(lb::ProbeResult::success) > 0; }));
}

TEST_CASE_METHOD(Lab, "no more probes run at a time than allowed, and all have their turn") {
  for (std::size_t i = 0; i < Prober::kMostRunning + 10; ++i) add();
  std::size_t most = 0;
  follow();
  const auto all = static_cast<std::int64_t>(3 * port.endpoints.size());
  CHECK(run_until([&] {
    most = std::max(most, prober.running());
    return probes(lb::ProbeResult::success) >= all;
  }));
  CHECK(most <= Prober::kMostRunning);
}

}  // namespace
}  // namespace naru::daemon
