// HTTP/1.1 requests through a WorkerProxy: what clients and endpoints see.
#include "tests/unit/proxy/http_lab.h"

namespace naru::proxy::test {
namespace {

TEST_CASE("requests of one client's connection are answered over one connection to the endpoint") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get("/one")));
  const Stream server = backend.accept();
  CHECK(receive_head(server) == get("/one"));
  REQUIRE(server.send(ok("first")));
  CHECK(client.receive(ok("first").size()) == ok("first"));
  REQUIRE(client.send(get("/two")));
  CHECK(receive_head(server) == get("/two"));
  REQUIRE(server.send(ok("second")));
  CHECK(client.receive(ok("second").size()) == ok("second"));
  CHECK(service.port.endpoints[0].state->connections.value() == 1);
  CHECK(eventually([&] { return service.http().active.value() == 0; }));
  CHECK(service.port.endpoints[0].state->active.value() == 0);
}

TEST_CASE("requests of one client are spread over the endpoints") {
  const Backend one(2);
  const Backend two(3);
  HttpService service({endpoint(one.address()), endpoint(two.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  for (const Backend* backend : {&one, &two}) {
    REQUIRE(client.send(get()));
    const Stream server = backend->accept();
    REQUIRE(server);
    CHECK(receive_head(server) == get());
    REQUIRE(server.send(ok("x")));
    CHECK(client.receive(ok("x").size()) == ok("x"));
  }
}

TEST_CASE("pipelined requests are answered in their order") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get("/1") + get("/2") + get("/3")));
  Stream server = backend.accept();
  for (const std::string path : {"/1", "/2", "/3"}) {
    std::string head = receive_head(server);
    // A pipelined one may find the connection in the midst of the answer before it, and take another.
    if (head.empty()) {
      server = backend.accept();
      head = receive_head(server);
    }
    CHECK(head == get(path));
    REQUIRE(server.send(ok(path)));
    CHECK(client.receive(ok(path).size()) == ok(path));
  }
}

TEST_CASE("content passes in every framing") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  SECTION("a request with a length") {
    REQUIRE(client.send(post("hello")));
    const Stream server = backend.accept();
    CHECK(server.receive(post("hello").size()) == post("hello"));
    REQUIRE(server.send(ok("")));
    CHECK(client.receive(ok("").size()) == ok(""));
  }
  SECTION("a request in chunks, which may be cut anew, with a trailer") {
    REQUIRE(client.send(
        "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n"));
    const Stream server = backend.accept();
    CHECK(receive_head(server) == "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string content = "5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n";
    CHECK(server.receive(content.size()) == content);
    REQUIRE(server.send(ok("")));
    CHECK(client.receive(ok("").size()) == ok(""));
  }
  SECTION("a response in chunks") {
    REQUIRE(client.send(get()));
    const Stream server = backend.accept();
    receive_head(server);
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    REQUIRE(server.send(head + "3\r\nabc\r\n"));
    CHECK(client.receive(head.size() + 8) == head + "3\r\nabc\r\n");
    REQUIRE(server.send("0\r\n\r\n"));
    CHECK(client.receive(5) == "0\r\n\r\n");
  }
  SECTION("a response that ends with its connection is given an end") {
    REQUIRE(client.send(get()));
    Stream server = backend.accept();
    receive_head(server);
    REQUIRE(server.send("HTTP/1.1 200 OK\r\n\r\nall of it"));
    server.close();
    const std::string expected = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n";
    CHECK(client.receive(expected.size()) == expected);
  }
  SECTION("the answer to HEAD has a length and no content") {
    REQUIRE(client.send("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n" + get("/next")));
    const Stream server = backend.accept();
    receive_head(server);
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    REQUIRE(server.send(answer));
    CHECK(client.receive(answer.size()) == answer);
  }
  SECTION("an interim response goes before the final one") {
    REQUIRE(client.send("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    const Stream server = backend.accept();
    receive_head(server);
    REQUIRE(server.send("HTTP/1.1 100 Continue\r\n\r\n"));
    CHECK(receive_head(client) == "HTTP/1.1 100 Continue\r\n\r\n");
    REQUIRE(client.send("hi"));
    CHECK(server.receive(2) == "hi");
    REQUIRE(server.send(ok("y")));
    CHECK(client.receive(ok("y").size()) == ok("y"));
  }
}

TEST_CASE("an endpoint that resets before it answers") {
  Backend one(2);
  Backend two(3);
  HttpService service({endpoint(one.address()), endpoint(two.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  SECTION("loses a GET to another endpoint") {
    REQUIRE(client.send(get()));
    Stream first = one.accept();
    receive_head(first);
    first.reset();
    const Stream second = two.accept();
    CHECK(receive_head(second) == get());
    REQUIRE(second.send(ok("done")));
    CHECK(client.receive(ok("done").size()) == ok("done"));
    CHECK(service.http().retries.value(http::AttemptFailure::reset) == 1);
  }
  SECTION("loses a PUT with its content to another endpoint") {
    const std::string put = "PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello";
    REQUIRE(client.send(put));
    Stream first = one.accept();
    CHECK(first.receive(put.size()) == put);
    first.reset();
    const Stream second = two.accept();
    CHECK(second.receive(put.size()) == put);
    REQUIRE(second.send(ok("done")));
    CHECK(client.receive(ok("done").size()) == ok("done"));
  }
  SECTION("a POST may have been processed: its client is told") {
    REQUIRE(client.send(post("x")));
    Stream first = one.accept();
    CHECK(first.receive(post("x").size()) == post("x"));
    first.reset();
    const std::string head = receive_head(client);
    CHECK(head.starts_with("HTTP/1.1 502 "));
    CHECK(head.find("x-naru-reason: endpoint_reset\r\n") != std::string::npos);
    CHECK(service.http().refused_retries.value(http::RetryVerdict::not_idempotent) == 1);
  }
}

TEST_CASE("an endpoint that refuses the connection costs no request") {
  const Backend alive(3);
  HttpService service({endpoint(dead_address(2)), endpoint(alive.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(post("x")));
  const Stream server = alive.accept();
  CHECK(server.receive(post("x").size()) == post("x"));
  REQUIRE(server.send(ok("done")));
  CHECK(client.receive(ok("done").size()) == ok("done"));
}

TEST_CASE("where every endpoint refuses, the client is told") {
  HttpService service({endpoint(dead_address(2)), endpoint(dead_address(3))});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get()));
  const std::string head = receive_head(client);
  CHECK(head.starts_with("HTTP/1.1 503 "));
  CHECK(head.find("x-naru-reason: connect_failed\r\n") != std::string::npos);
}

TEST_CASE("a response that breaks off is not ended as if it were whole") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get()));
  Stream server = backend.accept();
  receive_head(server);
  REQUIRE(server.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
  CHECK(receive_head(client) == "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  CHECK(client.receive(4) == "half");
  server.close();
  CHECK(client.ending() == ECONNRESET);
  CHECK(eventually([&] { return proxy.count() == 0; }));
}

TEST_CASE("a tunnel after 101 carries bytes both ways") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send("GET /chat HTTP/1.1\r\nHost: web\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"));
  Stream server = backend.accept();
  const std::string head = receive_head(server);
  CHECK(head.find("Upgrade: websocket\r\n") != std::string::npos);
  CHECK(head.find("Connection: Upgrade\r\n") != std::string::npos);
  REQUIRE(server.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello"));
  const std::string answer = receive_head(client);
  CHECK(answer.starts_with("HTTP/1.1 101 "));
  CHECK(answer.find("Connection: Upgrade\r\n") != std::string::npos);
  CHECK(client.receive(5) == "hello");
  REQUIRE(client.send("question"));
  CHECK(server.receive(8) == "question");
  REQUIRE(server.send("answer"));
  CHECK(client.receive(6) == "answer");
  server.close();
  CHECK(client.ending() == 0);
}

TEST_CASE("a WebSocket of an endpoint that goes is ended between two frames, with a Close frame of code 1001") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  service.port.settings.drain_timeout = 50ms;
  service.publish();
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send("GET /chat HTTP/1.1\r\nHost: web\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"));
  const Stream server = backend.accept();
  receive_head(server);
  REQUIRE(server.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"));
  receive_head(client);
  const std::string half = "\x81\x05he";
  REQUIRE(server.send(half));
  CHECK(client.receive(half.size()) == half);
  service.set({});
  proxy.apply(service);
  std::this_thread::sleep_for(200ms);  // past the drain time-out, within the frame
  REQUIRE(server.send("llo"));
  const std::string close = "\x88\x02\x03\xe9";
  CHECK(client.receive(7) == "llo" + close);
  CHECK(client.ending() == 0);
  const std::string to_endpoint = server.receive(8);
  CHECK(to_endpoint.substr(0, 2) == "\x88\x82");
}

TEST_CASE("large content to slow readers arrives as it was sent, and the memory between is bounded") {
  Backend backend(2, 16 * 1024);
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const std::string content(4 * 1024 * 1024 + 3, 'x');
  const Stream client = connect_to(service.key.address, 16 * 1024);
  std::thread sender([&] { CHECK(client.send(post(content))); });
  const Stream server = backend.accept();
  CHECK(server.receive(post(content).size()) == post(content));
  sender.join();
  std::thread answerer([&] { CHECK(server.send(ok(content))); });
  CHECK(client.receive(ok(content).size()) == ok(content));
  answerer.join();
}

TEST_CASE("a request that breaks the rules is refused, and the connection with it") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: web\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string head = receive_head(client);
  CHECK(head.starts_with("HTTP/1.1 400 "));
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  CHECK(client.ending() == 0);
  CHECK(service.http().h1_faults.value(http::H1Fault::length_with_chunked) == 1);
}

TEST_CASE("a client that leaves takes its request back") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get()));
  const Stream server = backend.accept();
  receive_head(server);
  client.reset();
  (void)server.ending();
  CHECK(eventually([&] { return service.http().active.value() == 0; }));
  CHECK(service.http().clients_gone.value() == 1);
}

TEST_CASE("an endpoint that goes loses its idle connections at once, and those in use after their response") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get()));
  const Stream server = backend.accept();
  receive_head(server);
  SECTION("idle") {
    REQUIRE(server.send(ok("a")));
    CHECK(client.receive(ok("a").size()) == ok("a"));
    service.set({});
    proxy.apply(service);
    CHECK(server.ending() == 0);
  }
  SECTION("in use") {
    service.set({});
    proxy.apply(service);
    REQUIRE(server.send(ok("a")));
    CHECK(client.receive(ok("a").size()) == ok("a"));
    CHECK(server.ending() == 0);
  }
  REQUIRE(client.send(get()));
  CHECK(receive_head(client).starts_with("HTTP/1.1 503 "));
}

TEST_CASE("what is not HTTP is relayed where the protocol is to be detected") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  service.port.settings.http.protocol = ApplicationProtocol::detect;
  service.publish();
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  SECTION("by what the client says") {
    REQUIRE(client.send("EHLO mail\r\n"));
    const Stream server = backend.accept();
    CHECK(server.receive(11) == "EHLO mail\r\n");
    REQUIRE(server.send("250 naru\r\n"));
    CHECK(client.receive(10) == "250 naru\r\n");
  }
  SECTION("by its silence") {
    const Stream server = backend.accept();
    REQUIRE(server.send("220 mail\r\n"));
    CHECK(client.receive(10) == "220 mail\r\n");
    REQUIRE(client.send("QUIT\r\n"));
    CHECK(server.receive(6) == "QUIT\r\n");
  }
  SECTION("and HTTP is not") {
    REQUIRE(client.send(get()));
    const Stream server = backend.accept();
    CHECK(receive_head(server) == get());
    REQUIRE(server.send(ok("a")));
    CHECK(client.receive(ok("a").size()) == ok("a"));
    CHECK(eventually([&] { return service.http().durations[1][2].count() == 1; }));
  }
}

TEST_CASE("past the worker's limit of connections, the next is reset and the others are served") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy({}, 2);
  proxy.apply(service);
  Stream first = connect_to(service.key.address);
  const Stream second = connect_to(service.key.address);
  REQUIRE(eventually([&] { return proxy.count() == 2; }));
  CHECK(connect_to(service.key.address).ending() == ECONNRESET);
  CHECK(eventually([&] { return service.outcomes(Outcome::limit) == 1; }));
  REQUIRE(second.send(get()));
  CHECK(receive_head(backend.accept()) == get());
  first.close();
  REQUIRE(eventually([&] { return proxy.count() == 1; }));
  const Stream third = connect_to(service.key.address);
  CHECK(eventually([&] { return proxy.count() == 2; }));
}

TEST_CASE("naru stops: what is under way is finished and said to be the last") {
  const Backend backend;
  HttpService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(get()));
  const Stream server = backend.accept();
  receive_head(server);
  std::atomic<bool> drained{false};
  proxy.on_worker([&] { proxy.proxy().drain([&] { drained = true; }); });
  REQUIRE(server.send(ok("a")));
  CHECK(receive_head(client) == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n");
  CHECK(client.receive(1) == "a");
  CHECK(client.ending() == 0);
  client.finish();
  CHECK(eventually([&] { return drained.load(); }));
}

}  // namespace
}  // namespace naru::proxy::test
