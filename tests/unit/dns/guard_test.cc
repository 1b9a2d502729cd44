// A whole server: cookies, rate limits, search lists and the query log.
#include "tests/unit/dns/server_fixture.h"

namespace naru::dns::test {
namespace {

constexpr const char* kWeb = "web.shop.svc.cluster.local";

WorkerOptions limited(std::uint32_t per_second, std::uint32_t slip) {
  WorkerOptions options;
  options.rate_limiter = std::make_shared<RateLimiter>(RateLimitOptions{per_second, slip, {}}, 1);
  return options;
}

Bytes with_cookie(std::span<const std::uint8_t> cookie) {
  Ask what;
  what.name = kWeb;
  what.edns = 1232;
  Bytes message = make_query(what);
  message.back() = static_cast<std::uint8_t>(4 + cookie.size());
  put(message, 10);
  put(message, cookie.size());
  message.insert(message.end(), cookie.begin(), cookie.end());
  return message;
}

/// What stands last in a reply to a query with a cookie.
Bytes cookie_of(const Bytes& reply) {
  return {reply.end() - static_cast<std::ptrdiff_t>(kCookieSize), reply.end()};
}

Bytes raw_reply(Client& client, const Bytes& message) {
  client.send(message);
  Bytes reply(4096);
  const auto got = ::recv(client.fd(), reply.data(), reply.size(), 0);
  reply.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return reply;
}

TEST_CASE("dig is given a cookie and finds it good") {
  const Server server;
  CHECK_THAT(dig(server.where, std::string(kWeb) + " +cookie"), Catch::Contains("(good)"));
  CHECK_THAT(dig(server.where, std::string(kWeb) + " +tcp +cookie"), Catch::Contains("(good)"));
  CHECK_THAT(dig(server.where, std::string(kWeb) + " +nocookie"), !Catch::Contains("COOKIE"));
  CHECK(server.metrics().cookies[static_cast<std::size_t>(CookieVerdict::first)].value() == 2);
  WorkerOptions without;
  without.cookies = false;
  const Server plain(without);
  CHECK_THAT(dig(plain.where, std::string(kWeb) + " +cookie"), !Catch::Contains("(good)"));
}

TEST_CASE("a network above its rate is told to come by TCP, and its neighbours are not") {
  const Server server(limited(3, 1));
  Client client(server.where, Transport::udp);
  int answered = 0;
  int told = 0;
  for (int i = 0; i < 20; ++i) {
    client.send(query_for(kWeb));
    const ReplyText reply = client.receive_datagram();
    CHECK(reply.valid);
    (reply.has(kTc) ? told : answered) += 1;
    if (reply.has(kTc)) CHECK(reply.answer.empty());
  }
  CHECK(answered >= 3);
  CHECK(told >= 10);
  Client tcp(server.where, Transport::tcp);
  tcp.send(framed(query_for(kWeb)));
  CHECK(tcp.receive_message().value().answer.size() == 1);
  CHECK(server.metrics().rate_slipped.value() == static_cast<std::uint64_t>(told));
}

TEST_CASE("who has a good cookie has no limit, and who has none yet is given one") {
  WorkerOptions options = limited(1, 1);
  const Server server(options);
  Client client(server.where, Transport::udp);
  const Bytes first = raw_reply(client, with_cookie(Bytes(8, 7)));
  CHECK(read_reply(first).rcode == 0);
  Bytes cookie = cookie_of(first);
  ReplyText refused;
  for (int i = 0; i < 5; ++i) {
    const Bytes reply = raw_reply(client, with_cookie(Bytes(8, 7)));
    refused = read_reply(reply);
    cookie = cookie_of(reply);
  }
  CHECK(to_string(Rcode{static_cast<std::uint8_t>(refused.rcode)}) == "BADCOOKIE");
  for (int i = 0; i < 20; ++i) CHECK(read_reply(raw_reply(client, with_cookie(cookie))).answer.size() == 1);
  CHECK(server.metrics().cookies[static_cast<std::size_t>(CookieVerdict::valid)].value() == 20);
}

TEST_CASE("above the rate nothing comes, where nothing is to") {
  const Server server(limited(1, 0));
  Client client(server.where, Transport::udp);
  for (int i = 0; i < 10; ++i) client.send(query_for(kWeb));
  CHECK(client.receive_datagram().valid);
  Client tcp(server.where, Transport::tcp);
  tcp.send(framed(query_for(kWeb)));
  CHECK(tcp.receive_message());
  CHECK(server.metrics().drops[static_cast<std::size_t>(DropReason::rate_limited)].value() == 9);
}

TEST_CASE("a Pod's search list is walked for it") {
  WorkerOptions options;
  options.autopath.enabled = true;
  Server server(options);
  Zone zone = server_zone();
  zone.set_pod("data", "client", {ip("127.0.0.1")});
  server.on_worker([&](WorkerDns& dns) { dns.apply(2, zone); });
  for (const char* how : {"", "+tcp "}) {
    CHECK(dig(server.where, std::string(how) + "web.shop.data.svc.cluster.local +short") ==
          "web.shop.svc.cluster.local.\n10.96.0.1\n");
    CHECK_THAT(dig(server.where, std::string(how) + "gone.shop.data.svc.cluster.local"),
               Catch::Contains("status: NXDOMAIN"));
  }
  CHECK(dig(server.where, "web.shop.svc.cluster.local +short") == "10.96.0.1\n");
  CHECK(server.metrics().autopath.value() == 2);
}

TEST_CASE("queries are put into the log, and what it has no room for is counted") {
  WorkerOptions options;
  options.query_log = std::make_shared<QueryLogRing>(1);
  const auto ring = options.query_log;
  const Server server(options);
  Client client(server.where, Transport::udp);
  client.send(query_for("Web.shop.svc.cluster.local", 77, Type::aaaa));
  static_cast<void>(client.receive_datagram());
  client.send({1, 2, 3});
  client.send(query_for("gone.shop.svc.cluster.local", 78));
  static_cast<void>(client.receive_datagram());
  Lines lines;
  ring->take_all([&](const QueryRecord& record) { lines.push_back(query_line(record)); });
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], Catch::Contains(R"("proto":"udp","id":77,"name":"Web.shop.svc.cluster.local.","type":"AAAA")"));
  CHECK_THAT(lines[0], Catch::Contains(R"("flags":"qr,aa,rd","size":44,"rcode":"NOERROR")"));
  CHECK_THAT(lines[1], Catch::Contains(R"("size":3,"dropped":true)"));
  CHECK_THAT(lines[2], Catch::Contains(R"("rcode":"NXDOMAIN")"));
  for (int i = 0; i < 4100; ++i) {
    client.send(query_for(kWeb));
    static_cast<void>(client.receive_datagram());
  }
  CHECK(server.metrics().query_log_lost.value() == 4);
}

TEST_CASE("an answer of 64 KiB over TCP, and each length with its message in one piece") {
  Server server;
  Zone zone = server_zone();
  std::vector<EndpointRecord> endpoints;
  for (std::uint32_t i = 0; i < 4000; ++i) endpoints.push_back({IpAddress::v4(0x0a200000U + i), "", true, {}});
  zone.set_service(headless("data", "huge", endpoints));
  server.on_worker([&](WorkerDns& dns) { dns.apply(2, zone); });
  Client client(server.where, Transport::tcp);
  client.send(framed(query_for("huge.data.svc.cluster.local")));
  CHECK(client.receive_message().value().answer.size() == 4000);
  client.send(framed(query_for(kWeb)));
  pollfd ready{client.fd(), POLLIN, 0};
  REQUIRE(::poll(&ready, 1, 5000) == 1);
  Bytes piece(4096);
  const auto got = ::recv(client.fd(), piece.data(), piece.size(), 0);
  REQUIRE(got > 2);
  CHECK(get16(piece, 0) == got - 2);
  Client udp(server.where, Transport::udp);
  udp.send(query_for("huge.data.svc.cluster.local"));
  const ReplyText truncated = udp.receive_datagram();
  CHECK(truncated.has(kTc));
  CHECK(truncated.answer.size() == 29);
}

}  // namespace
}  // namespace naru::dns::test
