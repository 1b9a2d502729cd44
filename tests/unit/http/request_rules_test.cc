#include "http/request_rules.h"

#include "http/h1_writer.h"
#include "tests/unit/http/field_lines.h"

namespace naru::http {

std::ostream& operator<<(std::ostream& out, RequestFault fault) {
  return out << to_string(fault);
}

namespace {

TEST_CASE("what cannot be said in HTTP/1 is refused") {
  struct Row {
    const char* sentence;
    test::H2Request request;
    RequestFault fault;
  };
  using Fault = RequestFault;
  const Row rows[] = {
      {"a plain request", {}, Fault::none},
      {"a request with fields", {"POST", "https", "a:1", "/b?c", "x: y\nte: trailers\n"}, Fault::none},
      {"no method", {"", "http", "a", "/", ""}, Fault::missing_pseudo_field},
      {"a method with a space", {"GET /x", "http", "a", "/", ""}, Fault::bad_method},
      {"a method with a line end", {"GET\r\nX", "http", "a", "/", ""}, Fault::bad_method},
      {"no scheme", {"GET", "", "a", "/", ""}, Fault::missing_pseudo_field},
      {"no path", {"GET", "http", "a", "", ""}, Fault::missing_pseudo_field},
      {"a path without a slash", {"GET", "http", "a", "x", ""}, Fault::bad_path},
      {"a path that is a whole URI", {"GET", "http", "a", "http://b/", ""}, Fault::bad_path},
      {"a path with a space", {"GET", "http", "a", "/ HTTP/1.1", ""}, Fault::bad_path},
      {"a path with a line end", {"GET", "http", "a", "/\r\nX: y", ""}, Fault::bad_path},
      {"a path with a NUL", {"GET", "http", "a", std::string("/\0", 2), ""}, Fault::bad_path},
      {"a path with a fragment", {"GET", "http", "a", "/#x", ""}, Fault::bad_path},
      {"a path above ASCII", {"GET", "http", "a", "/\xc3\xbc", ""}, Fault::bad_path},
      {"a star for OPTIONS", {"OPTIONS", "http", "a", "*", ""}, Fault::none},
      {"a star for GET", {"GET", "http", "a", "*", ""}, Fault::bad_path},
      {"no authority", {"GET", "http", "", "/", ""}, Fault::bad_authority},
      {"an authority with a user", {"GET", "http", "u@a", "/", ""}, Fault::bad_authority},
      {"an authority with a path", {"GET", "http", "a/b", "/", ""}, Fault::bad_authority},
      {"an authority with a line end", {"GET", "http", "a\r\nX: y", "/", ""}, Fault::bad_authority},
      {"an authority with a bad port", {"GET", "http", "a:x", "/", ""}, Fault::bad_authority},
      {"Host that agrees", {"GET", "http", "a", "/", "host: A\n"}, Fault::none},
      {"Host that does not", {"GET", "http", "a", "/", "host: b\n"}, Fault::bad_authority},
      {"CONNECT", {"CONNECT", "", "a:443", "", ""}, Fault::connect_refused},
      {"a name in upper case", {"GET", "http", "a", "/", "X-Y: z\n"}, Fault::bad_field},
      {"a name with a space", {"GET", "http", "a", "/", "x y: z\n"}, Fault::bad_field},
      {"a name with a line end", {"GET", "http", "a", "/", "x\r: z\n"}, Fault::bad_field},
      {"a value with a CR", {"GET", "http", "a", "/", "x: y\rz\n"}, Fault::bad_field},
      {"a value with an escape", {"GET", "http", "a", "/", "x: \x1b\n"}, Fault::bad_field},
      {"a value with a tab", {"GET", "http", "a", "/", "x: y\tz\n"}, Fault::none},
      {"a value that begins with a space", {"GET", "http", "a", "/", "x:  y\n"}, Fault::bad_field},
      {"a value that ends in a space", {"GET", "http", "a", "/", "x: y \n"}, Fault::bad_field},
      {"Connection", {"GET", "http", "a", "/", "connection: close\n"}, Fault::bad_field},
      {"Transfer-Encoding", {"GET", "http", "a", "/", "transfer-encoding: chunked\n"}, Fault::bad_field},
      {"Keep-Alive", {"GET", "http", "a", "/", "keep-alive: x\n"}, Fault::bad_field},
      {"Proxy-Connection", {"GET", "http", "a", "/", "proxy-connection: x\n"}, Fault::bad_field},
      {"Upgrade", {"GET", "http", "a", "/", "upgrade: websocket\n"}, Fault::bad_field},
      {"TE other than trailers", {"GET", "http", "a", "/", "te: gzip\n"}, Fault::bad_field},
      {"a length", {"POST", "http", "a", "/", "content-length: 5\n"}, Fault::none},
      {"a length with a sign", {"POST", "http", "a", "/", "content-length: +5\n"}, Fault::bad_content_length},
      {"two lengths", {"POST", "http", "a", "/", "content-length: 5\ncontent-length: 5\n"}, Fault::bad_content_length},
      {"a length of 20 digits",
       {"POST", "http", "a", "/", "content-length: 18446744073709551621\n"},
       Fault::bad_content_length},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(check_request(row.request.head(), false) == row.fault);
  }
}

TEST_CASE("values with a line feed or a NUL are refused") {
  for (const std::string& value : {std::string("a\nX: y"), std::string("a\0b", 3)}) {
    RequestHead head = test::H2Request{}.head();
    head.fields.add("x", value);
    CHECK(check_request(head, false) == RequestFault::bad_field);
  }
}

TEST_CASE("CONNECT where it is allowed") {
  CHECK(check_request(test::H2Request{"CONNECT", "", "a:443", "", ""}.head(), true) == RequestFault::none);
  CHECK(check_request(test::H2Request{"CONNECT", "", "", "", ""}.head(), true) == RequestFault::bad_authority);
  CHECK(check_request(test::H2Request{"CONNECT", "http", "a", "/x", ""}.head(), true) == RequestFault::bad_path);
}

TEST_CASE("a request that came by HTTP/1 is held to HTTP/1") {
  for (const char* bytes : {"GET / HTTP/1.1\r\nHost: a\r\nX-Y: z\r\nConnection: close\r\n\r\n",
                            "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n"}) {
    INFO(bytes);
    CHECK(check_request(test::parsed(bytes), false) == RequestFault::none);
  }
  const RequestHead connect = test::parsed("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
  CHECK(check_request(connect, false) == RequestFault::connect_refused);
  CHECK(check_request(connect, true) == RequestFault::none);
}

TEST_CASE("Max-Forwards is counted down") {
  struct Row {
    const char* sentence;
    std::string method;
    std::string field;
    bool forwarded;
    std::string left;
  };
  const Row rows[] = {
      {"of TRACE", "TRACE", "Max-Forwards: 5\r\n", true, "max-forwards: 4\n"},
      {"of OPTIONS", "OPTIONS", "max-forwards: 1\r\n", true, "max-forwards: 0\n"},
      {"spent", "OPTIONS", "Max-Forwards: 0\r\n", false, "Max-Forwards: 0\n"},
      {"none", "TRACE", "", true, ""},
      {"not of others", "GET", "Max-Forwards: 0\r\n", true, "Max-Forwards: 0\n"},
      {"not a number", "TRACE", "Max-Forwards: -1\r\n", true, "Max-Forwards: -1\n"},
      {"empty", "TRACE", "Max-Forwards:\r\n", true, "Max-Forwards: \n"},
      {"too great to count", "TRACE", "Max-Forwards: 4294967296\r\n", true, "Max-Forwards: 4294967296\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    RequestHead head = test::parsed(row.method + " / HTTP/1.1\r\nHost: a\r\n" + row.field + "\r\n");
    CHECK(count_forward(head) == row.forwarded);
    CHECK(test::lines(head.fields) == "Host: a\n" + row.left);
  }
}

std::string as_http1(const RequestHead& head) {
  std::string out;
  append_request_head(out, head, true);
  return out;
}

TEST_CASE("requests of HTTP/2 are said in HTTP/1") {
  struct Row {
    const char* sentence;
    test::H2Request request;
    bool te_trailers;
    std::string out;
  };
  const Row rows[] = {
      {"the authority becomes Host",
       {"GET", "http", "a:1", "/b", "x: y\n"},
       false,
       "GET /b HTTP/1.1\r\nHost: a:1\r\nx: y\r\n\r\n"},
      {"Host that is there stays", {"GET", "http", "a", "/", "host: a\n"}, false, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"cookie crumbs are joined",
       {"GET", "http", "a", "/", "cookie: a=1\nx: y\ncookie: b=2\ncookie: c=3\n"},
       false,
       "GET / HTTP/1.1\r\nHost: a\r\nx: y\r\ncookie: a=1; b=2; c=3\r\n\r\n"},
      {"one cookie stays",
       {"GET", "http", "a", "/", "cookie: a=1\nx: y\n"},
       false,
       "GET / HTTP/1.1\r\nHost: a\r\ncookie: a=1\r\nx: y\r\n\r\n"},
      {"trailers are wanted",
       {"GET", "http", "a", "/", "te: trailers\n"},
       true,
       "GET / HTTP/1.1\r\nHost: a\r\nte: trailers\r\nConnection: TE\r\n\r\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    RequestHead head = row.request.head();
    head.te_trailers = row.te_trailers;
    translate_request(head, Version::http11);
    CHECK(as_http1(head) == row.out);
    translate_request(head, Version::http11);
    CHECK(as_http1(head) == row.out);
  }
}

TEST_CASE("requests of HTTP/1 are said in HTTP/2") {
  RequestHead head = test::parsed(
      "GET /b HTTP/1.1\r\nHost: a:1\r\nConnection: Upgrade, TE, x\r\nUpgrade: websocket\r\nTE: trailers\r\nX: 1\r\n"
      "Cookie: a=1; b=2\r\n\r\n");
  translate_request(head, Version::http2);
  CHECK(test::lines(head.fields) == "Cookie: a=1; b=2\nte: trailers\n");
  CHECK(head.text(head.authority) == "a:1");
  CHECK(head.text(head.scheme) == "http");
  CHECK(head.text(head.path) == "/b");
  CHECK_FALSE(head.upgrade);
}

TEST_CASE("an absolute-form target keeps its scheme in HTTP/2") {
  RequestHead head = test::parsed("GET https://a/b HTTP/1.1\r\nHost: x\r\n\r\n");
  translate_request(head, Version::http2);
  CHECK(head.text(head.scheme) == "https");
  CHECK(head.text(head.authority) == "a");
  CHECK(head.fields.empty());
}

TEST_CASE("responses lose what is for one connection on their way to HTTP/2") {
  ResponseHead head = test::parsed_response(
      "HTTP/1.1 426 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nKeep-Alive: x\r\nContent-Length: 0\r\n\r\n");
  translate_response(head, Version::http2);
  CHECK(test::lines(head.fields) == "Content-Length: 0\n");
}

}  // namespace
}  // namespace naru::http
