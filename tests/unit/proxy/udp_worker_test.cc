// UDP frontends as WorkerProxy opens, changes and closes them when the table does.
#include "harness.h"
#include "udp_lab.h"

namespace naru::proxy::test {
namespace {

TestService udp_service(const std::string& frontend, std::uint64_t id = 1) {
  TestService service({}, 1, id);
  service.key = {at(frontend), Protocol::udp};
  service.port.protocol = Protocol::udp;
  service.port.service = {"shop", "dns"};
  service.table = {};
  service.publish();
  return service;
}

bool is_answered(const Client& client, Server& server) {
  client.send("q");
  if (server.next() != "q") return false;
  server.answer("a");
  return client.next() == "a";
}

TEST_CASE("UDP: refused while there is no endpoint, answered once there is one, refused again after the last") {
  TestService service = udp_service("127.78.0.1:5401");
  Server server("127.78.1.1:5401");
  ProxyThread proxy;
  proxy.apply(service);
  const Client client(service.key.address);
  CHECK(client.is_refused());
  service.set({endpoint(server.address())});
  proxy.apply(service);
  CHECK(is_answered(client, server));
  service.set({});
  proxy.apply(service);
  CHECK(client.is_refused());
  CHECK(proxy.connections().empty());
  CHECK(service.outcomes(Outcome::no_endpoint) == 1);
  service.set({endpoint(server.address())});
  proxy.apply(service);
  CHECK(is_answered(client, server));
  CHECK(proxy.connections().size() == 1);
}

TEST_CASE("UDP: the Service goes, and another one takes its address") {
  TestService service = udp_service("127.78.0.1:5402");
  Server before("127.78.1.1:5402");
  Server after("127.78.1.2:5402");
  service.set({endpoint(before.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Client client(service.key.address);
  CHECK(is_answered(client, before));

  TestService heir = udp_service("127.78.0.1:5402", 2);
  heir.port.service = {"shop", "dns2"};
  heir.set({endpoint(after.address())});
  heir.table.generation = service.table.generation + 1;
  proxy.apply(heir);  // in one change: the socket stays, the Service port behind it is another
  CHECK(is_answered(client, after));
  REQUIRE(proxy.connections().size() == 1);
  CHECK(proxy.connections()[0].service.to_string() == "shop/dns2");
  CHECK(service.port.state->active.value() == 0);
  CHECK(heir.port.state->active.value() == 1);

  heir.remove();
  proxy.apply(heir);
  CHECK(client.is_refused());
  CHECK(heir.port.state->active.value() == 0);
}

TEST_CASE("UDP: a worker that drains is done when its flows are quiet") {
  TestService service = udp_service("127.78.0.1:5403");
  Server server("127.78.1.1:5403");
  service.port.settings.udp_idle_timeout = std::chrono::milliseconds(100);
  service.set({endpoint(server.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Client client(service.key.address);
  CHECK(is_answered(client, server));
  std::atomic<bool> drained{false};
  proxy.on_worker([&] { proxy.proxy().drain([&] { drained = true; }); });
  CHECK(eventually([&] { return drained.load(); }));
  CHECK(client.is_refused());
}

}  // namespace
}  // namespace naru::proxy::test
