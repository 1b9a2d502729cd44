#include "tests/unit/dns/fake_upstream.h"
#include "tests/unit/dns/server_fixture.h"

namespace naru::dns::test {
namespace {

using namespace std::chrono_literals;

WorkerOptions to(std::vector<SocketAddress> upstreams) {
  WorkerOptions options;
  options.forward.upstreams = std::move(upstreams);
  options.forward.policy = UpstreamPolicy::sequential;
  options.forward.attempt_timeout = 500ms;  // the machine that runs the tests may be busy
  options.forward.total_timeout = 2s;
  return options;
}

std::uint64_t attempts(const Server& server, ForwardResult result) {
  return server.metrics().forwards[static_cast<std::size_t>(result)].value();
}

TEST_CASE("other names are asked for at the upstream, ours never") {
  struct Row {
    const char* why;
    const char* arguments;
    const char* expected;
  };
  const Row rows[] = {
      {"a name", "www.example.com +short", "192.0.2.1\n"},
      {"over TCP", "+tcp www.example.com +short", "192.0.2.1\n"},
      {"without EDNS", "+noedns WWW.Example.com", "WWW.Example.com.\t300\tIN\tA\t192.0.2.1"},
      {"no such name", "gone.example.com", "status: NXDOMAIN"},
      {"no such type", "www2.example.com", "status: NOERROR"},
      {"recursion is there", "www.example.com", "flags: qr rd ra;"},
      {"our own names", "gone.shop.svc.cluster.local", "flags: qr aa rd ra;"},
      {"what is too long for UDP is fetched by TCP", "+tcp big.example.com", "ANSWER: 60,"},
      {"and cut off again for a client by UDP", "+ignore +bufsize=512 big.example.com", "flags: qr tc rd ra;"},
      {"an alias of ours that leads outside", "docs.shop.svc.cluster.local +short", "www.example.com.\n192.0.2.1\n"},
      {"one that leads to nothing", "lost.shop.svc.cluster.local", "status: SERVFAIL"},
      {"an upstream's own failure", "broken.example.com", "status: SERVFAIL"},
      {"a forged answer", "forged.example.com", "status: SERVFAIL"},
      {"no answer at all", "silent.example.com", "status: SERVFAIL"},
  };
  const FakeUpstream upstream("127.79.0.101", 1);
  const Server server(to({upstream.address()}));
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK_THAT(dig(server.where, row.arguments), Catch::Contains(row.expected));
  }
}

TEST_CASE("an upstream that is silent, dead or broken costs one attempt, then the next is asked") {
  const FakeUpstream good("127.79.0.102", 2);
  // Nobody is there: on loopback the kernel says so at once.
  const SocketAddress dead{ip("127.79.0.103"), Port(5399)};
  // Bound, and never read from.
  const runtime::UniqueFd silent =
      std::move(runtime::bind_udp(SocketAddress{ip("127.79.0.104"), Port()}, 1 << 16).value());
  runtime::KernelAddress silent_address;
  REQUIRE(::getsockname(silent.get(), silent_address.get(), &silent_address.size) == 0);
  for (const SocketAddress& bad : {dead, silent_address.address()}) {
    const Server server(to({bad, good.address()}));
    INFO(bad.to_string());
    CHECK(dig(server.where, "www.example.com +short") == "192.0.2.2\n");
    CHECK(attempts(server, ForwardResult::refused) + attempts(server, ForwardResult::timeout) == 1);
    // And the next query does not even try it.
    CHECK(dig(server.where, "www.example.com +short") == "192.0.2.2\n");
    CHECK(attempts(server, ForwardResult::refused) + attempts(server, ForwardResult::timeout) == 1);
  }
  const FakeUpstream other("127.79.0.105", 3);
  const Server server(to({other.address(), good.address()}));
  CHECK_THAT(dig(server.where, "broken.example.com"), Catch::Contains("SERVFAIL"));
  CHECK(attempts(server, ForwardResult::server_fail) == 2);
}

TEST_CASE("nobody answers: SERVFAIL in time, also where nobody is there") {
  const Server server(to({SocketAddress{ip("127.79.0.103"), Port(5399)}}));
  const auto before = Clock::now();
  CHECK_THAT(dig(server.where, "www.example.com"), Catch::Contains("SERVFAIL"));
  CHECK(Clock::now() - before < 4s);
}

TEST_CASE("the only upstream is asked again if it is silent, and not if it has failed") {
  const FakeUpstream upstream("127.79.0.111", 9);
  const Server server(to({upstream.address()}));
  CHECK_THAT(dig(server.where, "broken.example.com"), Catch::Contains("SERVFAIL"));
  CHECK(upstream.queries() == 1);
  CHECK_THAT(dig(server.where, "silent.example.com"), Catch::Contains("SERVFAIL"));
  CHECK(upstream.queries() == 3);
}

TEST_CASE("on TCP an answer that is there goes before one that is not") {
  const FakeUpstream upstream("127.79.0.106", 4);
  const Server server(to({upstream.address()}));
  Client client(server.where, Transport::tcp);
  client.send(framed(query_for("silent.example.com", 1)));
  client.send(framed(query_for("web.shop.svc.cluster.local", 2)));
  client.send(framed(query_for("www.example.com", 3)));
  client.finish_sending();
  CHECK(client.receive_message().value().id == 2);
  CHECK(client.receive_message().value().id == 3);
  const auto last = client.receive_message();
  REQUIRE(last);
  CHECK(last->id == 1);
  CHECK(last->rcode == 2);
  CHECK(client.closed());
}

TEST_CASE("more pipelined queries than are taken at once wait, and all are answered") {
  const FakeUpstream upstream("127.79.0.107", 5);
  WorkerOptions options = to({upstream.address()});
  options.tcp.max_pipelined = 3;
  const Server server(options);
  Client client(server.where, Transport::tcp);
  Bytes all;
  for (std::uint16_t i = 0; i < 200; ++i) {
    const Bytes one = framed(query_for(i % 3 == 0 ? "web.shop.svc.cluster.local" : "www.example.com", i));
    all.insert(all.end(), one.begin(), one.end());
  }
  client.send(all);
  std::set<unsigned> ids;
  for (int i = 0; i < 200; ++i) {
    const auto reply = client.receive_message();
    REQUIRE(reply);
    REQUIRE(reply->answer.size() == 1);
    ids.insert(reply->id);
  }
  CHECK(ids.size() == 200);
}

// The port is, with the id, what a forger has to guess.
TEST_CASE("3,000 queries leave from more than 2,000 ports") {
  const FakeUpstream upstream("127.79.0.108", 6);
  const Server server(to({upstream.address()}));
  Client client(server.where, Transport::udp);
  std::size_t answered = 0;
  for (int round = 0; round < 60; ++round) {
    for (std::uint16_t i = 0; i < 50; ++i) client.send(query_for("www.example.com", i));
    for (int i = 0; i < 50; ++i) answered += client.receive_datagram().answer.size();
  }
  CHECK(answered == 3000);
  CHECK(upstream.ports() > 2000);
}

TEST_CASE("too many in flight: the oldest are given up") {
  const FakeUpstream upstream("127.79.0.109", 7);
  WorkerOptions options = to({upstream.address()});
  options.forward.max_in_flight = 10;
  options.forward.attempt_timeout = 2s;
  options.forward.total_timeout = 3s;
  const Server server(options);
  Client client(server.where, Transport::udp);
  const auto before = Clock::now();
  for (std::uint16_t i = 0; i < 30; ++i) client.send(query_for("silent.example.com", i));
  for (unsigned i = 0; i < 20; ++i) {
    const ReplyText reply = client.receive_datagram();
    CHECK(reply.rcode == 2);
    CHECK(reply.id == i);
  }
  CHECK(Clock::now() - before < 1500ms);
  CHECK(server.metrics().forward_shed.value() == 20);
}

TEST_CASE(
    "replies of upstreams go out after draining has begun, and a worker that ends with queries in flight just ends") {
  const FakeUpstream upstream("127.79.0.110", 8);
  {
    Server server(to({upstream.address()}));
    Client client(server.where, Transport::udp);
    client.send(query_for("silent.example.com", 3));
    client.send(query_for("web.shop.svc.cluster.local", 4));
    CHECK(client.receive_datagram().id == 4);
    server.drain();
    CHECK(client.receive_datagram().id == 3);
  }
  Server server(to({upstream.address()}));
  Client client(server.where, Transport::udp);
  Client tcp(server.where, Transport::tcp);
  for (std::uint16_t i = 0; i < 50; ++i) client.send(query_for("silent.example.com", i));
  tcp.send(framed(query_for("silent.example.com", 1)));
  client.send(query_for("web.shop.svc.cluster.local", 99));
  CHECK(client.receive_datagram().id == 99);
}

}  // namespace
}  // namespace naru::dns::test
