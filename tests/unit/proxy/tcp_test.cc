// TCP connections through a WorkerProxy: what clients and endpoints see.
#include <sys/resource.h>

#include <atomic>
#include <mutex>

#include "tests/unit/proxy/harness.h"

namespace naru::proxy::test {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi";

TEST_CASE("bytes and ends pass in both directions, in order") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  SECTION("the client ends first and still reads the answer") {
    const Stream client = connect_to(service.key.address);
    REQUIRE(client.send("question"));
    client.finish();
    const Stream server = backend.accept();
    CHECK(server.receive(100) == "question");
    REQUIRE(server.send("answer"));
    server.finish();
    CHECK(client.receive(100) == "answer");
    CHECK(client.ending() == 0);
  }
  SECTION("the endpoint ends first and still reads the client") {
    const Stream client = connect_to(service.key.address);
    const Stream server = backend.accept();
    REQUIRE(server.send("welcome"));
    server.finish();
    CHECK(client.receive(100) == "welcome");
    REQUIRE(client.send("thanks"));
    client.finish();
    CHECK(server.receive(100) == "thanks");
  }
  SECTION("the client that says nothing and ends is not given to another") {
    const Stream client = connect_to(service.key.address);
    client.finish();
    const Stream server = backend.accept();
    CHECK(server.ending() == 0);
    server.finish();
    CHECK(client.ending() == 0);
  }
  CHECK(eventually([&] { return proxy.count() == 0; }));
  CHECK(service.outcomes(Outcome::closed) == 1);
  CHECK(service.port.state->active.value() == 0);
  CHECK(service.port.endpoints[0].state->active.value() == 0);
  CHECK(service.port.endpoints[0].state->connections.value() == 1);
}

std::string pattern(std::size_t size, std::uint64_t seed) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    const std::uint64_t word = mix(seed + i);
    std::memcpy(bytes.data() + i, &word, 8);
  }
  return bytes;
}

// Fast enough to turn bulky and be spliced; slow enough to fill every buffer on the way.
TEST_CASE("8 MiB each way at once, to slow readers, arrive as they were sent") {
  const std::size_t size = GENERATE(8U * 1024 * 1024, 8U * 1024 * 1024 + 1);
  Backend backend(2, 16 * 1024);
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address, 16 * 1024);
  const Stream server = backend.accept();
  REQUIRE(server);
  const std::string up = pattern(size, 1);
  const std::string down = pattern(size, 2);
  auto exchange = [](const Stream& stream, const std::string& out, std::string& in) {
    std::thread writer([&] {
      (void)stream.send(out);
      stream.finish();
    });
    for (int i = 0;; ++i) {
      const std::string piece = stream.receive(40'000);
      in += piece;
      if (piece.size() < 40'000) break;
      if (i % 16 == 0) std::this_thread::sleep_for(1ms);
    }
    writer.join();
  };
  std::string got_up;
  std::string got_down;
  std::thread serving([&] { exchange(server, down, got_up); });
  exchange(client, up, got_down);
  serving.join();
  CHECK((got_up == up));
  CHECK((got_down == down));
  CHECK(eventually([&] { return proxy.count() == 0; }));
  CHECK(service.port.state->bytes_received.value() == static_cast<std::int64_t>(size));
  CHECK(service.port.state->bytes_sent.value() == static_cast<std::int64_t>(size));
}

TEST_CASE("a client that never reads stops the endpoint instead of filling memory") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address, 4096);
  const Stream server = backend.accept();
  REQUIRE(server);
  const timeval limit{0, 300'000};
  ::setsockopt(server.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  std::size_t taken = 0;
  const std::string piece(64 * 1024, 'x');
  while (taken < 64U * 1024 * 1024 && server.send(piece)) taken += piece.size();
  CHECK(taken < 32U * 1024 * 1024);  // socket buffers grow to a few MiB; a proxy without backpressure takes all
  CHECK(proxy.connections().at(0).bytes_sent < 32U * 1024 * 1024);
}

TEST_CASE("a reset is passed on as a reset, never as a clean end") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  Stream client = connect_to(service.key.address);
  Stream server = backend.accept();
  REQUIRE(client.send("x"));
  REQUIRE(server.receive(1) == "x");
  REQUIRE(server.send("y"));
  REQUIRE(client.receive(1) == "y");
  SECTION("from the endpoint") {
    server.reset();
    CHECK(client.ending() == ECONNRESET);
    CHECK(eventually([&] { return service.outcomes(Outcome::endpoint_reset) == 1; }));
  }
  SECTION("from the client") {
    client.reset();
    CHECK(server.ending() == ECONNRESET);
    CHECK(eventually([&] { return service.outcomes(Outcome::client_reset) == 1; }));
  }
}

// An endpoint that refuses a body early answers, ends and stops reading; its answer must not be lost to the client's
// bytes.
TEST_CASE("an answer that came before the endpoint stopped listening reaches a client that goes on sending") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send("POST"));
  Stream server = backend.accept();
  REQUIRE(server.receive(4) == "POST");
  REQUIRE(server.send("too large"));
  server.close();
  for (int i = 0; i < 20; ++i) {
    if (!client.send(std::string(10'000, 'b'))) break;
    std::this_thread::sleep_for(1ms);
  }
  CHECK(client.receive(9) == "too large");
}

TEST_CASE("a dead endpoint is passed over without the client noticing") {
  Backend backend;
  const auto dead = dead_address();
  TestService service({endpoint(dead), endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  for (int i = 0; i < 10; ++i) {
    const Stream client = connect_to(service.key.address);
    REQUIRE(client.send("x"));
    const Stream server = backend.accept();
    REQUIRE(server);
    CHECK(server.receive(1) == "x");
  }
  CHECK(service.port.state->ejections.value() == 1);
  CHECK(service.port.state->connect_failures.value() == 1);
}

TEST_CASE("an endpoint that does not answer is passed over after the time-out") {
  Backend backend(2);
  // A listener whose queue is full answers nothing, as a host that is gone.
  Backend full(4);
  const runtime::KernelAddress kernel(full.address());
  std::vector<UniqueFd> fill;
  for (int i = 0; i < 100; ++i) {
    fill.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(fill.back().get(), kernel.get(), kernel.size);
  }
  TestService service({endpoint(full.address())});
  service.port.settings.connect_timeout = 100ms;
  service.set({endpoint(full.address()), endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  for (int i = 0; i < 2; ++i) {
    const Stream client = connect_to(service.key.address);
    REQUIRE(client.send("x"));
    const Stream server = backend.accept();
    REQUIRE(server);
    CHECK(server.receive(1) == "x");
  }
  CHECK(service.port.state->ejections.value() == 1);
}

TEST_CASE("all endpoints dead: every one is tried, then the client is reset") {
  const auto first = dead_address(3);
  const auto second = dead_address(4);
  TestService service({endpoint(first), endpoint(second)});
  std::vector<ConnectionRecord> records;
  std::mutex mutex;
  ProxyThread proxy(Reports{.on_listen_result = {},
                            .on_connection_ended =
                                [&](const ConnectionRecord& record) {
                                  const std::lock_guard lock(mutex);
                                  records.push_back(record);
                                },
                            .on_affinity_learned = {}});
  proxy.apply(service);
  for (int i = 0; i < 3; ++i) {  // the second and third find both ejected, and must still try
    const Stream client = connect_to(service.key.address);
    CHECK(client.ending() == ECONNRESET);
  }
  CHECK(eventually([&] { return service.outcomes(Outcome::no_endpoint) == 3; }));
  const std::lock_guard lock(mutex);
  REQUIRE(records.size() == 3);
  CHECK(records[2].attempts == 2);
  CHECK(records[2].outcome == Outcome::no_endpoint);
  CHECK(records[2].endpoint == SocketAddress{});
}

TEST_CASE("thousands of connections to dead endpoints leave nothing behind") {
  TestService service({endpoint(dead_address(3))});
  ProxyThread proxy;
  proxy.apply(service);
  for (int i = 0; i < 2000; ++i) {
    const Stream client = connect_to(service.key.address);
    (void)client.ending();
  }
  CHECK(proxy.count() == 0);
  CHECK(service.port.state->active.value() == 0);
}

/// A backend that accepts one connection, reads `request`, and ends without an answer.
void end_unanswered(const Backend& backend, std::string_view request, bool reset) {
  Stream server = backend.accept();
  REQUIRE(server);
  CHECK(server.receive(request.size()) == request);
  if (reset) {
    server.reset();
  } else {
    server.close();
  }
}

TEST_CASE("a safe request that got no answer goes to another endpoint") {
  const bool reset = GENERATE(false, true);
  const bool half_closed = GENERATE(false, true);
  Backend first(2);
  Backend second(5);
  TestService service({endpoint(first.address()), endpoint(second.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(kGet));
  if (half_closed) client.finish();
  end_unanswered(first, kGet, reset);
  const Stream server = second.accept();
  REQUIRE(server);
  CHECK(server.receive(kGet.size()) == kGet);
  if (half_closed) CHECK(server.ending() == 0);
  REQUIRE(server.send("HTTP/1.1 204 No Content\r\n\r\n"));
  CHECK(client.receive(12) == "HTTP/1.1 204");
  CHECK(service.port.state->replays.value() == 1);
}

const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Reads the request and answers it.
void answer(const Stream& server, const Stream& client) {
  REQUIRE(server);
  CHECK(server.receive(kGet.size()) == kGet);
  REQUIRE(server.send(kAnswer));
  CHECK(client.receive(kAnswer.size()) == kAnswer);
}

// A pod that is killed has keep-alive connections, and each of them may have a request under way.
TEST_CASE(
    "a safe request on a connection that has had answers goes to another endpoint too, however often that happens") {
  const bool reset = GENERATE(false, true);
  Backend backends[] = {Backend(2), Backend(5)};
  TestService service({endpoint(backends[0].address()), endpoint(backends[1].address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(kGet));
  Stream server = backends[0].accept();
  answer(server, client);
  for (int i = 1; i <= 6; ++i) {
    REQUIRE(client.send(kGet));
    CHECK(server.receive(kGet.size()) == kGet);
    reset ? server.reset() : server.close();
    server = backends[i % 2].accept();
    answer(server, client);
  }
  CHECK(service.port.state->replays.value() == 6);
}

TEST_CASE("a request is not given to another while the answer before it may still be under way") {
  Backend first(2);
  Backend second(5);
  TestService service({endpoint(first.address()), endpoint(second.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(kGet));
  Stream server = first.accept();
  REQUIRE(server.receive(kGet.size()) == kGet);
  REQUIRE(server.send(kAnswer.substr(0, kAnswer.size() - 1)));
  REQUIRE(client.receive(kAnswer.size() - 1).size() == kAnswer.size() - 1);
  REQUIRE(client.send(kGet));
  REQUIRE(server.receive(kGet.size()) == kGet);
  server.reset();
  CHECK(client.ending() == ECONNRESET);
  CHECK(service.port.state->replays.value() == 0);
}

TEST_CASE("a request that is not safe to repeat is not repeated") {
  const bool reset = GENERATE(false, true);
  Backend first(2);
  Backend second(5);
  TestService service({endpoint(first.address()), endpoint(second.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(kPost));
  end_unanswered(first, kPost, reset);
  CHECK(client.ending() == (reset ? ECONNRESET : 0));
  CHECK(service.port.state->replays.value() == 0);
}

/// A backend that resets every connection once it has read the request.
class DroppingBackend : public Backend {
 public:
  DroppingBackend(std::uint32_t last, std::size_t request_size)
      : Backend(last), thread_([this, request_size] {
          for (Stream server = accept(); server; server = accept()) {
            (void)server.receive(request_size);
            ++dropped;
            server.reset();
          }
        }) {}
  ~DroppingBackend() {
    stop();
    thread_.join();
  }
  std::atomic<int> dropped{0};

 private:
  std::thread thread_;
};

TEST_CASE("a request that every endpoint drops is tried as often as the policy allows") {
  const bool single = GENERATE(false, true);
  DroppingBackend first(2, kGet.size());
  DroppingBackend second(5, kGet.size());
  TestService service({endpoint(first.address()), endpoint(second.address())});
  if (single) service.set({endpoint(first.address())});  // which may have been restarted: the same one again, then
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  REQUIRE(client.send(kGet));
  CHECK(client.ending() == ECONNRESET);
  CHECK(first.dropped + second.dropped == 3);
  CHECK((first.dropped >= 1 && (single || second.dropped >= 1)));
  CHECK(service.port.state->replays.value() == 2);
}

TEST_CASE("connections over the limit are reset, and those within it stay") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  service.port.settings.max_connections = 1;
  service.publish();
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  const Stream server = backend.accept();
  const Stream over = connect_to(service.key.address);
  CHECK(over.ending() == ECONNRESET);
  CHECK(service.outcomes(Outcome::limit) == 1);
  REQUIRE(client.send("x"));
  CHECK(server.receive(1) == "x");
}

// The queue's edge is used up when accept() fails, so what is queued would wait for ever.
TEST_CASE("without descriptors new connections are reset at once, and served again when there are some") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  const Stream server = backend.accept();
  REQUIRE(server);
  {
    std::vector<Stream> waiting;
    for (int i = 0; i < 3; ++i) {
      UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      REQUIRE(fd);
      waiting.emplace_back(std::move(fd));
    }
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int next = ::dup(0);  // the lowest free one: nothing beyond it, then
    REQUIRE(next >= 0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const runtime::KernelAddress kernel(service.key.address);
    for (const Stream& stream : waiting) CHECK(::connect(stream.fd(), kernel.get(), kernel.size) == 0);
    for (const Stream& stream : waiting) CHECK(stream.ending() == ECONNRESET);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  }
  CHECK(service.outcomes(Outcome::limit) == 3);
  const Stream again = connect_to(service.key.address);
  REQUIRE(again.send("x"));
  const Stream served = backend.accept();
  REQUIRE(served);
  CHECK(served.receive(1) == "x");
}

TEST_CASE("a connection on which nothing moves ends after the idle time-out, and one in use does not") {
  Backend backend;
  TestService service({endpoint(backend.address())});
  service.port.settings.idle_timeout = 200ms;
  service.publish();
  ProxyThread proxy;
  proxy.apply(service);
  const Stream client = connect_to(service.key.address);
  const Stream server = backend.accept();
  for (int i = 0; i < 6; ++i) {
    REQUIRE(client.send("x"));
    REQUIRE(server.receive(1) == "x");
    std::this_thread::sleep_for(60ms);
  }
  CHECK(service.outcomes(Outcome::idle_timeout) == 0);
  CHECK(client.ending() == ECONNRESET);
  CHECK(service.outcomes(Outcome::idle_timeout) == 1);
}

TEST_CASE("a client comes back to its endpoint until that endpoint is gone") {
  Backend one(2);
  Backend two(5);
  TestService service({});
  service.port.settings.affinity = 10800s;
  service.set({endpoint(one.address()), endpoint(two.address())});
  std::atomic<int> learned{0};
  ProxyThread proxy(Reports{.on_listen_result = {},
                            .on_connection_ended = {},
                            .on_affinity_learned = [&](const LearnedAffinity&) { ++learned; }});
  proxy.apply(service);
  auto served_by = [&] {
    const Stream client = connect_to(service.key.address);
    REQUIRE(client);
    SocketAddress endpoint_address;
    REQUIRE(eventually([&] {
      const auto records = proxy.connections();
      for (const auto& record : records) {
        if (record.client == local_address(client.fd())) endpoint_address = record.endpoint;
      }
      return endpoint_address != SocketAddress{};
    }));
    return endpoint_address;
  };
  const SocketAddress home = served_by();
  for (int i = 0; i < 10; ++i) CHECK(served_by() == home);
  CHECK(learned == 1);
  const auto& other = home == one.address() ? two.address() : one.address();
  service.set({endpoint(other)});
  proxy.apply(service);
  CHECK(served_by() == other);
  CHECK(learned == 2);
  // The first one is back: the client stays where it is now.
  service.set({endpoint(one.address()), endpoint(two.address())});
  proxy.apply(service);
  CHECK(served_by() == other);
  // What another worker has learned since counts.
  proxy.on_worker([&] {
    proxy.proxy().learn_affinity({service.port.id, IpAddress::v4(0x7f000001), service.key.address, home, Clock::now()});
    proxy.proxy().learn_affinity({service.port.id, loopback(1), service.key.address, home, Clock::now()});
  });
  CHECK(served_by() == home);
}

}  // namespace
}  // namespace naru::proxy::test
