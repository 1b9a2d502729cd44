#include "http/first_bytes.h"

#include <catch2/catch.hpp>

namespace naru::http {
namespace {

struct Row {
  std::string_view what;
  std::string_view bytes;
  FirstBytes expected;
};

TEST_CASE("the first bytes tell what a client speaks") {
  const Row rows[] = {
      {"nothing yet", "", FirstBytes::undecided},
      {"the beginning of a method", "GE", FirstBytes::undecided},
      {"a method and a space", "GET ", FirstBytes::undecided},
      {"a method and a path", "GET /", FirstBytes::http1},
      {"a whole request", "POST /x HTTP/1.1\r\nHost: a\r\n\r\n", FirstBytes::http1},
      {"an absolute target", "GET http://a/ HTTP/1.1\r\n", FirstBytes::http1},
      {"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\n", FirstBytes::http1},
      {"CONNECT to an address", "CONNECT 10.0.0.1:80 HTTP/1.1\r\n", FirstBytes::http1},
      {"HTTP/2's preface", kHttp2Preface, FirstBytes::http2},
      {"the preface and a frame", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x01", FirstBytes::http2},
      {"the preface without its last byte", kHttp2Preface.substr(0, 23), FirstBytes::undecided},
      {"the preface with a byte changed", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", FirstBytes::other},
      {"PRI of another version", "PRI * HTTP/3", FirstBytes::other},
      {"P, which both may begin with", "P", FirstBytes::undecided},
      {"a small letter", "get /", FirstBytes::other},
      {"TLS", "\x16\x03\x01\x02\x00", FirstBytes::other},
      {"a digit", "1", FirstBytes::other},
      {"Redis", "*1\r\n", FirstBytes::other},
      {"two spaces", "GET  /", FirstBytes::other},
      {"SMTP", "EHLO mail", FirstBytes::other},
      {"a command of Redis", "GET key\r\n", FirstBytes::other},
      {"the beginning of a scheme", "GET htt", FirstBytes::undecided},
      {"a name that begins as a scheme does", "GET httpd", FirstBytes::other},
      {"an asterisk alone", "OPTIONS *", FirstBytes::undecided},
      {"the longest method", "UPDATEREDIRECTREF /", FirstBytes::http1},
      {"one letter more", "UPDATEREDIRECTREFS", FirstBytes::other},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(static_cast<int>(first_bytes(row.bytes)) == static_cast<int>(row.expected));
  }
}

}  // namespace
}  // namespace naru::http
