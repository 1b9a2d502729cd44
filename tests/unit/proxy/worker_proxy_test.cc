// How a WorkerProxy follows the table.
#include <atomic>

#include "tests/unit/proxy/harness.h"

namespace naru::proxy::test {
namespace {

/// A client and a server with a connection through the proxy between them.
struct Connected {
  Stream client;
  Stream server;
  Connected(const TestService& service, const Backend& backend)
      : client(connect_to(service.key.address)), server(backend.accept()) {
    REQUIRE(works());
  }
  bool works() const {
    return client.send("ping") && server.receive(4) == "ping" && server.send("pong") && client.receive(4) == "pong";
  }
};

TEST_CASE("a frontend without endpoints refuses, and serves when one appears, and refuses when the last one goes") {
  Backend backend;
  TestService service({});
  ProxyThread proxy;
  proxy.apply(service);
  CHECK(proxy.listeners().empty());
  CHECK_FALSE(connect_to(service.key.address));
  service.set({endpoint(backend.address())});
  proxy.apply(service);
  CHECK(proxy.listeners() == std::vector{service.key});
  const Connected connected(service, backend);
  service.set({});
  proxy.apply(service);
  CHECK(proxy.listeners().empty());
  CHECK_FALSE(connect_to(service.key.address));
  CHECK(connected.works());
  CHECK(proxy.connections().at(0).draining);
}

TEST_CASE("a removed frontend refuses, and its connections go on") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Connected connected(service, backend);
  service.remove();
  proxy.apply(service);
  CHECK_FALSE(connect_to(service.key.address));
  CHECK(connected.works());
  REQUIRE(proxy.count() == 1);
  CHECK(proxy.connections()[0].draining);
  CHECK(proxy.connections()[0].service.name == "web");
}

TEST_CASE("an endpoint that goes or turns terminating keeps its connections, and one that stays is not touched") {
  Backend stays(2);
  Backend goes(5);
  auto kept = endpoint(stays.address());
  auto gone = endpoint(goes.address());
  TestService service({kept, gone});
  ProxyThread proxy;
  proxy.apply(service);
  const Connected one(service, stays);
  const Connected two(service, goes);
  auto draining = [&](const Backend& backend) {
    for (const auto& record : proxy.connections()) {
      if (record.endpoint == backend.address()) return record.draining;
    }
    FAIL("no connection to it");
    return false;
  };
  CHECK_FALSE(draining(stays));
  CHECK_FALSE(draining(goes));
  SECTION("terminating") {
    gone.terminating = true;
    service.set({kept, gone});
  }
  SECTION("gone") {
    service.set({kept});
  }
  proxy.apply(service);
  CHECK_FALSE(draining(stays));
  CHECK(draining(goes));
  CHECK(one.works());
  CHECK(two.works());
  for (int i = 0; i < 4; ++i) const Connected further(service, stays);
}

TEST_CASE("not ready is not gone: no new connections, and nothing drains") {
  Backend backend(2);
  Backend other(5);
  auto not_ready = endpoint(backend.address());
  TestService service({not_ready});
  ProxyThread proxy;
  proxy.apply(service);
  const Connected connected(service, backend);
  not_ready.ready = not_ready.serving = false;
  service.set({not_ready, endpoint(other.address())});
  proxy.apply(service);
  for (int i = 0; i < 4; ++i) const Connected further(service, other);
  CHECK(connected.works());
  for (const auto& record : proxy.connections()) CHECK_FALSE(record.draining);
}

TEST_CASE("connections to an endpoint that went are cut after the drain time-out, if there is one") {
  Backend backend(2);
  Backend stays(5);
  auto kept = endpoint(stays.address());
  TestService service({endpoint(backend.address()), kept});
  service.port.settings.drain_timeout = 100ms;
  service.publish();
  ProxyThread proxy;
  proxy.apply(service);
  const Connected gone(service, backend);
  const Connected other(service, stays);
  service.set({kept});
  const auto before = Clock::now();
  proxy.apply(service);
  CHECK(gone.works());
  CHECK(gone.client.ending() == ECONNRESET);
  CHECK(Clock::now() - before >= 100ms);
  CHECK(service.outcomes(Outcome::drain_timeout) == 1);
  CHECK(other.works());
}

TEST_CASE("a change elsewhere touches nothing here") {
  Backend backend(2);
  TestService service({endpoint(backend.address())});
  TestService other({endpoint(backend.address())}, 6, 2);
  ProxyThread proxy;
  proxy.apply(service);
  const Connected connected(service, backend);
  other.table.service_ports.for_each(
      [&](ServicePortId id, const auto& port) { service.table.service_ports.set(id, port); });
  other.table.frontends.for_each(
      [&](const auto& key, const auto& frontend) { service.table.frontends.set(key, frontend); });
  ++service.table.generation;
  proxy.apply(service);
  CHECK(proxy.listeners().size() == 2);
  CHECK(connected.works());
  CHECK_FALSE(proxy.connections().at(0).draining);
}

TEST_CASE("an older generation than the one in force is ignored") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  const Table old = service.table;
  service.set({});
  ProxyThread proxy;
  proxy.apply(service);
  proxy.apply(old);
  CHECK(proxy.listeners().empty());
  CHECK_FALSE(connect_to(service.key.address));
}

TEST_CASE("a frontend that moves to another Service port serves that one, without closing") {
  Backend first(2);
  Backend second(5);
  TestService service({endpoint(first.address())});
  TestService other({endpoint(second.address())}, 6, 2);
  ProxyThread proxy;
  proxy.apply(service);
  const Connected connected(service, first);
  service.table.service_ports.set(other.port.id, std::make_shared<const ServicePort>(other.port));
  service.table.frontends.set(service.key, {FrontendKind::cluster_ip, config::TrafficPolicy::cluster, other.port.id});
  service.table.service_ports.erase(service.port.id);
  ++service.table.generation;
  proxy.apply(service);
  const Connected moved(service, second);
  CHECK(connected.works());
}

TEST_CASE("policy Local uses only endpoints of this node, and refuses without one") {
  Backend near(2);
  Backend far(5);
  auto local = endpoint(near.address());
  auto remote = endpoint(far.address());
  remote.local = false;
  TestService service({local, remote});
  const Frontend frontend{FrontendKind::node_port, config::TrafficPolicy::local, service.port.id};
  service.table.frontends.set(service.key, frontend);
  ProxyThread proxy;
  proxy.apply(service);
  for (int i = 0; i < 3; ++i) const Connected connected(service, near);
  service.set({remote});
  service.table.frontends.set(service.key, frontend);
  proxy.apply(service);
  CHECK(proxy.listeners().empty());
  CHECK_FALSE(connect_to(service.key.address));
}

struct ListenResults {
  std::vector<std::optional<Error>> results;
  Reports reports() {
    Reports r;
    r.on_listen_result = [this](const FrontendKey&, std::optional<Error> e) { results.push_back(std::move(e)); };
    return r;
  }
};

TEST_CASE("a frontend that cannot be opened is reported once and retried") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  auto holder = std::make_unique<Backend>();
  service.table.frontends.erase(service.key);
  service.key.address = holder->address();
  service.publish();
  ListenResults listen;
  ProxyThread proxy(listen.reports());
  proxy.apply(service);
  REQUIRE(listen.results.size() == 1);
  CHECK(listen.results[0]->code == Errc::conflict);
  proxy.on_worker([&] { proxy.proxy().retry_failed(); });
  service.publish();
  proxy.apply(service);
  CHECK(listen.results.size() == 1);
  CHECK(proxy.listeners().empty());
  holder.reset();
  proxy.on_worker([&] { proxy.proxy().retry_failed(); });
  REQUIRE(listen.results.size() == 2);
  CHECK_FALSE(listen.results[1].has_value());
  const Connected connected(service, backend);
}

TEST_CASE("SCTP is said to be unavailable") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  service.table.frontends.erase(service.key);
  service.key.protocol = Protocol::sctp;
  service.publish();
  ListenResults listen;
  ProxyThread proxy(listen.reports());
  proxy.apply(service);
  REQUIRE(listen.results.size() == 1);
  CHECK(listen.results[0]->code == Errc::unavailable);
}

// Left in the kernel's queue they would be reset when the listener closes.
TEST_CASE("what is queued when a frontend goes is served") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  std::vector<Stream> clients;
  service.remove();
  proxy.on_worker([&] {
    for (int i = 0; i < 50; ++i) clients.push_back(connect_to(service.key.address));
    proxy.proxy().apply(service.table);
  });
  for (const Stream& client : clients) {
    REQUIRE(client.send("x"));
    const Stream server = backend.accept();
    REQUIRE(server);
    CHECK(server.receive(1) == "x");
  }
}

TEST_CASE("draining refuses new connections and waits for those that are there") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  Connected connected(service, backend);
  std::atomic<bool> drained{false};
  proxy.on_worker([&] { proxy.proxy().drain([&] { drained = true; }); });
  CHECK_FALSE(connect_to(service.key.address));
  CHECK(connected.works());
  CHECK_FALSE(drained);
  SECTION("until they end") {
    connected.client.close();
    connected.server.close();
  }
  SECTION("or are ended") {
    proxy.on_worker([&] { proxy.proxy().abort(); });
    CHECK(connected.client.ending() == ECONNRESET);
  }
  CHECK(eventually([&] { return drained.load(); }));
  CHECK(proxy.count() == 0);
}

TEST_CASE("draining with nothing under way is done at once") {
  ProxyThread proxy;
  std::atomic<bool> drained{false};
  proxy.on_worker([&] { proxy.proxy().drain([&] { drained = true; }); });
  CHECK(eventually([&] { return drained.load(); }));
}

}  // namespace
}  // namespace naru::proxy::test
