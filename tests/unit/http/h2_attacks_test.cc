// What a hostile peer does, and which limit ends it.
#include <catch2/catch.hpp>

#include "h2_harness.h"
#include "base/token_bucket.h"

using namespace naru::http;

namespace {

using T = H2FrameType;

/// Feeds `bytes()` until the session has had enough, at most `most` times; how often it took them.
template <class Bytes>
int feed_until_over(ServerUnderTest& server, int most, Bytes&& bytes) {
  int times = 0;
  while (times < most && server.feed(bytes())) {
    server.take_output();  // the attacker reads, if nothing else
    ++times;
  }
  return times;
}

Pairs large_head(std::size_t fields, std::size_t size) {
  Pairs list = {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}};
  for (std::size_t i = 0; i < fields; ++i) list.emplace_back("x", std::string(size, 'v'));
  return list;
}

}  // namespace

TEST_CASE("rapid reset") {
  ServerUnderTest server({.resets_burst = 50});
  H2StreamId id = 1;
  const int times = feed_until_over(server, 1000, [&] {
    const std::string bytes = server.blocks.get(id) + rst(id, H2Error::cancel);
    id += 2;
    return bytes;
  });
  CHECK(times == 50);
  CHECK(server.session.fault() == H2Fault::too_many_resets);
}

TEST_CASE("resets that the server is made to send count as well") {
  ServerUnderTest server({.resets_burst = 50});
  H2StreamId id = 1;
  const int times = feed_until_over(server, 1000, [&] {
    const std::string bytes = server.blocks.get(id) + window_update(id, 0);
    id += 2;
    return bytes;
  });
  CHECK(times == 50);
  CHECK(server.session.fault() == H2Fault::too_many_resets);
}

TEST_CASE("malformed requests without end") {
  ServerUnderTest server({.resets_burst = 50});
  H2StreamId id = 1;
  const int times = feed_until_over(server, 1000, [&] {
    const std::string bytes = server.blocks.headers(id, {{"a", "b"}});
    id += 2;
    return bytes;
  });
  CHECK(times == 50);
  CHECK(server.session.fault() == H2Fault::too_many_resets);
}

TEST_CASE("an honest client's resets are made good by time") {
  ServerUnderTest server({.resets_burst = 50, .resets_per_second = 33});
  H2StreamId id = 1;
  for (int second = 0; second < 20; ++second) {
    for (int i = 0; i < 33; ++i, id += 2) REQUIRE(server.feed(server.blocks.get(id) + rst(id, H2Error::cancel)));
    server.now += std::chrono::seconds(1);
    server.take_output();
  }
}

TEST_CASE("CONTINUATION without end") {
  ServerUnderTest server;
  CHECK(server.feed(frame(T::headers, 0, 1, "")));
  const int times = feed_until_over(server, 1000, [] { return frame(T::continuation, 0, 1, ""); });
  CHECK(times == 8);
  CHECK(server.session.fault() == H2Fault::too_many_continuations);
}

TEST_CASE("eight CONTINUATION frames are taken, a ninth is not") {
  for (const int frames : {8, 9}) {
    ServerUnderTest server;
    std::string bytes = frame(T::headers, 1, 1, server.blocks.block(large_head(0, 0)));
    for (int i = 1; i < frames; ++i) bytes += frame(T::continuation, 0, 1, "");
    bytes += frame(T::continuation, kH2EndHeaders, 1, "");
    CHECK(server.feed(bytes) == (frames == 8));
  }
}

TEST_CASE("a large head is answered by 431, one that is no accident ends the connection") {
  struct Row {
    const char* what;
    std::size_t fields;
    std::size_t size;
    Strings output;
    H2Fault stream_fault;
    H2Fault fault;
  };
  const Strings none;
  const Row rows[] = {
      {"as many fields as may be", 97, 0, none, H2Fault::none, H2Fault::none},
      {"one field too many", 98, 0, {"HEADERS 1"}, H2Fault::too_many_fields, H2Fault::none},
      {"a few bytes too many", 90, 700, {"HEADERS 1"}, H2Fault::header_list_too_large, H2Fault::none},
      {"fields by the thousand", 5000, 0, {"GOAWAY 0 1 11"}, H2Fault::none, H2Fault::too_many_fields},
      {"few fields, but megabytes", 97, 3000, {"GOAWAY 0 1 11"}, H2Fault::none, H2Fault::header_list_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ServerUnderTest server;
    CHECK(server.feed(server.blocks.headers(1, large_head(row.fields, row.size))) == (row.fault == H2Fault::none));
    CHECK(server.take_output() == row.output);
    CHECK(server.session.take_stream_fault() == row.stream_fault);
    CHECK(server.session.fault() == row.fault);
    CHECK(server.session.open_streams() == (row.output.empty() ? 1 : 0));
  }
}

TEST_CASE("a request whose head is too large and whose content is still to come is answered and reset") {
  ServerUnderTest server;
  CHECK(server.feed(server.blocks.headers(1, large_head(98, 0), false) + data(1, "late")));
  CHECK(server.take_output() == Strings{"HEADERS 1", "RST_STREAM 1 0"});
}

TEST_CASE("a few bytes that unpack into megabytes") {
  ServerUnderTest server;
  // One entry of 3000 bytes in HPACK's table, then references to it of one byte each.
  std::string block = server.blocks.block({{"x", std::string(3000, 'v')}});
  block += std::string(10'000, '\xbe');
  CHECK_FALSE(server.feed(frame(T::headers, 5, 1, block)));
  CHECK(server.session.fault() == H2Fault::header_list_too_large);
}

TEST_CASE("cookie crumbs by the thousand") {
  ServerUnderTest server;
  Pairs fields = large_head(0, 0);
  for (int i = 0; i < 2000; ++i) fields.emplace_back("cookie", "");
  CHECK_FALSE(server.feed(server.blocks.headers(1, fields)));
  CHECK(server.session.fault() == H2Fault::too_many_fields);
}

TEST_CASE("frames that make work for nothing") {
  struct Row {
    const char* what;
    std::string bytes;
  };
  const Row rows[] = {
      {"PING", frame(T::ping, 0, 0, "12345678")},
      {"SETTINGS", settings_frame()},
      {"SETTINGS acknowledgements", settings_ack()},
      {"PRIORITY", frame(T::priority, 0, 1, "12345")},
      {"GOAWAY", frame(T::go_away, 0, 0, u32(0) + u32(0))},
      {"unknown frames", frame(static_cast<T>(50), 0, 0, "")},
      {"empty DATA", data(1, "")},
      {"DATA of padding", frame(T::data, kH2Padded, 1, std::string("\x01\0", 2))},
      {"resets of streams that are gone", rst(1, H2Error::cancel)},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ServerUnderTest server({.control_frames_burst = 100});
    server.feed(server.blocks.get(1, false));
    const int times = feed_until_over(server, 1000, [&] { return row.bytes; });
    CHECK(times >= 100);
    CHECK(times <= 102);
    CHECK(server.session.fault() == H2Fault::too_many_control_frames);
  }
}

TEST_CASE("a frame full of settings is more than one frame's work") {
  ServerUnderTest server({.control_frames_burst = 100});
  std::string payload;
  for (unsigned i = 0; i < 2000; ++i) payload += setting(4, 1000 + i);
  CHECK_FALSE(server.feed(settings_frame(payload)));
  CHECK(server.session.fault() == H2Fault::too_many_control_frames);
}

TEST_CASE("a peer that measures its bandwidth by PING, with content, is no flood") {
  ServerUnderTest server({.control_frames_burst = 10});
  server.feed(server.blocks.get(1, false));
  const int times = feed_until_over(server, 1000, [] { return data(1, "x") + frame(T::ping, 0, 0, "12345678"); });
  CHECK(times == 1000);
}

TEST_CASE("a peer that asks and does not read") {
  ServerUnderTest server({.control_frames_burst = 1'000'000, .output_bytes = 10'000});
  int times = 0;
  while (times < 10'000 && server.feed(frame(T::ping, 0, 0, "12345678"))) ++times;
  CHECK(times <= 10'000 / 17 + 1);
  CHECK(server.session.fault() == H2Fault::output_overflow);
  CHECK(server.session.output().size() < 11'000);
}

TEST_CASE("heads that a peer does not read are a fault as well, told when the owner looks") {
  ServerUnderTest server({.output_bytes = 10'000});
  H2StreamId id = 1;
  for (; id < 100; id += 2) {
    server.feed(server.blocks.get(id));
    server.session.send_response(id, response(200, {{"x", std::string(400, static_cast<char>('0' + id % 70))}}), true);
    if (server.session.fault() != H2Fault::none) break;
  }
  CHECK(server.session.fault() == H2Fault::output_overflow);
  CHECK(server.session.output().size() < 11'000);
}

TEST_CASE("a peer that never opens its window is waited for, at no cost, until the owner has had enough") {
  ServerUnderTest server;
  server.feed(settings_frame(setting(4, 0)));
  H2StreamId id = 1;
  for (; id < 200; id += 2) {
    server.feed(server.blocks.get(id));
    server.session.send_response(id, response(200), false);
    CHECK(server.session.send_data(id, std::string(100'000, 'x'), true) == 0);
  }
  CHECK(server.session.waits_for_window());
  CHECK(server.session.output().size() < 20'000);
  server.session.reset(1, H2Error::cancel);
  CHECK(server.session.open_streams() == 99);
}

TEST_CASE("a backend's resets and leftovers do not cost the connection that many clients share") {
  ClientUnderTest client({.resets_burst = 10, .control_frames_burst = 10});
  for (int i = 0; i < 200; ++i) {
    const auto id = *client.session.send_request(request("GET", "/"), true);
    REQUIRE(client.feed(rst(id, H2Error::refused_stream)));
  }
  const auto id = *client.session.send_request(request("GET", "/"), true);
  client.feed(client.blocks.headers(id, {{":status", "200"}}, false));
  client.session.reset(id, H2Error::cancel);
  for (int i = 0; i < 1000; ++i) REQUIRE(client.feed(data(id, "x")));
  CHECK(client.session.fault() == H2Fault::none);
}

TEST_CASE("every stream is told when the connection ends for a violation") {
  ServerUnderTest server;
  server.feed(server.blocks.get(1));
  server.feed(server.blocks.get(3) + data(9, "x"));
  CHECK(server.take_log() == Strings{"1 GET / end", "3 GET / end", "1 reset 1", "3 reset 1"});
  CHECK(server.take_output() == Strings{"GOAWAY 0 3 1"});
}

TEST_CASE("a token bucket is full at first and fills with time") {
  naru::TokenBucket bucket(2, 10);
  naru::TimePoint now{std::chrono::seconds(5)};
  CHECK(bucket.take(now));
  CHECK(bucket.take(now));
  CHECK_FALSE(bucket.take(now));
  CHECK_FALSE(bucket.take(now + std::chrono::milliseconds(99)));
  CHECK(bucket.take(now + std::chrono::milliseconds(100)));
  CHECK_FALSE(bucket.take(now + std::chrono::milliseconds(100)));
  bucket.give_back();
  CHECK(bucket.take(now + std::chrono::milliseconds(100)));
  now += std::chrono::hours(1);  // no more than the burst, however long
  CHECK(bucket.take(now));
  CHECK(bucket.take(now));
  CHECK_FALSE(bucket.take(now));
}
