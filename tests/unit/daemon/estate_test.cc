#include "daemon/estate.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "daemon/learned_state.h"
#include "runtime/message_socket.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;

struct Pair {
  runtime::UniqueFd one, other;
  Pair() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds.data()) == 0);
    one.reset(fds[0]);
    other.reset(fds[1]);
    const timeval limit{2, 0};
    for (const int fd : fds) ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
};

SocketAddress address(const char* text) {
  return SocketAddress::parse(text).value();
}

runtime::UniqueFd some_fd() {
  return runtime::UniqueFd(::socket(AF_INET, SOCK_STREAM, 0));
}

/// As many of everything as do not fit into one message.
Estate large_estate() {
  Estate estate;
  estate.proxies.resize(2);
  for (std::uint16_t i = 1; i <= 400; ++i) {
    const SocketAddress at{IpAddress::v4(0x7f010101), Port(i)};
    estate.proxies[1].listeners.push_back({{at, Protocol::tcp}, some_fd()});
    estate.proxies[0].flows.push_back({{at, Protocol::udp}, address("192.0.2.1:5"), address("[2001:db8::1]:6")});
    estate.proxies[1].affinity.push_back({{}, at.ip, at, address("10.0.0.1:80"), TimePoint(std::chrono::seconds(i))});
  }
  estate.dns.push_back({{address("127.0.0.53:53"), dns::Transport::udp}, some_fd(), true});
  estate.http.push_back({address("127.0.0.1:10249"), some_fd()});
  estate.ejections.push_back({{"shop", "web"}, "http", address("10.0.0.9:80"), TimePoint(7s)});
  return estate;
}

TEST_CASE("an estate arrives as it was, in as many messages as it takes") {
  const Pair pair;
  const Estate sent = large_estate();
  std::thread sender([&] { CHECK(send_estate(pair.one.get(), sent).has_value()); });
  auto got = receive_estate(pair.other.get());
  sender.join();
  REQUIRE(got.has_value());
  REQUIRE(got->proxies.size() == 2);
  CHECK(got->proxies[0].listeners.empty());
  REQUIRE(got->proxies[1].listeners.size() == 400);
  CHECK(got->proxies[1].listeners[399].key == sent.proxies[1].listeners[399].key);
  CHECK(got->proxies[1].listeners[399].fd);
  REQUIRE(got->proxies[0].flows.size() == 400);
  CHECK(got->proxies[0].flows[7].client == address("192.0.2.1:5"));
  CHECK(got->proxies[0].flows[7].endpoint == address("[2001:db8::1]:6"));
  REQUIRE(got->proxies[1].affinity.size() == 400);
  CHECK(got->proxies[1].affinity[3].at == TimePoint(4s));
  REQUIRE(got->dns.size() == 1);
  CHECK(got->dns[0].held);
  CHECK(got->dns[0].key == sent.dns[0].key);
  REQUIRE(got->http.size() == 1);
  REQUIRE(got->ejections.size() == 1);
  CHECK(got->ejections[0].service.to_string() == "shop/web");
  CHECK(got->ejections[0].until == TimePoint(7s));
}

TEST_CASE("what is no estate is refused, whatever it is") {
  const char* const texts[] = {
      "",  // an end
      "not JSON",
      "{}",
      "[1]",
      R"([{"no":"kind"}])",
      R"([{"kind":"workers","count":0}])",
      R"([{"kind":"workers","count":100000}])",
      R"([{"kind":"listener","worker":0,"address":"127.0.0.1:1","protocol":"TCP"}])",  // before the number of workers
      R"([{"kind":"workers","count":1},{"kind":"listener","worker":0,"address":"127.0.0.1:1","protocol":"TCP"}])",
      R"([{"kind":"workers","count":1},{"kind":"listener","worker":0,"address":"nowhere","protocol":"TCP"}])",
      R"([{"kind":"workers","count":1},{"kind":"flow","worker":-1,"address":"127.0.0.1:1","protocol":"UDP"}])",
  };
  for (const char* text : texts) {
    INFO(text);
    Pair pair;
    if (*text == '\0') pair.one.reset();
    if (pair.one) REQUIRE(runtime::send_message(pair.one.get(), text).has_value());
    CHECK_FALSE(receive_estate(pair.other.get()).has_value());
  }
}

TEST_CASE("what a later version gives besides is left alone") {
  const Pair pair;
  REQUIRE(runtime::send_message(pair.one.get(), R"([{"kind":"workers","count":1},{"kind":"news"},{"kind":"end"}])")
              .has_value());
  const auto got = receive_estate(pair.other.get());
  REQUIRE(got.has_value());
  CHECK(got->proxies.size() == 1);
}

TEST_CASE("of what several workers know of a client the newest counts") {
  Estate estate;
  estate.proxies.resize(2);
  const SocketAddress frontend = address("10.96.0.1:80");
  const IpAddress client = IpAddress::v4(0x0a000001);
  estate.proxies[0].affinity.push_back({{}, client, frontend, address("10.0.0.1:80"), TimePoint(9s)});
  estate.proxies[1].affinity.push_back({{}, client, frontend, address("10.0.0.2:80"), TimePoint(10s)});
  estate.proxies[1].affinity.push_back({{}, client, address("10.96.0.2:80"), address("10.0.0.3:80"), TimePoint(1s)});
  const auto known = affinity_of(estate);
  REQUIRE(known.size() == 2);
  CHECK(known[0].endpoint == address("10.0.0.3:80"));  // the oldest first
  CHECK(known[1].endpoint == address("10.0.0.2:80"));
}

TEST_CASE("an endpoint that was out stays out for the rest of its time, at its own Service port") {
  const auto make_port = [](const char* name, std::uint64_t id) {
    auto port = std::make_shared<proxy::ServicePort>();
    port->id = proxy::ServicePortId{id};
    port->service = {"shop", name};
    port->port_name = "http";
    lb::Endpoint endpoint;
    endpoint.address = address("10.0.0.1:80");
    endpoint.state = std::make_shared<lb::EndpointState>();
    port->endpoints.push_back(endpoint);
    return port;
  };
  const TimePoint now(100s);
  const auto web = make_port("web", 1);
  const auto other = make_port("other", 2);
  proxy::Table table;
  table.service_ports.set(web->id, web);
  table.service_ports.set(other->id, other);
  (void)web->endpoints[0].state->eject(now, 10s, 10s);
  const auto out = ejections_in(table, now);
  REQUIRE(out.size() == 1);

  const auto again = make_port("web", 3);
  const auto not_this = make_port("other", 4);
  proxy::Table next;
  next.service_ports.set(again->id, again);
  next.service_ports.set(not_this->id, not_this);
  restore_ejections(next, out, now + 4s);
  CHECK(again->endpoints[0].state->ejected_until() == now + 10s);
  CHECK_FALSE(not_this->endpoints[0].state->ejected(now + 4s));
  const auto too_late = make_port("web", 5);
  proxy::Table later;
  later.service_ports.set(too_late->id, too_late);
  restore_ejections(later, out, now + 10s);
  CHECK_FALSE(too_late->endpoints[0].state->ejected(now + 10s));
}

}  // namespace
}  // namespace naru::daemon
