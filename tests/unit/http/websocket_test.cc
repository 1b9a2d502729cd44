#include "http/websocket.h"

#include <catch2/catch.hpp>

namespace naru::http {
namespace {

using namespace std::string_literals;

struct Row {
  const char* sentence;
  std::string bytes;
  bool at_boundary;
  bool close_seen;
  bool lost;
};

void check(const Row& row) {
  INFO(row.sentence);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, row.bytes.size() + 1}) {
    WebSocketTracker tracker;
    for (std::size_t at = 0; at < row.bytes.size(); at += piece)
      tracker.feed(std::string_view(row.bytes).substr(at, piece));
    CHECK(tracker.at_boundary() == row.at_boundary);
    CHECK(tracker.close_seen() == row.close_seen);
    CHECK(tracker.lost() == row.lost);
  }
}

TEST_CASE("where a WebSocket frame ends") {
  const std::string hello = "\x81\x05hello"s;
  const Row rows[] = {
      {"nothing yet", "", true, false, false},
      {"the first byte", "\x81"s, false, false, false},
      {"a head without its content", "\x81\x05"s, false, false, false},
      {"one byte short", hello.substr(0, 6), false, false, false},
      {"a whole frame", hello, true, false, false},
      {"a frame and a byte of the next", hello + "\x81", false, false, false},
      {"two frames", hello + hello, true, false, false},
      {"an empty frame", "\x81\x00"s, true, false, false},
      {"a masked frame", "\x81\x85mask....."s, true, false, false},
      {"a masked frame, one byte short", "\x81\x85mask...."s, false, false, false},
      {"a mask that is not whole", "\x81\x80mas"s, false, false, false},
      {"a masked empty frame", "\x81\x80mask"s, true, false, false},
      {"a length of 16 bits", "\x82\x7e\x00\x80"s + std::string(128, 'x'), true, false, false},
      {"a length of 16 bits, one byte short", "\x82\x7e\x00\x80"s + std::string(127, 'x'), false, false, false},
      {"a length of 64 bits", "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'x'), true, false,
       false},
      {"a length of 64 bits, one byte short", "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65535, 'x'),
       false, false, false},
      {"the first fragment of a message", "\x01\x01x"s, true, false, false},
      {"a ping between fragments", "\x01\x01x\x89\x00\x80\x01y"s, true, false, false},
      {"a compressed frame", "\xc1\x01x"s, true, false, false},
      {"content that looks like a close", "\x82\x02\x88\x00"s, true, false, false},
      {"a close", "\x88\x02\x03\xe8"s, true, true, false},
      {"a masked close", "\x88\x82mask.."s, true, true, false},
      {"an empty close", "\x88\x00"s, true, true, false},
      {"a frame after a close", "\x88\x00\x81"s, false, true, true},
      {"a ping in pieces", "\x09\x00"s, false, false, true},
      {"a ping of 126 bytes", "\x89\x7e\x00\x7e"s, false, false, true},
      {"a length past 2^63", "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s, false, false, true},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("a Close frame ends either direction") {
  std::string out;
  append_websocket_close(out, kWebSocketGoingAway, std::nullopt);
  CHECK(out == "\x88\x02\x03\xe9"s);
  out.clear();
  append_websocket_close(out, kWebSocketGoingAway, 0x01020304);
  CHECK(out == "\x88\x82\x01\x02\x03\x04\x02\xeb"s);
  WebSocketTracker tracker;
  tracker.feed(out);
  CHECK(tracker.at_boundary());
  CHECK(tracker.close_seen());
}

}  // namespace
}  // namespace naru::http
