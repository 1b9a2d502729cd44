#include "tests/unit/dns/server_fixture.h"

namespace naru::dns::test {
namespace {

using namespace std::chrono_literals;

std::uint64_t cuts(const Server& server, CutReason reason) {
  return server.metrics().tcp_cuts[static_cast<std::size_t>(reason)].value();
}

TEST_CASE("queries in one segment, in many, and the last before the client stops sending") {
  const Server server;
  Client client(server.where, Transport::tcp);
  Bytes together;
  for (std::uint16_t i = 0; i < 500; ++i) {
    const Bytes one = framed(query_for("web.shop.svc.cluster.local", i));
    together.insert(together.end(), one.begin(), one.end());
  }
  client.send(together);
  for (std::uint16_t i = 0; i < 500; ++i) {
    const auto reply = client.receive_message();
    REQUIRE(reply);
    REQUIRE(reply->id == i);
  }
  for (const std::uint8_t byte : framed(query_for("web.shop.svc.cluster.local", 7))) client.send({byte});
  CHECK(client.receive_message().value().id == 7);
  client.send(framed(query_for("db.data.svc.cluster.local", 8)));
  client.finish_sending();
  CHECK(client.receive_message().value().answer.size() == 100);
  CHECK(client.closed());
}

TEST_CASE("a message of 65,535 bytes is one message") {
  const Server server;
  Client client(server.where, Transport::tcp);
  Bytes message = query_for("web.shop.svc.cluster.local");
  message.resize(kMaxMessageSize);
  client.send(framed(message));
  CHECK(client.receive_message().value().answer.size() == 1);
  client.send(framed(query_for("web.shop.svc.cluster.local", 9)));
  CHECK(client.receive_message().value().id == 9);
}

TEST_CASE("a connection that is out of step is cut") {
  for (const Bytes& message : {Bytes{}, Bytes{1, 2, 3}, Bytes(12, 0xff)}) {
    const Server server;
    Client client(server.where, Transport::tcp);
    client.send(framed(message));
    CHECK(client.closed());
    CHECK(cuts(server, CutReason::bad_message) == 1);
  }
}

TEST_CASE("a malformed message gets FORMERR, and the connection goes on") {
  const Server server;
  Client client(server.where, Transport::tcp);
  client.send(framed(Bytes{0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0}));
  CHECK(client.receive_message().value().rcode == 1);
  client.send(framed(query_for("web.shop.svc.cluster.local")));
  CHECK(client.receive_message().value().rcode == 0);
}

TEST_CASE("idle connections are ended, and those that send a byte now and then too") {
  WorkerOptions options;
  options.tcp.idle_timeout = 150ms;
  const Server server(options);
  Client silent(server.where, Transport::tcp);
  Client trickling(server.where, Transport::tcp);
  std::thread trickle([&] {
    for (int i = 0; i < 40; ++i) {
      if (::send(trickling.fd(), "\1", 1, MSG_NOSIGNAL) < 0) return;
      std::this_thread::sleep_for(20ms);
    }
  });
  CHECK(silent.closed());
  CHECK(trickling.closed());
  trickle.join();
  CHECK(cuts(server, CutReason::idle) == 2);
}

TEST_CASE("a client that does not read is cut off") {
  WorkerOptions options;
  options.tcp.idle_timeout = 300ms;
  const Server server(options);
  Client client(server.where, Transport::tcp);
  const Bytes query = framed(query_for("db.data.svc.cluster.local"));
  // Some 1,600 bytes of answer for 45 of query, until nobody takes any more.
  for (;;) {
    pollfd fd{client.fd(), POLLOUT, 0};
    if (::poll(&fd, 1, 2000) <= 0 || (fd.revents & (POLLERR | POLLHUP)) != 0) break;
    if (::send(client.fd(), query.data(), query.size(), MSG_NOSIGNAL) < 0) break;
  }
  CHECK(cuts(server, CutReason::slow_reader) == 1);
}

TEST_CASE("connections of one client, and of all, are limited") {
  WorkerOptions options;
  options.tcp.max_connections_per_client = 2;
  const Server server(options);
  Client first(server.where, Transport::tcp);
  Client second(server.where, Transport::tcp);
  Client third(server.where, Transport::tcp);
  CHECK(third.closed());
  CHECK(cuts(server, CutReason::client_limit) == 1);
  second.send(framed(query_for("web.shop.svc.cluster.local")));
  CHECK(second.receive_message());
}

TEST_CASE("where all places are taken the longest idle gives way") {
  WorkerOptions options;
  options.tcp.max_connections = 2;
  const Server server(options);
  const auto works = [](Client& client) {
    client.send(framed(query_for("web.shop.svc.cluster.local")));
    return client.receive_message().has_value();
  };
  Client first(server.where, Transport::tcp);
  CHECK(works(first));
  Client second(server.where, Transport::tcp);
  CHECK(works(second));
  CHECK(works(first));
  Client third(server.where, Transport::tcp);
  CHECK(works(third));
  CHECK(second.closed());
  CHECK(works(first));
  CHECK(cuts(server, CutReason::total_limit) == 1);
}

}  // namespace
}  // namespace naru::dns::test
