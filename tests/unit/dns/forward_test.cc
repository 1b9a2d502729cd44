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

/// Waits for what other threads do; the test runner's own time-out is the bound.
template <class Condition>
void until(Condition condition) {
  const auto give_up = Clock::now() + 10s;
  while (!condition() && Clock::now() < give_up) ::poll(nullptr, 0, 2);  // leaves the CPU to them
  CHECK(condition());
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
      {"without EDNS", "+noedns WWW.Other.example.com", "WWW.Other.example.com.\t300\tIN\tA\t192.0.2.1"},
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

TEST_CASE("an upstream that is dead costs one attempt, one that is silent a moment, and later queries nothing") {
  const FakeUpstream good("127.79.0.102", 2);
  // Nobody is there: on loopback the kernel says so at once.
  const SocketAddress dead{ip("127.79.0.103"), Port(5399)};
  FakeUpstream silent("127.79.0.104", 4);
  silent.mute(true);
  for (const SocketAddress& bad : {dead, silent.address()}) {
    WorkerOptions options = to({bad, good.address()});
    options.forward.health_check = 60s;
    const Server server(options);
    INFO(bad.to_string());
    CHECK(dig(server.where, "www.1.example.com +short") == "192.0.2.2\n");
    // Its failure is known at once, or after its time-out.
    until([&] { return attempts(server, ForwardResult::refused) + attempts(server, ForwardResult::timeout) == 1; });
    CHECK(server.metrics().forwarding.hedges.value() == (bad == dead ? 0 : 1));
    for (int i = 2; i < 5; ++i) {
      CHECK(dig(server.where, fmt::format("www.{}.example.com +short", i)) == "192.0.2.2\n");
    }
    CHECK(server.metrics().forwarding.upstreams[0].requests.value() == 1);
    CHECK(server.metrics().forwarding.upstreams[0].usable.value() == 0);
  }
  const FakeUpstream other("127.79.0.105", 3);
  const Server server(to({other.address(), good.address()}));
  CHECK_THAT(dig(server.where, "broken.example.com"), Catch::Contains("SERVFAIL"));
  CHECK(attempts(server, ForwardResult::server_fail) == 2);
}

TEST_CASE("an upstream that comes back is used again, and nobody's query was spent to find out") {
  const FakeUpstream second("127.79.0.102", 2);
  FakeUpstream first("127.79.0.104", 4);
  WorkerOptions options = to({first.address(), second.address()});
  options.forward.health_check = 50ms;
  options.forward.attempt_timeout = 200ms;
  const Server server(options);
  std::size_t name = 0;
  const auto ask = [&] { return dig(server.where, fmt::format("www.{}.example.com +short", ++name)); };
  const auto usable = [&] { return server.metrics().forwarding.upstreams[0].usable.value() == 1; };
  for (int round = 0; round < 3; ++round) {
    until(usable);
    CHECK(ask() == "192.0.2.4\n");
    first.mute(true);
    CHECK(ask() == "192.0.2.2\n");
    until([&] { return !usable(); });
    const std::size_t asked = first.queries();
    for (int i = 0; i < 3; ++i) CHECK(ask() == "192.0.2.2\n");
    CHECK(first.queries() == asked);
    first.mute(false);
  }
  CHECK(first.seen().checks >= 3);
}

TEST_CASE("lies are not believed: the next upstream is asked, and liars alone get nobody an answer") {
  const FakeUpstream liar("127.79.0.112", 66);
  const FakeUpstream honest("127.79.0.113", 66);
  for (const char* lie : {"forged", "wrongid", "wrongport", "cut", "garbage"}) {
    INFO(lie);
    WorkerOptions options = to({liar.address()});
    options.forward.attempt_timeout = 150ms;
    const Server alone(options);
    CHECK_THAT(dig(alone.where, fmt::format("{}.example.com", lie)), Catch::Contains("status: SERVFAIL"));
    CHECK(attempts(alone, ForwardResult::answered) == 0);
  }
}

TEST_CASE("a server that does not keep the case of letters is asked again by TCP, and then believed") {
  const FakeUpstream upstream("127.79.0.114", 14);
  const Server server(to({upstream.address()}));
  CHECK(dig(server.where, "lower.a-name-of-some-length.example.com +short") == "192.0.2.14\n");
  CHECK(upstream.seen().tcp == 1);
  CHECK(attempts(server, ForwardResult::answered) == 1);
}

TEST_CASE("one FORMERR for EDNS is overcome, and does not take EDNS from other queries") {
  const FakeUpstream upstream("127.79.0.115", 15);
  const Server server(to({upstream.address()}));
  for (int i = 0; i < 5; ++i) {
    CHECK(dig(server.where, fmt::format("old.{}.example.com +short", i)) == "192.0.2.15\n");
    CHECK(dig(server.where, fmt::format("www.{}.example.com +short", i)) == "192.0.2.15\n");
  }
  const auto seen = upstream.seen();
  CHECK(seen.without_edns == 5);
  CHECK(seen.queries == 15);
}

TEST_CASE("client subnet and cookies of the client go no further") {
  const FakeUpstream upstream("127.79.0.116", 16);
  const Server server(to({upstream.address()}));
  CHECK(dig(server.where, "+subnet=192.0.2.0/24 +cookie=0011223344556677 www.example.com +short") == "192.0.2.16\n");
  CHECK(upstream.queries() == 1);
  CHECK(upstream.seen().with_options == 0);
}

TEST_CASE("stub zones: the longest that fits is asked, and nobody else") {
  const FakeUpstream common("127.79.0.117", 17);
  const FakeUpstream corp("127.79.0.118", 18);
  const FakeUpstream deep("127.79.0.119", 19);
  WorkerOptions options = to({common.address()});
  options.forward.stub_zones = {{*Name::parse("corp.example"), {corp.address()}},
                                {*Name::parse("deep.corp.example"), {deep.address()}}};
  struct Row {
    const char* name;
    const char* with_default;
    const char* without;
  };
  const Row rows[] = {{"www.corp.example", "192.0.2.18\n", "192.0.2.18\n"},
                      {"www.WWW.Corp.Example", "192.0.2.18\n", "192.0.2.18\n"},
                      {"www.deep.corp.example", "192.0.2.19\n", "192.0.2.19\n"},
                      {"www.notdeep.corp.example", "192.0.2.18\n", "192.0.2.18\n"},
                      {"www.xcorp.example", "192.0.2.17\n", ""},
                      {"www.example", "192.0.2.17\n", ""}};
  const Server with(options);
  options.forward.upstreams.clear();
  const Server without(options);
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(dig(with.where, fmt::format("{} +short", row.name)) == row.with_default);
    CHECK(dig(without.where, fmt::format("{} +short", row.name)) == row.without);
  }
  CHECK_THAT(dig(without.where, "www.example"), Catch::Contains("status: REFUSED"));
  CHECK_THAT(dig(without.where, "docs.shop.svc.cluster.local"), Catch::Contains("status: SERVFAIL"));
}

TEST_CASE("answers are kept: what is known is not asked for again") {
  const FakeUpstream upstream("127.79.0.120", 20);
  const Server server(to({upstream.address()}));
  const auto& metrics = server.metrics().forwarding;
  struct Row {
    const char* why;
    const char* arguments;
    std::size_t queries;  // at the upstream, in all
  };
  const Row rows[] = {
      {"asked for", "www.example.com", 1},
      {"known", "WWW.example.COM", 1},
      {"known over TCP as well", "+tcp www.example.com", 1},
      {"another type", "www.example.com AAAA", 2},
      {"with DO it may be another answer", "+dnssec www.example.com", 3},
      {"and with CD", "+cdflag www.example.com", 4},
      {"and without RD", "+norecurse www.example.com", 5},
      {"no such name, by the SOA", "none.example.com", 6},
      {"is known", "none.example.com", 6},
      {"without a SOA", "gone.example.com", 7},
      {"is not", "gone.example.com", 8},
      {"a failure", "broken.example.com", 9},
      {"is known for a while", "broken.example.com", 9},
      {"a long answer", "+tcp big.example.com", 10},
      {"is known, and cut off for UDP", "+ignore +bufsize=512 big.example.com", 10},
      {"where an alias of ours leads", "docs.shop.svc.cluster.local", 10},
      {"our own names are none of the cache's", "web.shop.svc.cluster.local", 10},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    static_cast<void>(dig(server.where, row.arguments));
    CHECK(upstream.queries() == row.queries);
  }
  CHECK(dig(server.where, "docs.shop.svc.cluster.local +short") == "www.example.com.\n192.0.2.20\n");
  CHECK_THAT(dig(server.where, "wwW.example.com"), Catch::Contains("wwW.example.com."));
  CHECK(metrics.cache_misses.value() == 10);
  CHECK(metrics.cache_hits[0].value() == 6);
  CHECK(metrics.cache_hits[1].value() == 1);
  CHECK(metrics.cache_hits[2].value() == 1);
  CHECK(metrics.cache_entries[0].value() == 5);
  CHECK(metrics.cache_entries[1].value() == 1);
  CHECK(metrics.cache_entries[2].value() == 1);
  CHECK(metrics.cache_bytes.value() > 0);
}

TEST_CASE("without a cache each query is asked for") {
  const FakeUpstream upstream("127.79.0.121", 21);
  WorkerOptions options = to({upstream.address()});
  options.forward.cache.size = 0;
  const Server server(options);
  for (int i = 0; i < 3; ++i) CHECK(dig(server.where, "www.example.com +short") == "192.0.2.21\n");
  CHECK(upstream.queries() == 3);
}

TEST_CASE("those who ask the same wait for one answer") {
  const FakeUpstream upstream("127.79.0.122", 22);
  const Server server(to({upstream.address()}));
  Client client(server.where, Transport::udp);
  for (std::uint16_t i = 0; i < 100; ++i) client.send(query_for("broken.example.com", i));
  std::set<unsigned> ids;
  for (int i = 0; i < 100; ++i) ids.insert(client.receive_datagram().id);
  CHECK(ids.size() == 100);
  CHECK(upstream.queries() == 1);
}

TEST_CASE("an upstream that leads back to us is found out and left alone") {
  const FakeUpstream good("127.79.0.123", 23);
  WorkerOptions options;
  options.listen = {SocketAddress{ip("127.79.0.54"), Port(5354)}};
  options.forward = to({options.listen.front()}).forward;
  options.forward.stub_zones = {{*Name::parse("corp.example"), {good.address()}}};
  const Server server(options);
  until([&] { return server.metrics().forwarding.upstreams[0].loops.value() == 1; });
  CHECK(server.metrics().forwarding.upstreams[1].loops.value() == 0);
  CHECK_THAT(dig(server.where, "www.example.com"), Catch::Contains("status: SERVFAIL"));
  CHECK(server.metrics().forwarding.upstreams[0].requests.value() == 0);
  CHECK(dig(server.where, "www.corp.example +short") == "192.0.2.23\n");
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

// Port, id and case are what a forger has to guess.
TEST_CASE("3,000 queries leave from more than 2,000 ports, few at a time or many, and no two names look alike") {
  for (const int at_once : {20, 400}) {
    const FakeUpstream upstream("127.79.0.108", 6);
    const Server server(to({upstream.address()}));
    Client client(server.where, Transport::udp);
    std::size_t answered = 0;
    for (int sent = 0; sent < 3000;) {
      const int until_then = std::min(3000, sent + at_once);
      const int count = until_then - sent;
      for (; sent < until_then; ++sent) {
        client.send(
            query_for(fmt::format("www.{}.abcdefghijklmnopqrstuvwxyz", sent), static_cast<std::uint16_t>(sent)));
      }
      for (int i = 0; i < count; ++i) answered += client.receive_datagram().answer.size();
    }
    CHECK(answered == 3000);
    const auto seen = upstream.seen();
    CHECK(seen.ports.size() > 2000);
    std::set<std::string> cases;
    for (const std::string& name : seen.names) cases.insert(name.substr(0, 3) + name.substr(name.find('.', 4)));
    CHECK(cases.size() > 2990);  // of 2^29
  }
}

// Its queries are given up before their time-out, which is all that would tell of it.
TEST_CASE("under a flood a silent upstream is found out, and the other one answers") {
  FakeUpstream silent("127.79.0.124", 24);
  silent.mute(true);
  const FakeUpstream good("127.79.0.125", 25);
  WorkerOptions options = to({silent.address(), good.address()});
  options.forward.max_in_flight = 50;
  options.forward.attempt_timeout = options.forward.total_timeout = 60s;
  options.forward.hedge_after = 50s;
  options.forward.health_check = 60s;
  const Server server(options);
  Client client(server.where, Transport::udp);
  std::uint16_t name = 0;
  const auto ask = [&] {
    client.send(query_for(fmt::format("www.{}.example.com", name), name));
    ++name;
  };
  for (int i = 0; i < 150; ++i) ask();
  for (int i = 0; i < 100; ++i)
    CHECK(client.receive_datagram().valid);  // the oldest failed, or the newest are answered
  until([&] { return server.metrics().forwarding.upstreams[0].usable.value() == 0; });
  ask();
  ReplyText answer;
  // Answers to the flood may still be on their way.
  for (int i = 0; i < 100 && (!answer.valid || answer.id != name - 1U); ++i) answer = client.receive_datagram();
  CHECK(answer.id == name - 1U);
  CHECK(answer.rcode == 0);
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
  for (std::uint16_t i = 0; i < 30; ++i) client.send(query_for(fmt::format("silent.{}.example.com", i / 2), i));
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
