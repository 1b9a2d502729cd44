// Every rule of RFC 9113 that a peer may break, by bytes made by hand.
#include <catch2/catch.hpp>

#include "h2_harness.h"

using namespace naru::http;

namespace {

using T = H2FrameType;

std::string get() {
  return Blocks().get(1);
}
std::string post() {
  return Blocks().headers(1, {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "shop"}}, false);
}
std::string post_of(const char* length) {
  return Blocks().headers(1, {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"content-length", length}},
                          false);
}
std::string headers(unsigned flags, H2StreamId stream, std::string_view block) {
  return frame(T::headers, flags, stream, block);
}
std::string literal(std::string_view name, std::string_view value) {
  std::string block(1, '\0');
  for (const std::string_view text : {name, value}) block += static_cast<char>(text.size()), block += text;
  return block;
}

}  // namespace

TEST_CASE("a violation by a client costs the connection, with the reason said") {
  struct Row {
    const char* what;
    std::string bytes;  // after the handshake
    H2Fault fault;
    H2Error error;
  };
  const auto protocol = H2Error::protocol_error;
  const std::string block = Blocks().block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}});
  const Row rows[] = {
      {"a frame one byte too large", std::string("\0\x40\x01\0\0\0\0\0\x01", 9), H2Fault::frame_size,
       H2Error::frame_size_error},
      {"DATA on a stream that was never begun", data(1, "x"), H2Fault::protocol, protocol},
      {"RST_STREAM of one that was never begun", rst(1, H2Error::cancel), H2Fault::protocol, protocol},
      {"WINDOW_UPDATE of one that was never begun", window_update(1, 1), H2Fault::protocol, protocol},
      {"a stream of the server's numbers", Blocks().get(2), H2Fault::protocol, protocol},
      {"a stream number that was passed over", Blocks().get(3) + get(), H2Fault::protocol, H2Error::stream_closed},
      {"HEADERS in place of CONTINUATION", headers(0, 1, block) + headers(4, 1, block), H2Fault::protocol, protocol},
      {"PING in place of CONTINUATION", headers(0, 1, block) + frame(T::ping, 0, 0, "12345678"), H2Fault::protocol,
       protocol},
      {"an unknown frame in place of CONTINUATION", headers(0, 1, block) + frame(static_cast<T>(99), 0, 0, ""),
       H2Fault::protocol, protocol},
      {"CONTINUATION of another stream", headers(0, 1, block) + frame(T::continuation, 4, 3, ""), H2Fault::protocol,
       protocol},
      {"CONTINUATION of nothing", get() + frame(T::continuation, 4, 1, ""), H2Fault::protocol, protocol},
      {"padding longer than HEADERS", headers(kH2Padded | 5U, 1, "\x09" + block.substr(0, 3)), H2Fault::protocol,
       protocol},
      {"padding as long as DATA", post() + frame(T::data, kH2Padded, 1, std::string("\x03\0\0", 3)), H2Fault::protocol,
       protocol},
      {"padded DATA without a byte for it", post() + frame(T::data, kH2Padded, 1, ""), H2Fault::protocol,
       H2Error::frame_size_error},
      {"PUSH_PROMISE", frame(T::push_promise, 4, 1, u32(2)), H2Fault::protocol, protocol},
      {"SETTINGS with a window too large", settings_frame(setting(4, 0x80000000)), H2Fault::flow_control,
       H2Error::flow_control_error},
      {"SETTINGS with frames too small", settings_frame(setting(5, 100)), H2Fault::protocol, protocol},
      {"SETTINGS of a size that is none", frame(T::settings, 0, 0, "1234567"), H2Fault::frame_size,
       H2Error::frame_size_error},
      {"WINDOW_UPDATE of nothing, of the connection", window_update(0, 0), H2Fault::protocol, protocol},
      {"the connection's window overflows", window_update(0, 0x7fffffff), H2Fault::flow_control,
       H2Error::flow_control_error},
      {"a stream's window overflows by SETTINGS",
       post() + window_update(1, 0x7fff0000) + settings_frame(setting(4, 0x7fffffff)), H2Fault::flow_control,
       H2Error::flow_control_error},
      {"an index that HPACK does not have", headers(5, 1, "\xff\xff\xff\x01"), H2Fault::compression,
       H2Error::compression_error},
      {"a field block cut short",
       headers(5, 1,
               std::string("\x00\x05"
                           "ab",
                           4)),
       H2Fault::compression, H2Error::compression_error},
      {"a table larger than allowed", headers(5, 1, "\x3f\xff\xff\x01"), H2Fault::compression,
       H2Error::compression_error},
  };
  for (const Row& row : rows) {
    for (const std::size_t chunk : {std::size_t{1}, row.bytes.size()}) {
      INFO(row.what << ", " << chunk << " bytes at a time");
      ServerUnderTest server;
      bool alive = true;
      for (std::size_t at = 0; at < row.bytes.size(); at += chunk) alive = server.feed(row.bytes.substr(at, chunk));
      CHECK_FALSE(alive);
      CHECK(server.session.fault() == row.fault);
      const Strings frames = server.take_output();
      REQUIRE_FALSE(frames.empty());
      CHECK(frames.back().starts_with("GOAWAY"));
      CHECK(frames.back().ends_with(fmt::format(" {}", static_cast<int>(row.error))));
      CHECK(server.session.open_streams() == 0);
      CHECK_FALSE(server.feed(get()));  // nothing more is heard
    }
  }
}

TEST_CASE("a violation within a message costs its stream alone") {
  struct Row {
    const char* what;
    std::string bytes;
    Strings output;  // before the answer to what comes after
    Strings events;
    H2Fault fault;
  };
  const Strings none;
  const std::string upper = headers(5, 1, literal("Upper", "x"));
  const Row rows[] = {
      {"an upper-case name", upper, {"RST_STREAM 1 1"}, none, H2Fault::malformed_message},
      {"a request without pseudo-fields",
       headers(5, 1, literal("a", "b")),
       {"RST_STREAM 1 1"},
       none,
       H2Fault::malformed_message},
      {"a line feed in a value",
       headers(5, 1, literal("a", "b\nc")),
       {"RST_STREAM 1 1"},
       none,
       H2Fault::malformed_message},
      {"less content than promised",
       post_of("5") + data(1, "1234", true),
       {"RST_STREAM 1 1"},
       {"1 POST / content-length=5", "1 reset 1"},
       H2Fault::malformed_message},
      {"more content than promised",
       post_of("5") + data(1, "123456"),
       {"RST_STREAM 1 1"},
       {"1 POST / content-length=5", "1 reset 1"},
       H2Fault::malformed_message},
      {"content in two parts, more than promised",
       post_of("5") + data(1, "123") + data(1, "456", true),
       {"RST_STREAM 1 1"},
       {"1 POST / content-length=5", "1 reset 1"},
       H2Fault::malformed_message},
      {"an empty end before all has come",
       post_of("5") + data(1, "123") + data(1, "", true),
       {"RST_STREAM 1 1"},
       {"1 POST / content-length=5", "1 reset 1"},
       H2Fault::malformed_message},
      {"trailers before all has come",
       post_of("5") + headers(5, 1, literal("a", "b")),
       {"RST_STREAM 1 1"},
       {"1 POST / content-length=5", "1 reset 1"},
       H2Fault::malformed_message},
      {"a second head",
       post() + headers(4, 1, literal("a", "b")),
       {"RST_STREAM 1 1"},
       {"1 POST /", "1 reset 1"},
       H2Fault::malformed_message},
      {"a pseudo-field in trailers",
       post() + headers(5, 1, literal(":path", "/")),
       {"RST_STREAM 1 1"},
       {"1 POST /", "1 reset 1"},
       H2Fault::malformed_message},
      {"content after the end",
       get() + data(1, "x"),
       {"RST_STREAM 1 5"},
       {"1 GET / end", "1 reset 5"},
       H2Fault::protocol},
      {"trailers after the end",
       get() + headers(5, 1, literal("a", "b")),
       {"RST_STREAM 1 5"},
       {"1 GET / end", "1 reset 5"},
       H2Fault::protocol},
      {"WINDOW_UPDATE of nothing",
       post() + window_update(1, 0),
       {"RST_STREAM 1 1"},
       {"1 POST /", "1 reset 1"},
       H2Fault::protocol},
      {"the stream's window overflows",
       post() + window_update(1, 0x7fffffff),
       {"RST_STREAM 1 3"},
       {"1 POST /", "1 reset 3"},
       H2Fault::flow_control},
      {"PRIORITY of a wrong size",
       post() + frame(T::priority, 0, 1, "1234"),
       {"RST_STREAM 1 6"},
       {"1 POST /", "1 reset 6"},
       H2Fault::frame_size},
      {"content after the client's own reset",
       post() + rst(1, H2Error::cancel) + data(1, "x"),
       {"RST_STREAM 1 5"},
       {"1 POST /", "1 reset 8 by peer"},
       H2Fault::protocol},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ServerUnderTest server;
    CHECK(server.feed(row.bytes));
    CHECK(server.session.take_stream_fault() == row.fault);
    CHECK(server.session.take_stream_fault() == H2Fault::none);
    CHECK(server.take_output() == row.output);
    CHECK(server.take_log() == row.events);
    CHECK(server.session.open_streams() == 0);
    // Another stream of the same connection is as good as ever.
    CHECK(server.feed(headers(5, 7, literal(":method", "GET") + literal(":scheme", "http") + literal(":path", "/"))));
    CHECK(server.take_log() == Strings{"7 GET / end"});
  }
}

TEST_CASE("what is odd but allowed is taken") {
  struct Row {
    const char* what;
    std::string bytes;
    Strings events;
  };
  const Strings got = {"1 GET / end"};
  const std::string block = Blocks().block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}});
  const Row rows[] = {
      {"an unknown frame", frame(static_cast<T>(99), 0xff, 5, "abc") + get(), got},
      {"an unknown setting", settings_frame(setting(99, 1)) + get(), got},
      {"unknown flags", headers(0xc0 | 5U, 1, block), got},
      {"PRIORITY before its stream", frame(T::priority, 0, 1, "12345") + get(), got},
      {"HEADERS with priority", headers(kH2Priority | 5U, 1, "12345" + block), got},
      {"HEADERS with padding", headers(kH2Padded | 5U, 1, "\x03" + block + "abc"), got},
      {"an empty first part of a head",
       headers(1, 1, "") + frame(T::continuation, 0, 1, "") + frame(T::continuation, 4, 1, block), got},
      {"stream numbers that are passed over", Blocks().get(77), {"77 GET / end"}},
      {"the largest stream number", Blocks().get(0x7fffffff), {"2147483647 GET / end"}},
      {"padded content",
       post() + frame(T::data, kH2Padded | 1U, 1,
                      "\x02"
                      "abcpp"),
       {"1 POST /", "1 3 bytes end"}},
      {"content that is all padding",
       post() + frame(T::data, kH2Padded | 1U, 1, std::string("\x01\0", 2)),
       {"1 POST /", "1 0 bytes end"}},
      {"an empty frame of content", post() + data(1, "") + data(1, "x", true), {"1 POST /", "1 1 bytes end"}},
      {"all that was promised",
       post_of("5") + data(1, "123") + data(1, "45") + data(1, "", true),
       {"1 POST / content-length=5", "1 5 bytes end"}},
      {"GOAWAY from a client, who may go on",
       frame(T::go_away, 0, 0, u32(0) + u32(0) + "bye") + get(),
       {"goaway 0 0", "1 GET / end"}},
      {"WINDOW_UPDATE of a stream that has ended",
       get() + rst(1, H2Error::cancel) + window_update(1, 1),
       {"1 GET / end", "1 reset 8 by peer"}},
      {"a reset of a stream that has ended",
       get() + rst(1, H2Error::cancel) + rst(1, H2Error::cancel),
       {"1 GET / end", "1 reset 8 by peer"}},
      {"an answer to a PING that was not sent",
       frame(T::ping, kH2Ack, 0, std::string(8, '\0')) + get(),
       {"pong 0", "1 GET / end"}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ServerUnderTest server;
    CHECK(server.feed(row.bytes));
    CHECK(server.take_log() == row.events);
  }
}

TEST_CASE("a connection begins with the preface and SETTINGS") {
  struct Row {
    const char* what;
    std::string bytes;
    bool good;
  };
  const Row rows[] = {
      {"nothing yet", "", true},
      {"a part of it", "PRI * HT", true},
      {"all of it", preface(), true},
      {"HTTP/1", "GET / HTTP/1.1\r\n", false},
      {"a wrong last byte", std::string(kH2Preface.substr(0, 23)) + "x", false},
      {"PING first", std::string(kH2Preface) + frame(T::ping, 0, 0, "12345678"), false},
      {"an acknowledgement first", std::string(kH2Preface) + settings_ack(), false},
      {"a request first", std::string(kH2Preface) + get(), false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    Peer server(H2Session::Role::server);
    CHECK(server.session.receive(row.bytes, {}) == row.good);
    CHECK(server.session.fault() == (row.good ? H2Fault::none : H2Fault::bad_preface));
  }
  Peer client(H2Session::Role::client);
  CHECK_FALSE(client.session.receive(frame(T::ping, 0, 0, "12345678"), {}));
  CHECK(client.session.fault() == H2Fault::bad_preface);
}

TEST_CASE("a server may not do these") {
  struct Row {
    const char* what;
    std::string bytes;  // stream 1 has a request under way, stream 3 a HEAD
    H2Fault fault;      // of the connection
    H2Fault stream_fault;
  };
  const std::string ok = Blocks().headers(1, {{":status", "200"}}, false);
  const Row rows[] = {
      {"begin a stream", Blocks().headers(2, {{":status", "200"}}), H2Fault::protocol, H2Fault::none},
      {"answer what was not asked", Blocks().headers(5, {{":status", "200"}}), H2Fault::protocol, H2Fault::none},
      {"push", frame(T::push_promise, 4, 1, u32(2)), H2Fault::protocol, H2Fault::none},
      {"allow pushing", settings_frame(setting(2, 1)), H2Fault::protocol, H2Fault::none},
      {"send content before the head", data(1, "x"), H2Fault::none, H2Fault::malformed_message},
      {"send a head of a request", get(), H2Fault::none, H2Fault::malformed_message},
      {"switch protocols", Blocks().headers(1, {{":status", "101"}}, false), H2Fault::none, H2Fault::malformed_message},
      {"end with an interim response", Blocks().headers(1, {{":status", "100"}}), H2Fault::none,
       H2Fault::malformed_message},
      {"send content to a HEAD", Blocks().headers(3, {{":status", "200"}}, false) + data(3, "x"), H2Fault::none,
       H2Fault::malformed_message},
      {"send content with 204", Blocks().headers(1, {{":status", "204"}}, false) + data(1, "x"), H2Fault::none,
       H2Fault::malformed_message},
      {"send more than promised",
       Blocks().headers(1, {{":status", "200"}, {"content-length", "1"}}, false) + data(1, "xy"), H2Fault::none,
       H2Fault::malformed_message},
      {"send trailers that do not end", ok + frame(T::headers, 4, 1, literal("a", "b")), H2Fault::none,
       H2Fault::malformed_message},
      {"exceed the stream's window", ok + data(1, std::string(16'000, 'x')) + data(1, "x"), H2Fault::none,
       H2Fault::flow_control},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ClientUnderTest client({.stream_window = 16'000});
    client.consumes = false;
    CHECK(client.session.send_request(request("POST", "/"), false));
    CHECK(client.session.send_request(request("HEAD", "/"), true));
    CHECK(client.feed(row.bytes) == (row.fault == H2Fault::none));
    CHECK(client.session.fault() == row.fault);
    CHECK(client.session.take_stream_fault() == row.stream_fault);
    CHECK(client.session.open_streams() == (row.fault == H2Fault::none ? 1 : 0));
  }
}

TEST_CASE("a peer may not exceed the connection's window") {
  ServerUnderTest server({.stream_window = 1'000'000, .connection_window = 70'000});
  server.consumes = false;
  CHECK(server.feed(post()));
  for (int i = 0; i < 7; ++i) CHECK(server.feed(data(1, std::string(10'000, 'x'))));
  CHECK_FALSE(server.feed(data(1, "x")));
  CHECK(server.session.fault() == H2Fault::flow_control);
}

TEST_CASE("padding counts against the windows and is given back at once") {
  ServerUnderTest server({.stream_window = 1'000, .connection_window = 70'000});
  CHECK(server.feed(post()));
  const std::string padded = frame(T::data, kH2Padded, 1,
                                   "\xff"
                                   "a" +
                                       std::string(255, '\0'));
  for (int i = 0; i < 600; ++i) CHECK(server.feed(padded));
  CHECK(server.received[1].size() == 600);
  CHECK(server.session.open_streams() == 1);
}

TEST_CASE("before it has our SETTINGS a peer may go by the default window") {
  Peer server(H2Session::Role::server, {.stream_window = 1'000});
  server.consumes = false;
  CHECK(server.session.receive(preface() + post() + data(1, std::string(16'000, 'x')), {}));
  CHECK(server.received[1].size() == 16'000);
  CHECK(server.session.receive(settings_ack() + data(1, "x"), {}));
  CHECK(server.session.take_stream_fault() == H2Fault::flow_control);
}

TEST_CASE("a stream over the limit is refused, and may be asked again") {
  ServerUnderTest server({.concurrent_streams = 2});
  CHECK(server.feed(server.blocks.get(1)));
  CHECK(server.feed(server.blocks.get(3)));
  CHECK(server.feed(server.blocks.get(5, false) + data(5, "late")));
  CHECK(server.take_output() == Strings{"RST_STREAM 5 7"});
  CHECK(server.session.take_stream_fault() == H2Fault::too_many_streams);
  server.session.send_response(1, response(200), true);
  CHECK(server.feed(server.blocks.get(7)));
  CHECK(server.take_log() == Strings{"1 GET / end", "3 GET / end", "7 GET / end"});
}
