#include "udp_lab.h"

namespace naru::proxy::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a datagram goes to an endpoint, and the answer comes back from the Service's address") {
  UdpLab lab("127.78.0.1:5301");
  Server server("127.78.1.1:5301");
  lab.open({endpoint_at(server.address())});
  const Client client = lab.client();  // connected: it hears nobody else
  ask(client, server, "who?");
  ask(client, server, "");  // an empty datagram is one, too
  ask(client, server, std::string(60 * 1024, 'x'));
  ask(client, server, std::string(65'507 - 4, 'y'));  // with "re: " the longest there is

  const auto records = lab.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].client == client.address());
  CHECK(records[0].endpoint == server.address());
  CHECK(records[0].address == at("127.78.0.1:5301"));
  CHECK(records[0].service.to_string() == "shop/dns");
  CHECK(records[0].attempts == 1);
  CHECK(records[0].bytes_received == 4 + 60 * 1024 + 65'503);
  CHECK(records[0].bytes_sent == records[0].bytes_received + 4 * 4);
  CHECK(lab.state->active.value() == 1);
}

TEST_CASE("IPv6 is served as IPv4 is") {
  UdpLab lab("[::1]:5302");
  Server server("[::1]:5303");
  lab.open({endpoint_at(server.address())});
  const Client client = lab.client();
  ask(client, server, "who?");
}

TEST_CASE("two clients have two flows, each with its own endpoint") {
  UdpLab lab("127.78.0.1:5304");
  Server one("127.78.1.1:5304");
  Server two("127.78.1.2:5304");
  lab.open({endpoint_at(one.address()), endpoint_at(two.address())});
  const Client first = lab.client();
  const Client second = lab.client();
  ask(first, one, "a");
  ask(second, two, "b");
  ask(first, one, "c");
  ask(second, two, "d");
  CHECK(lab.flows() == 2);
}

// What operators of the kernel-mode proxies suffered from both ways: stale flows, and all flows flushed for one.
TEST_CASE("flows of an endpoint that goes are re-picked, others are not touched") {
  UdpLab lab("127.78.0.1:5305");
  Server going("127.78.1.1:5305");
  Server staying("127.78.1.2:5305");
  const auto stays = endpoint_at(staying.address());
  lab.open({endpoint_at(going.address()), stays});
  const Client first = lab.client();
  const Client second = lab.client();
  ask(first, going, "a");
  ask(second, staying, "b");
  const SocketAddress before = staying.client();

  lab.change({stays});
  ask(second, staying, "c");
  CHECK(staying.client() == before);
  ask(first, staying, "d");
  CHECK(going.has_nothing());
  CHECK(lab.flows() == 2);
  CHECK(lab.ended().empty());
  CHECK(stays.state->active.value() == 2);
}

TEST_CASE("an endpoint's late answer still arrives, as long as the client has asked nobody else") {
  UdpLab lab("127.78.0.1:5306");
  Server going("127.78.1.1:5306");
  Server other("127.78.1.2:5306");
  lab.open({endpoint_at(going.address())});
  const Client client = lab.client();
  client.send("a");
  REQUIRE(going.next() == "a");
  lab.change({endpoint_at(other.address())});
  going.answer("b");
  CHECK(client.next() == "b");
}

TEST_CASE("a port that changes is an endpoint that goes") {
  UdpLab lab("127.78.0.1:5307");
  Server before("127.78.1.1:5307");
  Server after("127.78.1.1:5308");
  lab.open({endpoint_at(before.address())});
  const Client client = lab.client();
  ask(client, before, "a");
  lab.change({endpoint_at(after.address())});
  ask(client, after, "b");
}

TEST_CASE("a flow stays with an endpoint that is shutting down while there is no other") {
  UdpLab lab("127.78.0.1:5309");
  Server old("127.78.1.1:5309");
  Server fresh("127.78.1.2:5309");
  auto endpoint = endpoint_at(old.address());
  lab.open({endpoint});
  const Client client = lab.client();
  ask(client, old, "a");
  endpoint.ready = false;
  endpoint.terminating = true;
  lab.change({endpoint});
  ask(client, old, "b");
  CHECK(lab.records().at(0).draining);
  lab.change({endpoint, endpoint_at(fresh.address())});
  ask(client, fresh, "c");
  CHECK_FALSE(lab.records().at(0).draining);
}

// A resolver that asks once and waits would lose seconds.
TEST_CASE("a datagram that an endpoint refuses goes to another one") {
  UdpLab lab("127.78.0.1:5310");
  Server server("127.78.1.9:5310");
  const auto dead = endpoint_at(at("127.78.1.1:5310"));
  const auto dead_too = endpoint_at(at("127.78.1.2:5310"));
  lab.open({dead, dead_too, endpoint_at(server.address())});
  const Client client = lab.client();
  ask(client, server, "a");
  CHECK(lab.state->replays.value() >= 1);
  CHECK(lab.state->ejections.value() == lab.state->connect_failures.value());
  CHECK(dead.state->failures.value() == 1);
  CHECK(dead.state->ejected(Clock::now()));
  CHECK(dead.state->active.value() == 0);
  CHECK(lab.state->datagrams_dropped.value() == 0);

  const Client second = lab.client();  // knows already
  ask(second, server, "b");
  CHECK(dead.state->failures.value() == 1);
}

TEST_CASE("an endpoint that dies between two questions costs no answer") {
  UdpLab lab("127.78.0.1:5311");
  auto dying = std::make_unique<Server>("127.78.1.1:5311");
  Server server("127.78.1.2:5311");
  lab.open({endpoint_at(dying->address()), endpoint_at(server.address())});
  const Client client = lab.client();
  ask(client, *dying, "a");
  dying.reset();
  ask(client, server, "b");
}

// Which of several was refused is not known, and sending any twice could do harm.
TEST_CASE("of several datagrams under way none is sent again, and the next goes elsewhere") {
  UdpLab lab("127.78.0.1:5312");
  Server server("127.78.1.2:5312");
  lab.open({endpoint_at(at("127.78.1.1:5312")), endpoint_at(server.address())});
  const Client client = lab.client();
  lab.on_worker([&] {  // so that the worker reads both at once
    client.send("a");
    client.send("b");
  });
  while (lab.state->connect_failures.value() == 0) lab.on_worker([] {});
  CHECK(server.has_nothing());
  CHECK(lab.state->replays.value() == 0);
  ask(client, server, "c");
  CHECK(lab.flows() == 1);
}

TEST_CASE("where every endpoint refuses, each is tried once and the flow ends") {
  UdpLab lab("127.78.0.1:5313");
  const auto a = endpoint_at(at("127.78.1.1:5313"));
  const auto b = endpoint_at(at("127.78.1.2:5313"));
  lab.open({a, b});
  const Client client = lab.client();
  client.send("a");
  while (lab.ended().empty()) continue;
  CHECK(lab.ended().at(0).outcome == Outcome::no_endpoint);
  CHECK(lab.ended().at(0).attempts == 2);
  CHECK(a.state->failures.value() == 1);
  CHECK(b.state->failures.value() == 1);
  CHECK(lab.state->datagrams_dropped.value() == 1);
  CHECK(lab.state->active.value() == 0);
  CHECK(lab.comes_to(0));
}

TEST_CASE("a quiet flow ends, and traffic keeps it") {
  Settings settings;
  settings.udp_idle_timeout = 60ms;
  UdpLab lab("127.78.0.1:5314", settings);
  Server server("127.78.1.1:5314");
  const auto endpoint = endpoint_at(server.address());
  lab.open({endpoint});
  const Client client = lab.client();
  ask(client, server, "a");
  const auto began = Clock::now();
  CHECK(lab.comes_to(0));
  CHECK(Clock::now() - began >= 40ms);
  REQUIRE(lab.ended().size() == 1);
  CHECK(lab.ended()[0].outcome == Outcome::idle_timeout);
  CHECK(lab.ended()[0].bytes_sent == 5);
  CHECK(lab.state->bytes_received.value() == 1);
  CHECK(lab.state->bytes_sent.value() == 5);
  CHECK(lab.state->active.value() == 0);
  CHECK(endpoint.state->active.value() == 0);
  CHECK(endpoint.state->connections.value() == 1);

  // Longer than the time-out, without a pause as long.
  const auto until = Clock::now() + 200ms;
  ask(client, server, "b");
  const SocketAddress before = server.client();
  while (Clock::now() < until) ask(client, server, "c");
  CHECK(server.client() == before);
}

TEST_CASE("a time-out that is shortened holds for flows that exist") {
  UdpLab lab("127.78.0.1:5315");
  Server server("127.78.1.1:5315");
  const auto endpoint = endpoint_at(server.address());
  lab.open({endpoint});
  const Client client = lab.client();
  ask(client, server, "a");
  lab.shorten_idle_timeout(20ms);
  CHECK(lab.comes_to(0));
}

TEST_CASE("one flow too many displaces the one that was quiet longest") {
  UdpLab lab("127.78.0.1:5316", {}, {2, 1000});
  Server server("127.78.1.1:5316");
  lab.open({endpoint_at(server.address())});
  const Client first = lab.client();
  const Client second = lab.client();
  const Client third = lab.client();
  ask(first, server, "a");
  ask(second, server, "b");
  ask(first, server, "c");
  ask(third, server, "d");
  CHECK(lab.flows() == 2);
  REQUIRE(lab.ended().size() == 1);
  CHECK(lab.ended()[0].outcome == Outcome::limit);
  CHECK(lab.ended()[0].client == second.address());
  ask(second, server, "e");  // and is back with its next datagram
}

TEST_CASE("maxConnections bounds the flows of a Service") {
  Settings settings;
  settings.max_connections = 1;
  UdpLab lab("127.78.0.1:5317", settings);
  Server server("127.78.1.1:5317");
  lab.open({endpoint_at(server.address())});
  const Client first = lab.client();
  const Client second = lab.client();
  ask(first, server, "a");
  second.send("b");
  ask(first, server, "c");  // behind it in the queue
  CHECK(server.has_nothing());
  CHECK(lab.flows() == 1);
  CHECK(lab.state->outcomes[static_cast<std::size_t>(Outcome::limit)].value() == 1);
}

TEST_CASE("the longest datagrams there are go both ways") {
  // 65535 bytes without the headers of IPv4 and UDP; IPv6 does not count its own.
  const auto [frontend, endpoint, longest] = GENERATE(std::tuple("127.78.0.1:5340", "127.78.1.1:5340", 65'507U),
                                                      std::tuple("[::1]:5341", "[::1]:5342", 65'527U));
  UdpLab lab(frontend);
  Server server(endpoint);
  lab.open({endpoint_at(server.address())});
  const Client client = lab.client();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1472}, std::size_t{9000}, std::size_t{longest}}) {
    std::string text(size, 'q');
    client.send(text);
    REQUIRE(server.next() == text);
    std::ranges::fill(text, 'a');
    server.answer(text);
    REQUIRE(client.next() == text);
  }
  CHECK(lab.state->datagrams_dropped.value() == 0);
}

TEST_CASE("a client with thousands of ports does not push out another's flow") {
  UdpLab lab("127.78.0.1:5343", {}, {.flows = 200});
  Server server("127.78.1.1:5343");
  Server other("127.78.1.2:5343");
  lab.open({endpoint_at(server.address()), endpoint_at(other.address())});
  const Client modest = lab.client();
  ask(modest, server, "here first");
  for (int i = 0; i < 3000; ++i) {
    const Client one = lab.client_from("127.78.2.1");
    one.send("x");
  }
  modest.send("here still");
  auto got = server.next();
  while (got == "x") got = server.next();
  REQUIRE(got == "here still");
  CHECK(lab.flows() <= 200);
  CHECK(std::ranges::none_of(lab.ended(), [&](const auto& record) { return record.client == modest.address(); }));
  const Client late = lab.client_from("127.78.2.2");
  late.send("late, and let in");
  const auto let_in = [&] {
    const auto records = lab.records();
    return std::ranges::any_of(records, [&](const auto& record) { return record.client == late.address(); });
  };
  const auto deadline = Clock::now() + 10s;
  while (!let_in() && Clock::now() < deadline) continue;
  CHECK(let_in());
  CHECK(lab.flows() <= 200);
}

TEST_CASE("with affinity a client keeps its endpoint over flows") {
  Settings settings;
  settings.affinity = 100s;
  UdpLab lab("127.78.0.1:5318", settings);
  Server one("127.78.1.1:5318");
  Server two("127.78.1.2:5318");
  lab.open({endpoint_at(one.address()), endpoint_at(two.address())});
  for (int i = 0; i < 4; ++i) lab.client().send("a");
  int got[2] = {};
  for (int i = 0; i < 4; ++i) {
    REQUIRE(lab.comes_to(4));
    if (!one.has_nothing()) ++got[0];
    if (!two.has_nothing()) ++got[1];
  }
  CHECK(got[0] + got[1] == 4);
  CHECK((got[0] == 4 || got[1] == 4));
}

// More than are read before others have their turn: the rest must not wait for another event.
TEST_CASE("a long burst of datagrams is read to its end") {
  UdpLab lab("127.78.0.1:5319");
  Server server("127.78.1.1:5319");
  lab.open({endpoint_at(server.address())});
  const Client client = lab.client();
  const Client other = lab.client();
  constexpr int kBurst = 600;
  lab.on_worker([&] {
    for (int i = 0; i < kBurst; ++i) (i % 10 == 0 ? other : client).send(std::to_string(i));
  });
  int last = -1;
  for (int i = 0; i < kBurst; ++i) {
    const auto text = server.next();
    REQUIRE(text.has_value());
    const int number = std::stoi(*text);
    if (number % 10 == 0) continue;
    REQUIRE(number > last);  // of one flow: in order
    last = number;
  }
}

TEST_CASE("a long burst of answers is read to its end") {
  UdpLab lab("127.78.0.1:5323");
  Server server("127.78.1.1:5323");
  lab.open({endpoint_at(server.address())});
  const Client client = lab.client();
  ask(client, server, "a");  // and the flow that will get them exists
  for (int round = 0; round < 10; ++round) {
    constexpr int kBurst = 100;  // as many as the kernel's default buffer holds
    lab.on_worker([&] {
      for (int i = 0; i < kBurst; ++i) server.answer(std::to_string(i));
    });
    for (int i = 0; i < kBurst; ++i) REQUIRE(client.next() == std::to_string(i));
  }
}

TEST_CASE("a stopping naru waits for flows that are under way, not for those that come") {
  Settings settings;
  settings.udp_idle_timeout = 200ms;
  UdpLab lab("127.78.0.1:5320", settings);
  Server server("127.78.1.1:5320");
  lab.open({endpoint_at(server.address())});
  const Client client = lab.client();
  client.send("a");
  lab.drain();  // reads what is queued first
  CHECK(lab.flows() == 1);
  REQUIRE(server.next() == "a");
  server.answer("b");
  CHECK(client.next() == "b");
  const Client late = lab.client();
  ask(late, server, "served all the same");
  CHECK(lab.flows() == 1);
  CHECK(lab.comes_to(0));
  lab.close();
  for (const auto& record : lab.ended()) {
    const bool as_expected = record.outcome == Outcome::idle_timeout || record.outcome == Outcome::shutdown;
    CHECK(as_expected);
  }
}

TEST_CASE("closing a frontend ends its flows and leaves nothing behind") {
  UdpLab lab("127.78.0.1:5321");
  Server server("127.78.1.1:5321");
  const auto endpoint = endpoint_at(server.address());
  lab.open({endpoint});
  const Client client = lab.client();
  ask(client, server, "a");
  lab.close();
  CHECK(lab.state->active.value() == 0);
  CHECK(endpoint.state->active.value() == 0);
  REQUIRE(lab.ended().size() == 1);
  CHECK(lab.ended()[0].outcome == Outcome::closed);
  CHECK(client.is_refused());
}

TEST_CASE("a frontend that cannot be opened says why") {
  UdpLab lab("198.51.100.1:5322");
  const auto failure = lab.try_open();
  REQUIRE(failure.has_value());
  CHECK(failure->code == Errc::unavailable);
  CHECK(failure->message.find("UDP 198.51.100.1:5322") != std::string::npos);
}

}  // namespace
}  // namespace naru::proxy::test
