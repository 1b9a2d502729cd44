#include "tests/unit/http/feeding.h"

namespace naru::http {
namespace {

using State = HeadResult::State;

TEST_CASE("targets that are accepted") {
  struct Row {
    const char* sentence;
    std::string bytes;
    std::string scheme;
    std::string authority;
    std::string path;
    std::string host;
  };
  const Row rows[] = {
      {"origin-form", "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", "", "x", "/a?b=c", "x"},
      {"an empty line before", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "", "x", "/", "x"},
      {"every visible character", "GET /!\"$%&'()*+,-.:;<=>?@[\\]^_`{|}~ HTTP/1.1\r\nHost: x\r\n\r\n", "", "x",
       "/!\"$%&'()*+,-.:;<=>?@[\\]^_`{|}~", "x"},
      {"two slashes", "GET //a HTTP/1.1\r\nHost: x\r\n\r\n", "", "x", "//a", "x"},
      {"a port in Host", "GET / HTTP/1.1\r\nHost: x:8080\r\n\r\n", "", "x:8080", "/", "x:8080"},
      {"an empty port in Host", "GET / HTTP/1.1\r\nHost: x:\r\n\r\n", "", "x:", "/", "x:"},
      {"an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "", "[::1]:80", "/", "[::1]:80"},
      {"an escape in Host", "GET / HTTP/1.1\r\nHost: a%2eb\r\n\r\n", "", "a%2eb", "/", "a%2eb"},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "", "", "/", ""},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "", "", "/", ""},
      {"a star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "", "x", "*", "x"},
      {"absolute-form", "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n", "http", "a", "/b?c", "a"},
      {"absolute-form replaces Host", "GET http://a:81/ HTTP/1.1\r\nHost: b\r\n\r\n", "http", "a:81", "/", "a:81"},
      {"absolute-form replaces an empty Host", "GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n", "http", "a", "/", "a"},
      {"absolute-form in capitals", "GET HTTPS://A/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTPS", "A", "/", "A"},
      {"absolute-form without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "http", "a", "/", "a"},
      {"absolute-form with a query alone", "GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", "http", "a", "/?q", "a"},
      {"absolute-form without a path, OPTIONS", "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n", "http", "a", "*", "a"},
      {"absolute-form with a query, OPTIONS", "OPTIONS http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", "http", "a", "/?q",
       "a"},
      {"absolute-form in HTTP/1.0", "GET http://a/b HTTP/1.0\r\n\r\n", "http", "a", "/b", ""},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "", "a:443", "", "a:443"},
      {"CONNECT with a Host without port", "CONNECT a:443 HTTP/1.1\r\nHost: A\r\n\r\n", "", "a:443", "", "A"},
      {"CONNECT to IPv6", "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n", "", "[::1]:443", "", "[::1]:443"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const auto parsed = test::request(row.bytes);
    CHECK(parsed.result.state == State::complete);
    CHECK(parsed.result.fault == H1Fault::none);
    CHECK(parsed.result.size == row.bytes.size());
    CHECK(parsed.text(parsed.head.scheme) == row.scheme);
    CHECK(parsed.text(parsed.head.authority) == row.authority);
    CHECK(parsed.text(parsed.head.path) == row.path);
    CHECK(parsed.value(FieldName::host) == row.host);
  }
}

TEST_CASE("methods") {
  struct Row {
    const char* text;
    Method method;
  };
  const Row rows[] = {
      {"GET", Method::get},
      {"HEAD", Method::head},
      {"POST", Method::post},
      {"PUT", Method::put},
      {"DELETE", Method::del},
      {"OPTIONS", Method::options},
      {"TRACE", Method::trace},
      {"PATCH", Method::patch},
      {"get", Method::other},
      {"M-SEARCH", Method::other},
      {"!#$%&'*+-.^_`|~09", Method::other},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto parsed = test::request(std::string(row.text) + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(parsed.result.state == State::complete);
    CHECK(parsed.head.method == row.method);
    CHECK(parsed.text(parsed.head.method_text) == row.text);
  }
}

TEST_CASE("field values come without the white space around them") {
  struct Row {
    const char* sentence;
    std::string line;
    std::string name;
    std::string value;
  };
  const Row rows[] = {
      {"one space", "A: b\r\n", "A", "b"},
      {"no space", "A:b\r\n", "A", "b"},
      {"spaces and tabs on both sides", "A: \t b \t\r\n", "A", "b"},
      {"white space within", "A: b \t c\r\n", "A", "b \t c"},
      {"nothing", "A:\r\n", "A", ""},
      {"only white space", "A: \t \r\n", "A", ""},
      {"a colon", "A: b:c\r\n", "A", "b:c"},
      {"bytes above ASCII", "A: \xc3\xbc\xff\r\n", "A", "\xc3\xbc\xff"},
      {"a name of every character", "!#$%&'*+-.^_`|~09: b\r\n", "!#$%&'*+-.^_`|~09", "b"},
      {"a value longer than a vector", "A: 0123456789abcdef0123456789abcdef\r\n", "A",
       "0123456789abcdef0123456789abcdef"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const auto parsed = test::request("GET / HTTP/1.1\r\nHost: a\r\n" + row.line + "\r\n");
    REQUIRE(parsed.result.state == State::complete);
    REQUIRE(parsed.head.fields.size() == 2);
    CHECK(parsed.head.fields.name_of(parsed.head.fields.fields()[1]) == row.name);
    CHECK(parsed.head.fields.value_of(parsed.head.fields.fields()[1]) == row.value);
  }
}

struct Meaning {
  const char* sentence;
  std::string version;
  std::string fields;
  Body body;
  bool keep_alive;
  bool expect_continue;
  bool upgrade;
  bool te_trailers;
};

TEST_CASE("what the fields of a request mean") {
  constexpr Body kNone{};
  const Meaning rows[] = {
      {"nothing said in 1.1", "1.1", "", kNone, true, false, false, false},
      {"nothing said in 1.0", "1.0", "", kNone, false, false, false, false},
      {"keep-alive in 1.0", "1.0", "Connection: Keep-Alive\r\n", kNone, true, false, false, false},
      {"close in 1.1", "1.1", "Connection: close\r\n", kNone, false, false, false, false},
      {"close among others", "1.1", "Connection: x, CLOSE\r\n", kNone, false, false, false, false},
      {"close in a second field", "1.1", "Connection: x\r\nConnection: close\r\n", kNone, false, false, false, false},
      {"close beats keep-alive", "1.0", "Connection: keep-alive, close\r\n", kNone, false, false, false, false},
      {"a word that contains close", "1.1", "Connection: closed\r\n", kNone, true, false, false, false},
      {"a length", "1.1", "Content-Length: 5\r\n", {Framing::length, 5}, true, false, false, false},
      {"a length of zero", "1.1", "Content-Length: 0\r\n", {Framing::length, 0}, true, false, false, false},
      {"leading zeros", "1.1", "Content-Length: 0005\r\n", {Framing::length, 5}, true, false, false, false},
      {"the greatest length",
       "1.1",
       "Content-Length: 9223372036854775807\r\n",
       {Framing::length, 9223372036854775807},
       true,
       false,
       false,
       false},
      {"chunked", "1.1", "Transfer-Encoding: chunked\r\n", {Framing::chunked, 0}, true, false, false, false},
      {"chunked in capitals",
       "1.1",
       "TRANSFER-ENCODING: Chunked \r\n",
       {Framing::chunked, 0},
       true,
       false,
       false,
       false},
      {"an expectation", "1.1", "Expect: 100-Continue\r\n", kNone, true, true, false, false},
      {"an expectation in 1.0", "1.0", "Expect: 100-continue\r\n", kNone, false, false, false, false},
      {"another expectation", "1.1", "Expect: x\r\n", kNone, true, false, false, false},
      {"an upgrade", "1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", kNone, true, false, true, false},
      {"an upgrade not named", "1.1", "Upgrade: websocket\r\n", kNone, true, false, false, false},
      {"an upgrade named, not there", "1.1", "Connection: upgrade\r\n", kNone, true, false, false, false},
      {"an upgrade in 1.0", "1.0", "Connection: upgrade\r\nUpgrade: x\r\n", kNone, false, false, false, false},
      {"an upgrade to HTTP/2", "1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
       kNone, true, false, false, false},
      {"a choice of upgrades", "1.1", "Connection: upgrade\r\nUpgrade: websocket, H2C\r\n", kNone, true, false, false,
       false},
      {"trailers", "1.1", "Connection: TE\r\nTE: trailers\r\n", kNone, true, false, false, true},
      {"trailers among others", "1.1", "Connection: te\r\nTE: gzip, Trailers\r\n", kNone, true, false, false, true},
      {"trailers not named", "1.1", "TE: trailers\r\n", kNone, true, false, false, false},
  };
  for (const Meaning& row : rows) {
    INFO(row.sentence);
    const auto parsed = test::request("POST / HTTP/" + row.version + "\r\nHost: a\r\n" + row.fields + "\r\n");
    CHECK(parsed.result.fault == H1Fault::none);
    CHECK(parsed.head.body.framing == row.body.framing);
    CHECK(parsed.head.body.length == row.body.length);
    CHECK(parsed.head.keep_alive == row.keep_alive);
    CHECK(parsed.head.expect_continue == row.expect_continue);
    CHECK(parsed.head.upgrade == row.upgrade);
    CHECK(parsed.head.te_trailers == row.te_trailers);
  }
}

TEST_CASE("limits of a head hold as soon as they are passed") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
  HeadLimits limits;
  limits.bytes = head.size();
  limits.fields = 2;
  CHECK(test::request(head, limits).result.state == State::complete);

  SECTION("one byte too large") {
    --limits.bytes;
    CHECK(test::request(head, limits).result.fault == H1Fault::head_too_large);
  }
  SECTION("a byte past the limit without an end in sight") {
    const std::string endless = "GET /" + std::string(limits.bytes, 'a');
    CHECK(test::request(endless.substr(0, limits.bytes), limits).result.state == State::incomplete);
    CHECK(test::request(endless.substr(0, limits.bytes + 1), limits).result.fault == H1Fault::head_too_large);
  }
  SECTION("one field too many, though the head is not whole") {
    limits.fields = 1;
    CHECK(test::request("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n", limits).result.fault == H1Fault::too_many_fields);
    CHECK(test::request("GET / HTTP/1.1\r\nHost: a\r\nB: c\r", limits).result.state == State::incomplete);
  }
  SECTION("content after the head does not count") {
    CHECK(test::request(head + std::string(100, 'x'), limits).result.size == head.size());
  }
}

TEST_CASE("a head that is not whole yet is incomplete") {
  const std::string head = "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    INFO(size);
    const auto parsed = test::request(head.substr(0, size));
    CHECK(parsed.result.state == State::incomplete);
    CHECK(parsed.result.scanned == size);
  }
}

TEST_CASE("a head that is used again forgets what it held") {
  RequestHead head;
  CHECK(parse_request_head("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", 0,
                           {}, head)
            .state == State::complete);
  CHECK(parse_request_head("GET / HTTP/1.1\r\nHost: b\r\n\r\n", 0, {}, head).state == State::complete);
  CHECK(head.method == Method::get);
  CHECK(head.scheme.size == 0);
  CHECK(head.text(head.authority) == "b");
  CHECK(head.body == Body{});
  CHECK_FALSE(head.expect_continue);
  CHECK(head.fields.size() == 1);
}

}  // namespace
}  // namespace naru::http
