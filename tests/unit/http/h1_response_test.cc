#include "tests/unit/http/feeding.h"

namespace naru::http {
namespace {

using State = HeadResult::State;

TEST_CASE("responses that are refused") {
  struct Row {
    const char* sentence;
    std::string bytes;
    H1Fault fault;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const Row rows[] = {
      {"an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", H1Fault::bad_status_line},
      {"a request", "GET / HTTP/1.1\r\n\r\n", H1Fault::bad_status_line},
      {"another protocol", "ICY 200 OK\r\n\r\n", H1Fault::bad_status_line},
      {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", H1Fault::bad_version},
      {"HTTP/2", "HTTP/2 200 OK\r\n\r\n", H1Fault::bad_status_line},
      {"no status", "HTTP/1.1\r\n\r\n", H1Fault::bad_status_line},
      {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", H1Fault::bad_status_line},
      {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", H1Fault::bad_status_line},
      {"a status below 100", "HTTP/1.1 099 OK\r\n\r\n", H1Fault::bad_status_line},
      {"a status of letters", "HTTP/1.1 2x0 OK\r\n\r\n", H1Fault::bad_status_line},
      {"two spaces", "HTTP/1.1  200 OK\r\n\r\n", H1Fault::bad_status_line},
      {"a tab after the status", "HTTP/1.1 200\tOK\r\n\r\n", H1Fault::bad_status_line},
      {"a bare LF", "HTTP/1.1 200 OK\n\n", H1Fault::bare_line_feed},
      {"a NUL in the reason", std::string("HTTP/1.1 200 \0\r\n\r\n", 18), H1Fault::bad_character},
      {"a folded line", ok + "A: b\r\n c\r\n\r\n", H1Fault::obsolete_folding},
      {"a space before the colon", ok + "A : b\r\n\r\n", H1Fault::bad_field_name},
      {"no name", ok + ": b\r\n\r\n", H1Fault::empty_field_name},
      {"a bad length", ok + "Content-Length: -1\r\n\r\n", H1Fault::bad_content_length},
      {"a list of lengths", ok + "Content-Length: 3, 3\r\n\r\n", H1Fault::bad_content_length},
      {"the same length twice", ok + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
       H1Fault::duplicate_content_length},
      {"length and chunked", ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       H1Fault::length_with_chunked},
      {"chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", H1Fault::transfer_encoding_in_http10},
      {"chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       H1Fault::bad_transfer_encoding},
      {"chunked not final", ok + "Transfer-Encoding: chunked, gzip\r\n\r\n", H1Fault::bad_transfer_encoding},
      {"another coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", H1Fault::unknown_transfer_coding},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const auto parsed = test::response(row.bytes);
    CHECK(parsed.result.state == State::bad);
    CHECK(parsed.result.fault == row.fault);
  }
}

TEST_CASE("how the content of a response ends") {
  struct Row {
    const char* sentence;
    Method method;
    std::string status;
    std::string fields;
    Body body;
    bool keep_alive;
  };
  constexpr Body kNone{};
  constexpr Body kUntilClose{Framing::until_close, 0};
  constexpr Body kChunked{Framing::chunked, 0};
  constexpr Body kTunnel{Framing::tunnel, 0};
  const std::string length = "Content-Length: 5\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const Row rows[] = {
      {"a length", Method::get, "1.1 200 OK", length, {Framing::length, 5}, true},
      {"a length of zero", Method::get, "1.1 200 OK", "Content-Length: 0\r\n", {Framing::length, 0}, true},
      {"a length in 1.0", Method::get, "1.0 200 OK", length, {Framing::length, 5}, false},
      {"a length in 1.0, kept alive",
       Method::get,
       "1.0 200 OK",
       length + "Connection: keep-alive\r\n",
       {Framing::length, 5},
       true},
      {"a length, then close",
       Method::get,
       "1.1 200 OK",
       length + "Connection: close\r\n",
       {Framing::length, 5},
       false},
      {"chunked", Method::get, "1.1 200 OK", chunked, kChunked, true},
      {"neither", Method::get, "1.1 200 OK", "", kUntilClose, false},
      {"neither in 1.0", Method::get, "1.0 200 OK", "Connection: keep-alive\r\n", kUntilClose, false},
      {"HEAD with a length", Method::head, "1.1 200 OK", length, kNone, true},
      {"HEAD with chunked", Method::head, "1.1 200 OK", chunked, kNone, true},
      {"HEAD with neither", Method::head, "1.1 200 OK", "", kNone, true},
      {"204", Method::get, "1.1 204 No Content", "", kNone, true},
      {"204 with a length", Method::get, "1.1 204 No Content", length, kNone, true},
      {"304 with a length", Method::get, "1.1 304 Not Modified", length, kNone, true},
      {"100", Method::post, "1.1 100 Continue", "", kNone, true},
      {"103", Method::get, "1.1 103 Early Hints", "Link: x\r\n", kNone, true},
      {"101", Method::get, "1.1 101 Switching Protocols", "Upgrade: x\r\nConnection: upgrade\r\n", kTunnel, false},
      {"a success of CONNECT", Method::connect, "1.1 200 OK", "", kTunnel, false},
      {"a success of CONNECT with a length", Method::connect, "1.1 204 x", length, kTunnel, false},
      {"a failure of CONNECT", Method::connect, "1.1 403 No", length, {Framing::length, 5}, true},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const auto parsed = test::response("HTTP/" + row.status + "\r\n" + row.fields + "\r\n", row.method);
    CHECK(parsed.result.state == State::complete);
    CHECK(parsed.result.fault == H1Fault::none);
    CHECK(parsed.head.body.framing == row.body.framing);
    CHECK(parsed.head.body.length == row.body.length);
    CHECK(parsed.head.keep_alive == row.keep_alive);
  }
}

TEST_CASE("status lines that are accepted") {
  struct Row {
    const char* line;
    int status;
    const char* reason;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK", 200, "OK"},
      {"HTTP/1.0 404 Not Found", 404, "Not Found"},
      {"HTTP/1.1 200 ", 200, ""},
      {"HTTP/1.1 200", 200, ""},
      {"HTTP/1.1 999 \xc3\xbc x", 999, "\xc3\xbc x"},
      {"HTTP/1.1 100 a\tb", 100, "a\tb"},
  };
  for (const Row& row : rows) {
    INFO(row.line);
    const auto parsed = test::response(std::string(row.line) + "\r\n\r\n");
    CHECK(parsed.result.state == State::complete);
    CHECK(parsed.head.status == row.status);
    CHECK(parsed.text(parsed.head.reason) == row.reason);
  }
}

TEST_CASE("limits hold for responses") {
  const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  CHECK(test::response(head, Method::get, {head.size(), 1}).result.state == State::complete);
  CHECK(test::response(head, Method::get, {head.size() - 1, 1}).result.fault == H1Fault::head_too_large);
  CHECK(test::response(head, Method::get, {head.size(), 0}).result.fault == H1Fault::too_many_fields);
}

}  // namespace
}  // namespace naru::http
