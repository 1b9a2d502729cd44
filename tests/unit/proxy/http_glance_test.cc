#include "proxy/http_glance.h"

#include <catch2/catch.hpp>

namespace naru::proxy {
namespace {

TEST_CASE("what is one repeatable request") {
  struct Row {
    const char* sentence;
    std::string bytes;
    bool repeatable;
  };
  const Row rows[] = {
      {"a GET without headers", "GET / HTTP/1.1\r\n\r\n", true},
      {"a GET with headers", "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", true},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", true},
      {"HEAD", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"OPTIONS with a star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"a PUT without content", "PUT /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n", true},
      {"a DELETE without content", "DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"a header without a value", "GET / HTTP/1.1\r\nX:\r\n\r\n", true},
      {"a POST", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", false},
      {"a PATCH", "PATCH / HTTP/1.1\r\n\r\n", false},
      {"a method is case-sensitive", "get / HTTP/1.1\r\n\r\n", false},
      {"nothing", "", false},
      {"a request line alone", "GET / HTTP/1.1\r\n", false},
      {"one byte short of the end", "GET / HTTP/1.1\r\nHost: x\r\n\r", false},
      {"one byte past the end", "GET / HTTP/1.1\r\nHost: x\r\n\r\nG", false},
      {"two requests", "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", false},
      {"content announced and there", "PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", false},
      {"content announced and to come", "GET / HTTP/1.1\r\ncontent-length: 5\r\n\r\n", false},
      {"a length that is no number", "GET / HTTP/1.1\r\nContent-Length: 0, 5\r\n\r\n", false},
      {"chunks", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", false},
      {"another protocol asked for", "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", false},
      {"an expectation", "PUT / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", false},
      {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n", false},
      {"a bare line feed inside", "GET / HTTP/1.1\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n", false},
      {"a bare carriage return inside", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", false},
      {"a folded header", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", false},
      {"a space before the colon", "GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n", false},
      {"a header without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", false},
      {"a header without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n", false},
      {"two spaces", "GET  / HTTP/1.1\r\n\r\n", false},
      {"no target", "GET  HTTP/1.1\r\n\r\n", false},
      {"HTTP/0.9", "GET /\r\n\r\n", false},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
      {"a TLS hello", std::string("\x16\x03\x01\x00\xa5\x01", 6), false},
      {"a zero byte", std::string("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 24), false},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(is_one_repeatable_request(row.bytes) == row.repeatable);
  }
}

TEST_CASE("what is one whole answer") {
  struct Row {
    const char* sentence;
    std::string beginning;
    std::uint64_t unseen;  // bytes that followed
    bool whole;
  };
  const Row rows[] = {
      {"content as announced", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 0, true},
      {"most of it unseen", "HTTP/1.1 200 OK\r\nContent-Length: 1002\r\n\r\nhi", 1000, true},
      {"no reason phrase, HTTP/1.0", "HTTP/1.0 404 \r\ncontent-length:0\r\n\r\n", 0, true},
      {"a byte is missing", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", 0, false},
      {"a byte too many", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhi", 0, false},
      {"a byte too many, unseen", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 1, false},
      {"no length", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhi", 0, false},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 0, false},
      {"a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nhi", 0, false},
      {"a length beyond 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nhi", 0, false},
      {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, false},
      {"a status without content", "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", 0, true},
      {"an unchanged resource, its length named", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 0, true},
      {"a status without content, and content", "HTTP/1.1 204 No Content\r\n\r\nx", 0, false},
      {"an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", 0, false},
      {"another protocol from here on", "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n", 0, false},
      {"a head that does not end", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", 1000, false},
      {"nothing seen", "", 1000, false},
      {"nothing at all", "", 0, false},
      {"not HTTP", "+PONG\r\n\r\n", 0, false},
      {"a status that is no number", "HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n", 0, false},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(is_one_whole_answer(row.beginning, row.beginning.size() + row.unseen) == row.whole);
  }
}

}  // namespace
}  // namespace naru::proxy
