#include "tests/unit/dns/server_fixture.h"

namespace naru::dns::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("dig is answered in every way it asks") {
  struct Row {
    const char* why;
    const char* arguments;
    const char* expected;
  };
  const Row rows[] = {
      {"A", "web.shop.svc.cluster.local +short", "10.96.0.1\n"},
      {"AAAA", "web.shop.svc.cluster.local AAAA +short", "fd00:10:96::1\n"},
      {"mixed case", "wEb.ShOp.svc.Cluster.LOCAL +short", "10.96.0.1\n"},
      {"over TCP", "+tcp web.shop.svc.cluster.local +short", "10.96.0.1\n"},
      {"without EDNS", "+noedns web.shop.svc.cluster.local +short", "10.96.0.1\n"},
      {"with a cookie and NSID", "+cookie +nsid web.shop.svc.cluster.local +short", "10.96.0.1\n"},
      {"with client subnet", "+subnet=192.0.2.0/24 web.shop.svc.cluster.local +short", "10.96.0.1\n"},
      {"SRV", "_http._tcp.web.shop.svc.cluster.local SRV +short", "0 100 80 web.shop.svc.cluster.local.\n"},
      {"PTR", "-x 10.96.0.1 +short", "web.shop.svc.cluster.local.\n"},
      {"PTR of IPv6", "-x fd00:10:96::1 +short", "web.shop.svc.cluster.local.\n"},
      {"ANY", "web.shop.svc.cluster.local ANY +notcp +short", "10.96.0.1\n"},
      {"the version", "dns-version.cluster.local TXT +short", "\"1.1.0\"\n"},
      {"CHAOS", "version.bind CH TXT", "status: REFUSED"},
      {"a transfer", "cluster.local AXFR", "; Transfer failed."},
      {"EDNS of another version", "+edns=1 +noednsneg web.shop.svc.cluster.local", "status: BADVERS"},
      {"another opcode", "+opcode=notify web.shop.svc.cluster.local", "status: NOTIMP"},
      {"no such name", "gone.shop.svc.cluster.local", "status: NXDOMAIN"},
      {"no such type", "web.shop.svc.cluster.local MX", "ANSWER: 0, AUTHORITY: 1"},
      {"other names", "www.example.com", "status: REFUSED"},
      {"unknown types", "web.shop.svc.cluster.local TYPE65280", "status: NOERROR"},
  };
  const Server server;
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK_THAT(dig(server.where, row.arguments), Catch::Contains(row.expected));
  }
}

TEST_CASE("a long answer is cut off on UDP and whole on TCP") {
  const Server server;
  const std::string name = "db.data.svc.cluster.local +short";
  CHECK(lines_of(dig(server.where, name)) == 100);  // by itself dig goes on to TCP
  CHECK_THAT(dig(server.where, "+ignore +noedns db.data.svc.cluster.local"), Catch::Contains("qr aa tc"));
  CHECK(lines_of(dig(server.where, "+ignore +noedns " + name)) == 29);
  CHECK(lines_of(dig(server.where, "+ignore +nocookie +bufsize=4096 " + name)) == 73);
  CHECK(lines_of(dig(server.where, "+ignore +nocookie +bufsize=100 " + name)) == 28);
  CHECK(server.metrics().truncated.value() > 0);
}

TEST_CASE("an IPv6 address is served as an IPv4 one is") {
  WorkerOptions options;
  options.listen = {SocketAddress{ip("::1"), Port()}};
  const Server server(options);
  CHECK(dig(server.where, "web.shop.svc.cluster.local +short") == "10.96.0.1\n");
  CHECK(dig(server.where, "+tcp web.shop.svc.cluster.local +short") == "10.96.0.1\n");
}

// dig takes no answer from another address than it asked.
TEST_CASE("on a wildcard address the answer comes from the address that was asked") {
  for (const char* wildcard : {"0.0.0.0", "::"}) {
    WorkerOptions options;
    options.listen = {SocketAddress{ip(wildcard), Port()}};
    const Server server(options);
    const bool v4 = server.where.ip.is_v4();
    const std::vector<const char*> addresses =
        v4 ? std::vector{"127.79.0.1", "127.0.0.1", "127.79.0.99"} : std::vector{"::1"};
    for (const char* address : addresses) {
      INFO(address);
      const SocketAddress asked{ip(address), server.where.port};
      CHECK(dig(asked, "web.shop.svc.cluster.local +short") == "10.96.0.1\n");
      CHECK(dig(asked, "+tcp web.shop.svc.cluster.local +short") == "10.96.0.1\n");
    }
  }
}

TEST_CASE("a new zone is answered from at once, an older one never") {
  Server server;
  Client client(server.where, Transport::udp);
  const auto address_now = [&] {
    client.send(query_for("web.shop.svc.cluster.local"));
    return client.receive_datagram().answer;
  };
  const auto zone_with = [](const char* address) {
    Zone zone = server_zone();
    zone.set_service(cluster_ip("shop", "web", {ip(address)}));
    return zone;
  };
  server.on_worker([&](WorkerDns& dns) { dns.apply(3, zone_with("10.96.0.3")); });
  CHECK(address_now() == Lines{"web.shop.svc.cluster.local. A 10.96.0.3"});
  server.on_worker([&](WorkerDns& dns) { dns.apply(2, zone_with("10.96.0.2")); });
  CHECK(address_now() == Lines{"web.shop.svc.cluster.local. A 10.96.0.3"});
}

TEST_CASE("bursts larger than a batch are all answered") {
  const Server server;
  Client client(server.where, Transport::udp);
  for (std::uint16_t i = 0; i < 300; ++i) client.send(query_for("web.shop.svc.cluster.local", i));
  std::set<unsigned> ids;
  for (int i = 0; i < 300; ++i) ids.insert(client.receive_datagram().id);
  CHECK(ids.size() == 300);
}

TEST_CASE("datagrams that are no queries are dropped and counted") {
  const Server server;
  Client client(server.where, Transport::udp);
  client.send({1, 2, 3});
  client.send(Bytes(3000, 0));
  Bytes response = query_for("web.shop.svc.cluster.local");
  response[2] |= 0x80;
  client.send(response);
  client.send(query_for("web.shop.svc.cluster.local", 77));
  CHECK(client.receive_datagram().id == 77);
  const auto dropped = [&](DropReason reason) {
    return server.metrics().drops[static_cast<std::size_t>(reason)].value();
  };
  CHECK(dropped(DropReason::runt) == 1);
  CHECK(dropped(DropReason::oversized) == 1);
  CHECK(dropped(DropReason::response) == 1);
}

TEST_CASE("what is counted of a query") {
  const Server server;
  Client client(server.where, Transport::udp);
  client.send(query_for("web.shop.svc.cluster.local", 1, Type::aaaa));
  static_cast<void>(client.receive_datagram());
  client.send(query_for("gone.shop.svc.cluster.local", 1, Type{4711}));
  static_cast<void>(client.receive_datagram());
  const Metrics& metrics = server.metrics();
  CHECK(metrics.requests[0][0][static_cast<std::size_t>(TypeClass::aaaa)].value() == 1);
  CHECK(metrics.requests[0][0][static_cast<std::size_t>(TypeClass::other)].value() == 1);
  CHECK(metrics.responses[0].value() == 1);
  CHECK(metrics.responses[3].value() == 1);
  CHECK(metrics.request_size[0].sum() == 44 + 45);
}

TEST_CASE("an address that cannot be listened on is reported once, and again when it can") {
  const SocketAddress elsewhere{ip("198.51.100.1"), Port(5353)};
  WorkerOptions options;
  options.listen = {elsewhere, SocketAddress{ip("127.79.0.53"), Port()}};
  Server server(options);
  CHECK(dig(server.where, "web.shop.svc.cluster.local +short") == "10.96.0.1\n");
  server.on_worker([](WorkerDns& dns) { dns.retry_failed(); });
  std::size_t failures = 0;
  std::size_t opened = 0;
  for (const auto& [key, error] : server.reports) (error ? failures : opened) += 1;
  CHECK(failures == 2);
  CHECK(opened == 2);
  CHECK(server.reports[0].second->code == Errc::unavailable);
}

TEST_CASE("two workers share an address") {
  Server first;
  WorkerOptions options;
  options.listen = {first.where};
  const Server second(options);
  for (int i = 0; i < 20; ++i) {
    Client client(first.where, Transport::udp);
    client.send(query_for("web.shop.svc.cluster.local"));
    CHECK(client.receive_datagram().answer.size() == 1);
  }
}

TEST_CASE("after draining nothing listens, and what was asked before is answered") {
  Server server;
  Client udp(server.where, Transport::udp);
  Client tcp(server.where, Transport::tcp);
  udp.send(query_for("web.shop.svc.cluster.local", 5));
  tcp.send(framed(query_for("web.shop.svc.cluster.local", 6)));
  server.drain();
  CHECK(udp.receive_datagram().id == 5);
  const auto reply = tcp.receive_message();
  REQUIRE(reply);
  CHECK(reply->id == 6);
  CHECK(tcp.closed());
  server.on_worker([](WorkerDns& dns) { CHECK(dns.listeners().empty()); });
  udp.send(query_for("web.shop.svc.cluster.local"));
  CHECK_FALSE(udp.receive_datagram().valid);  // refused by the kernel
}

}  // namespace
}  // namespace naru::dns::test
