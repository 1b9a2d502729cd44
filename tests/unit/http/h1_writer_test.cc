#include "http/h1_writer.h"

#include "tests/unit/http/feeding.h"

namespace naru::http {
namespace {

RequestHead request(const std::string& bytes) {
  RequestHead head;
  REQUIRE(parse_request_head(bytes, 0, {}, head).state == HeadResult::State::complete);
  return head;
}

ResponseHead response(const std::string& bytes, Method method = Method::get) {
  ResponseHead head;
  REQUIRE(parse_response_head(bytes, 0, {}, method, head).state == HeadResult::State::complete);
  return head;
}

TEST_CASE("requests are written for an HTTP/1.1 endpoint") {
  struct Row {
    const char* sentence;
    std::string in;
    bool keep_alive;
    std::string out;
  };
  const Row rows[] = {
      {"as it came, Host first", "GET /a HTTP/1.1\r\nA: b\r\nHost: x\r\nC: d\r\n\r\n", true,
       "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\n\r\n"},
      {"close", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", false, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"},
      {"Connection is made anew", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true,
       "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"white space around values is not kept", "GET / HTTP/1.1\r\nHost: x\r\nA:b\r\nC:  d \r\n\r\n", true,
       "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\n\r\n"},
      {"a value without content", "GET / HTTP/1.1\r\nHost: x\r\nA:\r\nB: c\r\n\r\n", true,
       "GET / HTTP/1.1\r\nHost: x\r\nA: \r\nB: c\r\n\r\n"},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", true, "GET / HTTP/1.1\r\nHost: \r\n\r\n"},
      {"absolute-form becomes origin-form", "GET http://a?q HTTP/1.1\r\nHost: b\r\n\r\n", true,
       "GET /?q HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"absolute-form of HTTP/1.0", "GET http://a/ HTTP/1.0\r\n\r\n", true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"OPTIONS of a whole server", "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", true,
       "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", true,
       "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
      {"a length", "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 005\r\n\r\n", true,
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"},
      {"a length of zero", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", true,
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"},
      {"chunked", "POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: Chunked\r\n\r\n", true,
       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"an upgrade", "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n", true,
       "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
      {"trailers wanted", "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: TE\r\n\r\n", false,
       "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    std::string out = "before";
    append_request_head(out, request(row.in), row.keep_alive);
    CHECK(out == "before" + row.out);
    CHECK(test::request(row.out).result.fault == H1Fault::none);
  }
}

TEST_CASE("a request that was not parsed is written as well") {
  RequestHead head;
  head.method = Method::post;
  head.method_text = head.fields.keep("POST");
  head.authority = head.fields.keep("a:80");
  head.path = head.fields.keep("/b");
  head.body = {Framing::chunked, 0};
  head.fields.add("x-one", "1");
  head.fields.add(FieldName::content_length, "7");
  head.fields.add("x-two", "2");
  std::string out;
  append_request_head(out, head, true);
  CHECK(out == "POST /b HTTP/1.1\r\nHost: a:80\r\nx-one: 1\r\nx-two: 2\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST_CASE("fields that were removed, added or moved are written as they are now") {
  RequestHead head = request("GET / HTTP/1.1\r\nA: 1\r\nHost: x\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n");
  head.fields.remove_if([](std::string_view name, std::string_view, FieldName) { return name == "C"; });
  head.fields.add("E", "5");
  std::string out;
  append_request_head(out, head, true);
  CHECK(out == "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nD: 4\r\nE: 5\r\n\r\n");
}

struct ResponseRow {
  const char* sentence;
  Method method;
  std::string in;
  Version client;
  bool keep_alive;
  std::string out;
  bool reusable;
};

void check_response(const ResponseRow& row) {
  INFO(row.sentence);
  std::string out;
  const bool to_head = row.method == Method::head;
  CHECK(append_response_head(out, response(row.in, row.method), row.client, row.keep_alive, to_head) == row.reusable);
  CHECK(out == row.out);
  CHECK(test::response(row.out, row.method).result.fault == H1Fault::none);
}

TEST_CASE("responses with content are framed for the client") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string length = ok + "Content-Length: 5\r\nA: b\r\n\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  const ResponseRow rows[] = {
      {"a length", Method::get, length, Version::http11, true, ok + "A: b\r\nContent-Length: 5\r\n\r\n", true},
      {"a length, then close", Method::get, length, Version::http11, false,
       ok + "A: b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", true},
      {"a length for 1.0", Method::get, length, Version::http10, false,
       ok + "A: b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", true},
      {"a length for 1.0 that stays", Method::get, length, Version::http10, true,
       ok + "A: b\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", true},
      {"chunked", Method::get, chunked, Version::http11, true, chunked, true},
      {"chunked for 1.0", Method::get, chunked, Version::http10, true, ok + "Connection: close\r\n\r\n", false},
      {"until close", Method::get, ok + "\r\n", Version::http11, true, ok + "Connection: close\r\n\r\n", false},
      {"a 1.0 endpoint for a 1.1 client", Method::get, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", Version::http11,
       true, ok + "Content-Length: 1\r\n\r\n", true},
      {"no reason", Method::get, "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", Version::http11, true,
       "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", true},
      {"a reason of the endpoint's own", Method::get, "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n", Version::http11,
       true, "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n", true},
  };
  for (const ResponseRow& row : rows) check_response(row);
}

TEST_CASE("responses without content are framed for the client") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const ResponseRow rows[] = {
      {"HEAD passes the length on", Method::head, ok + "Content-Length: 5\r\n\r\n", Version::http11, true,
       ok + "Content-Length: 5\r\n\r\n", true},
      {"HEAD without a length", Method::head, ok + "\r\n", Version::http11, true, ok + "\r\n", true},
      {"HEAD of chunked content", Method::head, ok + "Transfer-Encoding: chunked\r\n\r\n", Version::http10, false,
       ok + "Connection: close\r\n\r\n", true},
      {"204 with a length it must not have", Method::get, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
       Version::http11, true, "HTTP/1.1 204 No Content\r\n\r\n", true},
      {"304 with a length", Method::get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", Version::http11,
       true, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", true},
      {"an interim one has no Connection", Method::get, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", Version::http11,
       false, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", true},
      {"101", Method::get, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
       Version::http11, true, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", true},
      {"a success of CONNECT", Method::connect, ok + "Content-Length: 5\r\n\r\n", Version::http11, false, ok + "\r\n",
       true},
  };
  for (const ResponseRow& row : rows) check_response(row);
}

TEST_CASE("a response that says nothing of its content gets a length of zero") {
  ResponseHead head;
  head.status = 200;
  std::string out;
  CHECK(append_response_head(out, head, Version::http11, true, false));
  CHECK(out == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("reason phrases") {
  CHECK(reason_phrase(99) == "Unknown");
  CHECK(reason_phrase(100) == "Continue");
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(306) == "Unknown");
  CHECK(reason_phrase(511) == "Network Authentication Required");
  CHECK(reason_phrase(512) == "Unknown");
}

}  // namespace
}  // namespace naru::http
