#include "dns/held_sockets.h"

#include "tests/unit/dns/server_fixture.h"

namespace naru::dns::test {
namespace {

TEST_CASE("each held socket has one worker") {
  struct Row {
    const char* what;
    std::vector<int> fds;
    unsigned workers;
    std::vector<std::vector<int>> shares;
  };
  const Row row = GENERATE(Row{"as many as workers", {3, 4}, 2, {{3}, {4}}},
                           Row{"more: some workers have several", {3, 4, 5}, 2, {{3, 5}, {4}}},
                           Row{"fewer: some workers have none", {3}, 3, {{3}, {}, {}}},
                           Row{"one worker has all", {3, 4, 5}, 1, {{3, 4, 5}}}, Row{"none", {}, 2, {{}, {}}});
  CAPTURE(row.what);
  const std::vector<HeldSockets> held{{{{ip("192.0.2.1"), Port(53)}, Transport::udp}, true, row.fds}};
  for (unsigned i = 0; i < row.workers; ++i) {
    const auto share = share_of(held, i, row.workers);
    REQUIRE(share.size() == 1);
    CHECK(share[0].key == held[0].key);
    CHECK(share[0].fds == row.shares[i]);
  }
  CHECK(share_of({}, 0, 1).empty());
}

/// A socket of each kind on one port, held by the test.
struct Held {
  Held() {
    auto datagrams = runtime::bind_udp({ip("127.79.0.54"), Port()}, 1 << 20);
    REQUIRE(datagrams.has_value());
    udp = std::move(*datagrams);
    runtime::KernelAddress bound;
    REQUIRE(::getsockname(udp.get(), bound.get(), &bound.size) == 0);
    address = bound.address();
    auto listener = runtime::listen_tcp(address);
    REQUIRE(listener.has_value());
    tcp = std::move(*listener);
  }

  [[nodiscard]] WorkerOptions options() const {
    WorkerOptions options;
    options.listen = {address};
    options.held = {{{address, Transport::udp}, true, {udp.get()}}, {{address, Transport::tcp}, true, {tcp.get()}}};
    return options;
  }

  runtime::UniqueFd udp;
  runtime::UniqueFd tcp;
  SocketAddress address;
};

TEST_CASE("what comes to held sockets after the end waits for the next server") {
  const Held held;
  Client datagrams(held.address, Transport::udp);
  datagrams.send(query_for("web.shop.svc.cluster.local", 1));
  for (std::uint16_t turn = 1; turn < 4; ++turn) {
    Client connection(held.address, Transport::tcp);
    connection.send(framed(query_for("web.shop.svc.cluster.local", turn)));
    {
      Server server(held.options());
      CHECK(datagrams.receive_datagram().id == turn);
      CHECK(connection.receive_message().value().id == turn);
      server.drain();
    }
    datagrams.send(query_for("web.shop.svc.cluster.local", static_cast<std::uint16_t>(turn + 1)));
  }
}

TEST_CASE("a worker without a held socket leaves the address to the others") {
  const Held held;
  WorkerOptions options = held.options();
  for (HeldSockets& each : options.held) each.fds.clear();
  Server server(options);
  server.on_worker([](WorkerDns& dns) { CHECK(dns.listeners().empty()); });
  CHECK(server.reports.empty());
}

TEST_CASE("only what is held is left alone: the other transport is opened") {
  const Held held;
  WorkerOptions options = held.options();
  options.held.pop_back();
  Server server(options);
  server.on_worker([](WorkerDns& dns) { CHECK(dns.listeners().size() == 2); });
}

TEST_CASE("held sockets are not read before names are known") {
  const Held held;
  Client client(held.address, Transport::udp);
  client.send(query_for("web.shop.svc.cluster.local", 1));
  runtime::Worker worker(0);
  worker.start();
  std::unique_ptr<WorkerDns> dns;
  worker.run_and_wait([&] {
    dns = std::make_unique<WorkerDns>(worker.reactor(), held.options(), Reports{});
    CHECK(dns->listeners().empty());
    dns->apply(1, server_zone());
    CHECK(dns->listeners().size() == 2);
  });
  const ReplyText reply = client.receive_datagram();
  CHECK(reply.id == 1);
  CHECK(reply.answer.size() == 1);
  worker.run_and_wait([&] { dns.reset(); });
}

}  // namespace
}  // namespace naru::dns::test
