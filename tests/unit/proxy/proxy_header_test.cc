// The PROXY protocol through a WorkerProxy: from load balancers before it, and to endpoints behind it.
#include "tests/unit/proxy/http_lab.h"

namespace naru::proxy::test {
namespace {

const std::string kHeader = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 80\r\n";

TEST_CASE("a connection is from whom its PROXY header says") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  service.port.settings.proxy_protocol.required = true;
  service.port.settings.http.forwarding.x_forwarded = true;
  ProxyThread proxy;
  SECTION("of HTTP, in one piece with the request") {
    service.publish();
    proxy.apply(service);
    const Stream client = connect_to(service.key.address);
    REQUIRE(client.send(kHeader + get()));
    const Stream server = backend.accept();
    CHECK(receive_head(server).find("x-forwarded-for: 192.0.2.7\r\n") != std::string::npos);
  }
  SECTION("of TCP, in pieces") {
    service.port.settings.http.protocol = ApplicationProtocol::tcp;
    service.publish();
    proxy.apply(service);
    const Stream client = connect_to(service.key.address);
    REQUIRE(client.send(kHeader.substr(0, 10)));
    REQUIRE(eventually([&] { return proxy.count() == 1; }));
    REQUIRE(client.send(kHeader.substr(10) + "hello"));
    const Stream server = backend.accept();
    CHECK(server.receive(5) == "hello");
    REQUIRE(eventually([&] { return proxy.connections().at(0).client.to_string() == "192.0.2.7:40000"; }));
  }
}

TEST_CASE("where a PROXY header is required, a connection without one is reset") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  service.port.settings.proxy_protocol.required = true;
  ProxyThread proxy;
  SECTION("by what it sends instead") {
    service.publish();
    proxy.apply(service);
    const Stream client = connect_to(service.key.address);
    REQUIRE(client.send(get()));
    CHECK(client.ending() == ECONNRESET);
    CHECK(service.port.state->proxy_faults[static_cast<std::size_t>(ProxyFault::no_signature)].value() == 1);
  }
  SECTION("by whom it is from, before it says anything") {
    service.port.settings.proxy_protocol.trusted = {Cidr::of(loopback(77), 32)};
    service.publish();
    proxy.apply(service);
    CHECK(connect_to(service.key.address).ending() == ECONNRESET);
  }
  SECTION("by its silence") {
    service.port.settings.http.timeouts.request_head = 50ms;
    service.publish();
    proxy.apply(service);
    CHECK(connect_to(service.key.address).ending() == ECONNRESET);
  }
  CHECK(eventually([&] { return service.outcomes(Outcome::bad_proxy_header) == 1; }));
  CHECK(service.port.state->active.value() == 0);
}

TEST_CASE("endpoints are told whom a connection is from") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  service.port.settings.proxy_protocol.to_endpoints = ProxyVersion::v1;
  const bool http = GENERATE(false, true);
  if (!http) service.port.settings.http.protocol = ApplicationProtocol::tcp;
  service.publish();
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  const SocketAddress from = local_address(client.fd());
  const std::string header = "PROXY TCP4 " + from.ip.to_string() + " " + service.key.address.ip.to_string() + " " +
                             std::to_string(from.port.value()) + " " +
                             std::to_string(service.key.address.port.value()) + "\r\n";
  REQUIRE(client.send(get()));
  const Stream server = backend.accept();
  CHECK(server.receive(header.size()) == header);
  const std::string head = receive_head(server);
  if (!http) {
    CHECK(head == get());
    return;
  }
  CHECK(head == "GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
  REQUIRE(server.send(ok("a")));
  CHECK(client.receive(ok("a").size()) == ok("a"));
  REQUIRE(client.send(get()));  // over a connection of its own, though the first was left open
  const Stream second = backend.accept();
  CHECK(second.receive(header.size()) == header);
}

}  // namespace
}  // namespace naru::proxy::test
