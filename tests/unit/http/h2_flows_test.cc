// Two sessions, one against the other.
#include <catch2/catch.hpp>

#include "h2_harness.h"

using namespace naru::http;

TEST_CASE("a request and its response pass, with their fields in order") {
  Pair pair;
  const auto id = pair.client.session.send_request(request("GET", "/a?b", {{"Accept", "text/*"}, {"x", "1"}}), true);
  REQUIRE(id == 1U);
  pair.run();
  CHECK(pair.server.take_log() == Strings{"1 GET /a?b accept=text/* x=1 end"});
  pair.server.session.send_response(1, response(200, {{"server", "s"}, {"content-length", "5"}}), false);
  CHECK(pair.server.session.send_data(1, "hello", true) == 5);
  pair.run();
  CHECK(pair.client.take_log() == Strings{"1 200 server=s content-length=5", "1 5 bytes end"});
  CHECK(pair.client.received[1] == "hello");
  CHECK(pair.client.session.open_streams() == 0);
  CHECK(pair.server.session.open_streams() == 0);
}

TEST_CASE("the connection's bytes may come in any pieces") {
  const std::size_t chunk = GENERATE(1U, 2U, 3U, 8U, 9U, 10U, 64U);
  Pair pair;
  const auto id = *pair.client.session.send_request(request("POST", "/", {{"cookie", "a"}, {"cookie", "b"}}), false);
  pair.client.send(id, std::string(3000, 'x'));
  pair.run(chunk);
  CHECK(pair.server.take_log() == Strings{"1 POST / cookie=a cookie=b", "1 3000 bytes end"});
  pair.server.session.send_response(id, response(204), true);
  pair.run(chunk);
  CHECK(pair.client.take_log() == Strings{"1 204 end"});
  CHECK(pair.server.session.fault() == H2Fault::none);
}

TEST_CASE("trailers pass either way, and gRPC's response without content") {
  Pair pair;
  FieldBlock trailers;
  trailers.add("Grpc-Status", "0");
  const auto first = *pair.client.session.send_request(request("POST", "/", {{"te", "trailers"}}), false);
  CHECK(pair.client.session.send_data(first, "ab", false) == 2);
  pair.client.session.send_trailers(first, trailers);
  pair.run();
  CHECK(pair.server.take_log() == Strings{"1 POST / te=trailers", "1 trailers grpc-status=0"});
  pair.server.session.send_response(first, response(200), false);
  pair.server.session.send_trailers(first, trailers);
  pair.run();
  CHECK(pair.client.take_log() == Strings{"1 200", "1 trailers grpc-status=0"});
  CHECK(pair.client.session.open_streams() == 0);
}

TEST_CASE("trailers without a field are an end") {
  Pair pair;
  const auto id = *pair.client.session.send_request(request("POST", "/"), false);
  pair.client.session.send_trailers(id, {});
  pair.run();
  CHECK(pair.server.take_log() == Strings{"1 POST /", "1 0 bytes end"});
}

TEST_CASE("interim responses come before the final one") {
  Pair pair;
  const auto id = *pair.client.session.send_request(request("POST", "/", {{"expect", "100-continue"}}), false);
  pair.run();
  pair.server.session.send_response(id, response(100), false);
  pair.server.session.send_response(id, response(103, {{"link", "</a>"}}), false);
  pair.server.session.send_response(id, response(200), true);
  pair.run();
  CHECK(pair.client.take_log() == Strings{"1 100", "1 103 link=</a>", "1 200 end"});
}

TEST_CASE("what is for one connection only is left out") {
  Pair pair;
  const Pairs fields = {{"Connection", "x"},
                        {"Keep-Alive", "5"},
                        {"Proxy-Connection", "x"},
                        {"Transfer-Encoding", "chunked"},
                        {"Upgrade", "h2c"},
                        {"HTTP2-Settings", "x"},
                        {"TE", "gzip"},
                        {"Host", "shop"},
                        {"a", "b"}};
  const auto id = *pair.client.session.send_request(request("GET", "/", fields), true);
  pair.run();
  CHECK(pair.server.take_log() == Strings{"1 GET / a=b end"});
  pair.server.session.send_response(id, response(200, {{"Connection", "close"}, {"A", "b"}}), true);
  pair.run();
  CHECK(pair.client.take_log() == Strings{"1 200 a=b end"});
}

TEST_CASE("a head larger than a frame is continued") {
  Pair pair({.header_list_bytes = 100'000}, {.header_list_bytes = 100'000});
  Pairs fields;
  for (int i = 0; i < 20; ++i) fields.emplace_back("a", std::string(2000, static_cast<char>('a' + i)) + "\x7e{}^");
  const auto id = *pair.client.session.send_request(request("GET", "/", fields), true);
  CHECK(id == 1);
  const Strings frames = frames_of(pair.client.session.output());
  CHECK(std::count(frames.begin(), frames.end(), "CONTINUATION 1") >= 1);
  pair.run(1000);
  REQUIRE(pair.server.log.size() == 1);
  CHECK(pair.server.log[0].size() > 40'000);
}

TEST_CASE("much content passes both ways at once through small windows") {
  const H2Limits small{.stream_window = 1000, .connection_window = 100'000};
  Pair pair(small, small);
  const std::string up(300'000, 'u');
  const std::string down(500'000, 'd');
  for (int i = 0; i < 3; ++i) pair.client.send(*pair.client.session.send_request(request("PUT", "/"), false), up);
  pair.run();
  for (const H2StreamId id : {1U, 3U, 5U}) {
    pair.server.session.send_response(id, response(200), false);
    pair.server.send(id, down);
  }
  pair.run();
  for (const H2StreamId id : {1U, 3U, 5U}) {
    CHECK(pair.server.received[id] == up);
    CHECK(pair.client.received[id] == down);
  }
  CHECK(pair.client.session.open_streams() == 0);
  CHECK(pair.server.session.fault() == H2Fault::none);
}

TEST_CASE("windows are given back by consumed() alone") {
  Pair pair({}, {.stream_window = 70'000, .connection_window = 100'000});
  pair.server.consumes = false;
  const auto first = *pair.client.session.send_request(request("PUT", "/1"), false);
  const auto second = *pair.client.session.send_request(request("PUT", "/2"), false);
  pair.run();
  pair.client.send(first, std::string(200'000, 'a'));
  pair.client.send(second, std::string(200'000, 'b'));
  pair.run();
  CHECK(pair.server.received[first].size() == 70'000);   // the stream's window
  CHECK(pair.server.received[second].size() == 30'000);  // what the connection's left
  CHECK(pair.client.session.waits_for_window());
  pair.server.session.consumed(first, 10'000);  // less than half of a window: not worth a frame
  pair.run();
  CHECK(pair.server.received[first].size() == 70'000);
  pair.server.session.consumed(first, 60'000);
  pair.run();
  CHECK(pair.server.received[first].size() == 140'000 - 40'000);
  CHECK(pair.server.received[second].size() == 70'000);
}

TEST_CASE("a stream that ends gives its part of the connection's window back") {
  Pair pair({}, {.stream_window = 100'000, .connection_window = 100'000});
  pair.server.consumes = false;
  for (int i = 0; i < 5; ++i) {
    const auto id = *pair.client.session.send_request(request("PUT", "/"), false);
    pair.client.send(id, std::string(90'000, 'a'));
    pair.run();
    CHECK(pair.server.received[id].size() == 90'000);
    pair.server.session.reset(id, H2Error::cancel);
    pair.run();
  }
}

TEST_CASE("streams share what window the connection has, first come, first served") {
  Pair pair({}, {.stream_window = 1'000'000, .connection_window = 65'535});
  std::vector<H2StreamId> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(*pair.client.session.send_request(request("PUT", "/"), false));
  pair.run();
  for (const H2StreamId id : ids) pair.client.send(id, std::string(400'000, 'a'));
  for (int i = 0; i < 400; ++i) {
    pair.step(pair.client, pair.server, 16'384);
    pair.step(pair.server, pair.client, 16'384);
  }
  for (const H2StreamId id : ids) CHECK(pair.server.received[id].size() > 100'000);
}

TEST_CASE("a smaller initial window may leave a negative one, which must be made good first") {
  ClientUnderTest client;
  const auto id = *client.session.send_request(request("PUT", "/"), false);
  CHECK(client.session.send_data(id, std::string(50'000, 'a'), false) == 50'000);
  client.feed(settings_frame(setting(4, 10'000)));
  CHECK(client.session.send_data(id, "x", false) == 0);
  client.feed(window_update(id, 40'000));
  CHECK(client.session.send_data(id, "x", false) == 0);
  client.feed(window_update(id, 1));
  CHECK(client.take_log() == Strings{"1 writable"});
  CHECK(client.session.send_data(id, "xy", false) == 1);
}

TEST_CASE("content is queued to a bound, and taken again when it has been written") {
  ClientUnderTest client;
  client.feed(settings_frame(setting(4, 10'000'000)) + window_update(0, 10'000'000));
  const auto id = *client.session.send_request(request("PUT", "/"), false);
  const std::size_t taken = client.session.send_data(id, std::string(1'000'000, 'a'), true);
  CHECK(taken >= 128 * 1024);
  CHECK(taken < 160 * 1024);
  CHECK(client.take_log().empty());
  client.take_output();
  CHECK(client.take_log() == Strings{"1 writable"});
}

TEST_CASE("no more streams are begun than the peer allows") {
  Pair pair({}, {.concurrent_streams = 3});
  pair.run();
  for (int i = 0; i < 3; ++i) CHECK(pair.client.session.send_request(request("GET", "/"), true));
  CHECK(pair.client.session.free_streams() == 0);
  CHECK_FALSE(pair.client.session.send_request(request("GET", "/"), true));
  pair.run();
  pair.server.session.send_response(3, response(200), true);
  pair.run();
  CHECK(pair.client.session.free_streams() == 1);
  CHECK(pair.client.session.send_request(request("GET", "/"), true) == 7U);
}

TEST_CASE("a reset reaches the other side, once, and has no effect on what has ended") {
  Pair pair;
  const auto id = *pair.client.session.send_request(request("GET", "/"), true);
  pair.run();
  pair.client.session.reset(id, H2Error::cancel);
  pair.client.session.reset(id, H2Error::cancel);
  pair.run();
  CHECK(pair.server.take_log() == Strings{"1 GET / end", "1 reset 8 by peer"});
  CHECK(pair.client.take_log().empty());
  pair.server.session.send_response(id, response(200), true);
  CHECK(pair.server.session.send_data(id, "gone", true) == 4);
  pair.run();
  CHECK(pair.client.take_log().empty());
  CHECK(pair.client.session.fault() == H2Fault::none);
}

TEST_CASE("what was on its way to a stream that we reset is taken and forgotten") {
  Pair pair;
  const auto id = *pair.client.session.send_request(request("GET", "/"), true);
  pair.run();
  pair.server.session.send_response(id, response(200, {{"x-new", "entry"}}), false);
  CHECK(pair.server.session.send_data(id, std::string(60'000, 'x'), true) == 60'000);
  pair.client.session.reset(id, H2Error::cancel);
  pair.run();
  CHECK(pair.client.take_log().empty());
  const auto next = *pair.client.session.send_request(request("GET", "/"), true);
  pair.run();
  pair.server.session.send_response(next, response(200, {{"x-new", "entry"}}), true);  // by HPACK's table
  pair.run();
  CHECK(pair.client.take_log() == Strings{"3 200 x-new=entry end"});
}

TEST_CASE("shutting down takes two steps, and loses nothing between them") {
  Pair pair;
  const auto first = *pair.client.session.send_request(request("GET", "/1"), true);
  pair.run();
  pair.server.session.announce_shutdown();
  const auto crossing = *pair.client.session.send_request(request("GET", "/2"), true);  // before it has heard
  pair.run();
  CHECK(pair.client.take_log() == Strings{"goaway 2147483647 0"});
  CHECK(pair.client.session.going_away());
  CHECK_FALSE(pair.client.session.send_request(request("GET", "/3"), true));
  pair.server.session.shut_down();
  pair.run();
  CHECK(pair.client.take_log() == Strings{"goaway 3 0"});
  for (const H2StreamId id : {first, crossing}) pair.server.session.send_response(id, response(200), true);
  pair.run();
  CHECK(pair.client.take_log() == Strings{"1 200 end", "3 200 end"});
}

TEST_CASE("streams above a GOAWAY's last one are told that they were not processed") {
  ClientUnderTest client;
  for (int i = 0; i < 3; ++i) CHECK(client.session.send_request(request("GET", "/"), true));
  client.feed(frame(H2FrameType::go_away, 0, 0, u32(3) + u32(0)));
  CHECK(client.take_log() == Strings{"goaway 3 0", "5 reset 7 by peer"});
  CHECK(client.session.open_streams() == 2);
  CHECK(client.session.free_streams() == 0);
}

TEST_CASE("what a client begins after the true GOAWAY is ignored, and its table kept") {
  ServerUnderTest server;
  server.feed(server.blocks.get(1));
  server.session.shut_down();
  CHECK(server.feed(server.blocks.headers(3, {{":method", "GET"}, {":scheme", "http"}, {":path", "/new"}}, false) +
                    data(3, "abc") + window_update(3, 5) + rst(3, H2Error::cancel)));
  CHECK(server.take_log() == Strings{"1 GET / end"});
  CHECK(server.take_output() == Strings{"GOAWAY 0 1 0"});
}

TEST_CASE("a PING is answered with what it said, and an answer is told") {
  Pair pair;
  pair.run();
  pair.client.session.ping(0x123456789abcdef0);
  pair.run();
  CHECK(pair.client.take_log() == Strings{fmt::format("pong {}", 0x123456789abcdef0)});
}

TEST_CASE("a response to HEAD has a length and no content") {
  Pair pair;
  const auto id = *pair.client.session.send_request(request("HEAD", "/"), true);
  pair.run();
  pair.server.session.send_response(id, response(200, {{"content-length", "1000"}}), true);
  pair.run();
  CHECK(pair.client.take_log() == Strings{"1 200 content-length=1000 end"});
}

TEST_CASE("a field that is never to be indexed is passed on as such") {
  Pair pair;
  RequestHead head = request("GET", "/");
  head.fields.add("x-secret", "s", true);
  CHECK(pair.client.session.send_request(head, true));
  struct : Peer {
    using Peer::Peer;
    void on_request(H2StreamId, RequestHead& got, bool) noexcept override {
      sensitive = got.fields.fields().front().sensitive;
    }
    bool sensitive{};
  } server(H2Session::Role::server);
  server.session.receive(pair.client.session.output(), pair.now);
  CHECK(server.sensitive);
}

TEST_CASE("the peer's table size is kept to") {
  Pair pair({}, {.header_table = 0});
  for (int i = 0; i < 3; ++i) {
    CHECK(pair.client.session.send_request(request("GET", "/", {{"x-same", "value"}}), true));
    pair.run();
  }
  CHECK(pair.server.log.size() == 3);
  CHECK(pair.server.session.fault() == H2Fault::none);
}

TEST_CASE("an owner may answer from within an event") {
  struct Answering : Peer {
    using Peer::Peer;
    void on_request(H2StreamId stream, RequestHead&, bool) noexcept override {
      session.send_response(stream, response(200), false);
      (void)session.send_data(stream, "ok", true);
    }
  } server(H2Session::Role::server);
  Peer client(H2Session::Role::client);
  for (int i = 0; i < 200; ++i) {
    const auto id = *client.session.send_request(request("GET", "/"), true);
    for (auto [from, to] : {std::pair<Peer*, Peer*>{&client, &server}, {&server, &client}}) {
      const std::string bytes(from->session.output());
      from->session.output_written(bytes.size());
      REQUIRE(to->session.receive(bytes, {}));
    }
    CHECK(client.take_log() == Strings{fmt::format("{} 200", id), fmt::format("{} 2 bytes end", id)});
  }
  CHECK(server.session.open_streams() == 0);
}
