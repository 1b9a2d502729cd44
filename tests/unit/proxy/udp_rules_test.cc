#include "proxy/udp_rules.h"

#include <catch2/catch.hpp>
#include <cerrno>

namespace naru::proxy {
namespace {

using namespace std::chrono_literals;

SocketAddress at(const char* text) {
  return SocketAddress::parse(text).value();
}

struct Condition {
  bool ready{true};
  bool serving{true};
  bool terminating{false};
};
constexpr Condition kReady{};
constexpr Condition kNotReady{false, false, false};
constexpr Condition kShuttingDown{false, true, true};
constexpr Condition kShutDown{false, false, true};

/// Endpoints 10.0.0.1:53, 10.0.0.2:53, ... with these conditions; all local.
ServicePort port_of(const std::vector<Condition>& conditions) {
  ServicePort port;
  for (const Condition& c : conditions) {
    lb::Endpoint endpoint;
    endpoint.address = {IpAddress::v4(0x0a000001 + static_cast<std::uint32_t>(port.endpoints.size())), Port(53)};
    endpoint.local = true;
    endpoint.ready = c.ready;
    endpoint.serving = c.serving;
    endpoint.terminating = c.terminating;
    port.endpoints.push_back(endpoint);
  }
  port.cluster = lb::usable_endpoints(port.endpoints, config::TrafficPolicy::cluster);
  return port;
}

TEST_CASE("whether a flow stays with its endpoint, 10.0.0.1:53") {
  struct Row {
    const char* what;
    std::vector<Condition> now;
    bool stays;
  };
  const Row rows[] = {
      {"no endpoints at all", {}, false},
      {"ready", {kReady}, true},
      {"ready among others", {kReady, kReady, kReady}, true},
      {"shutting down, others are ready", {kShuttingDown, kReady}, false},
      {"shutting down, and so are all others", {kShuttingDown, kShuttingDown}, true},
      {"shutting down alone", {kShuttingDown}, true},
      {"shutting down and no longer serving", {kShutDown}, false},
      {"not ready, others are", {kNotReady, kReady}, false},
      {"not ready, nor is any other", {kNotReady}, false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const ServicePort port = port_of(row.now);
    CHECK(may_stay(port, port.cluster, at("10.0.0.1:53")) == row.stays);
  }
}

TEST_CASE("a flow leaves an endpoint that is gone or has another port") {
  const ServicePort port = port_of({kReady, kReady});
  CHECK(may_stay(port, port.cluster, at("10.0.0.2:53")));
  CHECK_FALSE(may_stay(port, port.cluster, at("10.0.0.3:53")));
  CHECK_FALSE(may_stay(port, port.cluster, at("10.0.0.2:54")));
  CHECK_FALSE(may_stay(port, port.cluster, at("[::1]:53")));
}

// Topology hints that come or go with an unrelated endpoint must not move established flows.
TEST_CASE("a flow stays with a ready endpoint that new flows would not choose") {
  const ServicePort port = port_of({kReady, kReady});
  const lb::Usable only_second{{1}, lb::Tier::ready};
  CHECK(may_stay(port, only_second, at("10.0.0.1:53")));
}

TEST_CASE("what failures on a flow's socket mean") {
  struct Row {
    int error;
    UdpFailure meaning;
  };
  const Row rows[] = {
      {EINTR, UdpFailure::interrupted},     {EAGAIN, UdpFailure::full},           {ENOBUFS, UdpFailure::full},
      {ECONNREFUSED, UdpFailure::endpoint}, {EHOSTUNREACH, UdpFailure::endpoint}, {ENETUNREACH, UdpFailure::endpoint},
      {EMSGSIZE, UdpFailure::datagram},     {EPERM, UdpFailure::datagram},        {EACCES, UdpFailure::datagram},
  };
  for (const Row& row : rows) {
    INFO(row.error);
    CHECK(classify_udp_failure(row.error) == row.meaning);
  }
}

TEST_CASE("how long a flow may be quiet") {
  CHECK(idle_allowance(30s, false, false) == 30s);
  CHECK(idle_allowance(30s, false, true) == 30s);
  CHECK(idle_allowance(30s, true, false) == kDrainQuiet);  // answered: the client seems to have done
  CHECK(idle_allowance(30s, true, true) == kDrainAnswer);
  CHECK(idle_allowance(100ms, true, true) == 100ms);  // never longer than it would be otherwise
}

TEST_CASE("who makes room for a new flow") {
  struct Row {
    const char* what;
    FlowCounts counts;  // all, clients, own, heaviest, limit
    Displaced whom;
  };
  const Row rows[] = {
      {"there is room", {99, 1, 99, 99, 100}, Displaced::nobody},
      {"the only client has all: its own", {100, 1, 100, 100, 100}, Displaced::own},
      {"the client has just its share of a half", {100, 2, 50, 50, 100}, Displaced::own},
      {"the client has one less than its share", {100, 2, 49, 51, 100}, Displaced::heaviest},
      {"a newcomer beside one that has all", {100, 2, 0, 100, 100}, Displaced::heaviest},
      {"a newcomer, and nobody has more than a share", {100, 101, 0, 1, 100}, Displaced::anyone},
      {"a client with one flow, more clients than flows", {100, 150, 1, 1, 100}, Displaced::own},
      {"a limit of nothing", {0, 1, 0, 0, 0}, Displaced::anyone},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(whom_to_displace(row.counts) == row.whom);
  }
}

TEST_CASE("what counts as one client") {
  const auto ip = [](const char* text) { return IpAddress::parse(text).value(); };
  CHECK(client_group(ip("10.0.0.1")) == ip("10.0.0.1"));
  CHECK(client_group(ip("2001:db8::1:2:3:4")) == ip("2001:db8::"));
  CHECK(client_group(ip("2001:db8::1")) == client_group(ip("2001:db8::ffff:ffff:ffff:ffff")));
  CHECK(client_group(ip("2001:db8:0:1::1")) != client_group(ip("2001:db8::1")));
}

}  // namespace
}  // namespace naru::proxy
