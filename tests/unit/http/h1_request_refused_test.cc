#include "tests/unit/http/feeding.h"

namespace naru::http {
namespace {

using State = HeadResult::State;

struct Row {
  const char* sentence;
  std::string bytes;
  H1Fault fault;
};

void check_refused(const Row& row) {
  INFO(row.sentence);
  const auto parsed = test::request(row.bytes);
  CHECK(parsed.result.state == State::bad);
  CHECK(parsed.result.fault == row.fault);
}

/// A request whose fields, after Host, are these.
std::string with(const std::string& fields) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string nul(std::string text) {
  text[text.find('@')] = '\0';
  return text;
}

TEST_CASE("request lines that are refused") {
  const Row rows[] = {
      {"nothing but line ends", "\r\n\r\n", H1Fault::bad_request_line},
      {"HTTP/0.9", "GET /\r\n", H1Fault::bad_request_line},
      {"HTTP/0.9 with a space", "GET / \r\n", H1Fault::bad_request_line},
      {"no target", "GET  HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"two spaces before the target", "GET  / HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"two spaces after the target", "GET /  HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"a tab as separator", "GET\t/ HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"a space before the method", " GET / HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"no method", "/ HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"a method that is no token", "G@T / HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"a method that ends in a colon", "GET: / HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"a space in the target", "GET /a b HTTP/1.1\r\n", H1Fault::bad_request_line},
      {"a space after the version", "GET / HTTP/1.1 \r\n", H1Fault::bad_request_line},
      {"a version in lower case", "GET / http/1.1\r\n", H1Fault::bad_request_line},
      {"a version without a number", "GET / HTTP\r\n", H1Fault::bad_request_line},
      {"a version of two digits", "GET / HTTP/1.10\r\n", H1Fault::bad_request_line},
      {"another protocol", "GET / ICAP/1.0\r\n", H1Fault::bad_request_line},
      {"HTTP/2.0", "GET / HTTP/2.0\r\n", H1Fault::bad_version},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", H1Fault::bad_version},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n", H1Fault::bad_version},
      {"HTTP/0.9 said", "GET / HTTP/0.9\r\n", H1Fault::bad_version},
      {"two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", H1Fault::bad_request_line},
      {"a TLS hello", std::string("\x16\x03\x01\x00\xa5\x01", 6), H1Fault::bad_character},
      {"a NUL in the method", nul("G@T / HTTP/1.1\r\n"), H1Fault::bad_character},
      {"a NUL in the target", nul("GET /@ HTTP/1.1\r\n"), H1Fault::bad_character},
      {"DEL in the target", "GET /\x7f HTTP/1.1\r\n", H1Fault::bad_character},
      {"a bare LF before", "\nGET / HTTP/1.1\r\n", H1Fault::bare_line_feed},
      {"a bare LF after it", "GET / HTTP/1.1\n", H1Fault::bare_line_feed},
      {"a bare CR in it", "GET /\rHTTP/1.1\r\n", H1Fault::bare_line_feed},
      {"two CR", "GET / HTTP/1.1\r\r\n", H1Fault::bare_line_feed},
  };
  for (const Row& row : rows) check_refused(row);
}

TEST_CASE("targets that are refused") {
  const Row rows[] = {
      {"a path without a slash", "GET x HTTP/1.1\r\n", H1Fault::bad_target},
      {"a fragment", "GET /a#b HTTP/1.1\r\n", H1Fault::bad_target},
      {"bytes above ASCII", "GET /\xc3\xbc HTTP/1.1\r\n", H1Fault::bad_target},
      {"a tab in the target", "GET /a\tb HTTP/1.1\r\n", H1Fault::bad_target},
      {"a star for GET", "GET * HTTP/1.1\r\n", H1Fault::bad_target},
      {"a star and more", "OPTIONS *x HTTP/1.1\r\n", H1Fault::bad_target},
      {"authority-form for GET", "GET a:80 HTTP/1.1\r\n", H1Fault::bad_target},
      {"origin-form for CONNECT", "CONNECT / HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form for CONNECT", "CONNECT http://a:80/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"CONNECT without a port", "CONNECT a HTTP/1.1\r\n", H1Fault::bad_target},
      {"CONNECT with an empty port", "CONNECT a: HTTP/1.1\r\n", H1Fault::bad_target},
      {"CONNECT to a port past the last", "CONNECT a:65536 HTTP/1.1\r\n", H1Fault::bad_target},
      {"a scheme that is not HTTP", "GET ftp://a/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form without a host", "GET http:///x HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with nothing", "GET http:// HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with only a port", "GET http://:80/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with a user", "GET http://u@a/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with a user and a password", "GET http://u:p@a/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with a port of letters", "GET http://a:b/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with an open bracket", "GET http://[::1/ HTTP/1.1\r\n", H1Fault::bad_target},
      {"absolute-form with a backslash in the host", "GET http://a\\b/ HTTP/1.1\r\n", H1Fault::bad_target},
  };
  for (const Row& row : rows) check_refused(row);
}

TEST_CASE("field lines that are refused") {
  const Row rows[] = {
      {"no name", with(": x\r\n"), H1Fault::empty_field_name},
      {"a colon alone", with(":\r\n"), H1Fault::empty_field_name},
      {"a space before the colon", with("Content-Length : 5\r\n"), H1Fault::bad_field_name},
      {"a tab before the colon", with("Transfer-Encoding\t: chunked\r\n"), H1Fault::bad_field_name},
      {"no colon", with("Accept\r\n"), H1Fault::bad_field_name},
      {"a name with a space", with("A b: c\r\n"), H1Fault::bad_field_name},
      {"a name in quotes", with("\"A\": c\r\n"), H1Fault::bad_field_name},
      {"a name above ASCII", with("\xc3\xa4: c\r\n"), H1Fault::bad_field_name},
      {"a folded line", with("A: b\r\n c\r\n"), H1Fault::obsolete_folding},
      {"a line folded by a tab", with("A: b\r\n\tc\r\n"), H1Fault::obsolete_folding},
      {"a first field line that is folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", H1Fault::obsolete_folding},
      {"a line of a space", with(" \r\n"), H1Fault::obsolete_folding},
      {"a folded Transfer-Encoding", with("Transfer-Encoding:\r\n chunked\r\n"), H1Fault::obsolete_folding},
      {"a NUL in a value", nul(with("A: b@c\r\n")), H1Fault::bad_character},
      {"a NUL in a name", nul(with("A@: b\r\n")), H1Fault::bad_character},
      {"an escape in a value", with("A: \x1b[0m\r\n"), H1Fault::bad_character},
      {"DEL in a value", with("A: \x7f\r\n"), H1Fault::bad_character},
      {"a vertical tab in a value",
       with("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       H1Fault::bad_character},
      {"a bare LF after a value", with("A: b\n"), H1Fault::bare_line_feed},
      {"a bare LF hides a field", with("A: b\nTransfer-Encoding: chunked\r\n"), H1Fault::bare_line_feed},
      {"a bare CR in a value", with("A: b\rTransfer-Encoding: chunked\r\n"), H1Fault::bare_line_feed},
      {"a bare CR in a name", with("A\r: b\r\n"), H1Fault::bare_line_feed},
      {"a bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", H1Fault::bare_line_feed},
      {"a bare CR ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\rX", H1Fault::bare_line_feed},
      {"a bare LF is refused before the head is whole", "GET / HTTP/1.1\r\nHost: a\n", H1Fault::bare_line_feed},
  };
  for (const Row& row : rows) check_refused(row);
}

TEST_CASE("hosts that are refused") {
  const Row rows[] = {
      {"HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n", H1Fault::missing_host},
      {"absolute-form without Host", "GET http://a/ HTTP/1.1\r\n\r\n", H1Fault::missing_host},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", H1Fault::duplicate_host},
      {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", H1Fault::duplicate_host},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", H1Fault::duplicate_host},
      {"an empty and a full Host", "GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", H1Fault::duplicate_host},
      {"a list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", H1Fault::bad_host},
      {"a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", H1Fault::bad_host},
      {"a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", H1Fault::bad_host},
      {"a scheme", "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n", H1Fault::bad_host},
      {"a port alone", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", H1Fault::bad_host},
      {"a port of letters", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", H1Fault::bad_host},
      {"a port past the last", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", H1Fault::bad_host},
      {"two ports", "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n", H1Fault::bad_host},
      {"IPv6 without brackets", "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", H1Fault::bad_host},
      {"brackets around a name", "GET / HTTP/1.1\r\nHost: [a]\r\n\r\n", H1Fault::bad_host},
      {"half an escape", "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n", H1Fault::bad_host},
      {"absolute-form with a Host that is none", "GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n", H1Fault::bad_host},
      {"CONNECT with another Host", "CONNECT a:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", H1Fault::bad_host},
      {"CONNECT with another port", "CONNECT a:443 HTTP/1.1\r\nHost: a:80\r\n\r\n", H1Fault::bad_host},
  };
  for (const Row& row : rows) check_refused(row);
}

TEST_CASE("lengths that are refused") {
  const Row rows[] = {
      {"empty", with("Content-Length:\r\n"), H1Fault::bad_content_length},
      {"a plus sign", with("Content-Length: +5\r\n"), H1Fault::bad_content_length},
      {"a minus sign", with("Content-Length: -5\r\n"), H1Fault::bad_content_length},
      {"hexadecimal", with("Content-Length: 0x5\r\n"), H1Fault::bad_content_length},
      {"a space within", with("Content-Length: 1 0\r\n"), H1Fault::bad_content_length},
      {"a fraction", with("Content-Length: 5.0\r\n"), H1Fault::bad_content_length},
      {"an exponent", with("Content-Length: 1e3\r\n"), H1Fault::bad_content_length},
      {"an underscore", with("Content-Length: 1_0\r\n"), H1Fault::bad_content_length},
      {"in quotes", with("Content-Length: \"5\"\r\n"), H1Fault::bad_content_length},
      {"a list", with("Content-Length: 5, 5\r\n"), H1Fault::bad_content_length},
      {"a list that ends empty", with("Content-Length: 5,\r\n"), H1Fault::bad_content_length},
      {"digits above ASCII", with("Content-Length: \xd9\xa5\r\n"), H1Fault::bad_content_length},
      {"2^63", with("Content-Length: 9223372036854775808\r\n"), H1Fault::bad_content_length},
      {"2^64 + 5", with("Content-Length: 18446744073709551621\r\n"), H1Fault::bad_content_length},
      {"two different", with("Content-Length: 5\r\nContent-Length: 6\r\n"), H1Fault::duplicate_content_length},
      {"twice the same", with("Content-Length: 5\r\ncontent-length: 5\r\n"), H1Fault::duplicate_content_length},
      {"in HTTP/1.0 twice", "POST / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
       H1Fault::duplicate_content_length},
  };
  for (const Row& row : rows) check_refused(row);
}

TEST_CASE("transfer codings that are refused") {
  const auto te = [](const std::string& value) { return with("Transfer-Encoding:" + value + "\r\n"); };
  const Row rows[] = {
      {"length, then chunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
       H1Fault::length_with_chunked},
      {"chunked, then length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
       H1Fault::length_with_chunked},
      {"length zero with chunked", with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
       H1Fault::length_with_chunked},
      {"length with a bad coding", with("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"),
       H1Fault::length_with_chunked},
      {"HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", H1Fault::transfer_encoding_in_http10},
      {"HTTP/1.0 with a length", "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       H1Fault::transfer_encoding_in_http10},
      {"empty", te(""), H1Fault::bad_transfer_encoding},
      {"a prefix", te(" xchunked"), H1Fault::bad_transfer_encoding},
      {"a suffix", te(" chunkedx"), H1Fault::bad_transfer_encoding},
      {"in quotes", te(" \"chunked\""), H1Fault::bad_transfer_encoding},
      {"a parameter", te(" chunked;q=1"), H1Fault::bad_transfer_encoding},
      {"a comma after", te(" chunked,"), H1Fault::bad_transfer_encoding},
      {"a comma before", te(" ,chunked"), H1Fault::bad_transfer_encoding},
      {"chunked twice in one field", te(" chunked, chunked"), H1Fault::bad_transfer_encoding},
      {"chunked twice in two fields", with("Transfer-Encoding: chunked\r\nTransfer-encoding: chunked\r\n"),
       H1Fault::bad_transfer_encoding},
      {"chunked and another field", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
       H1Fault::bad_transfer_encoding},
      {"another field and chunked", with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
       H1Fault::bad_transfer_encoding},
      {"not final", te(" chunked, gzip"), H1Fault::bad_transfer_encoding},
      {"identity after it", te(" chunked, identity"), H1Fault::bad_transfer_encoding},
      {"identity before it", te(" identity, chunked"), H1Fault::bad_transfer_encoding},
      {"identity alone", te(" identity"), H1Fault::bad_transfer_encoding},
      {"gzip alone", te(" gzip"), H1Fault::bad_transfer_encoding},
      {"spaces instead of a comma", te(" gzip chunked"), H1Fault::bad_transfer_encoding},
      {"a parameter before", te(" gzip;q=1, chunked"), H1Fault::bad_transfer_encoding},
      {"another coding first", te(" gzip, chunked"), H1Fault::unknown_transfer_coding},
      {"two others first", te(" deflate, gzip, Chunked"), H1Fault::unknown_transfer_coding},
  };
  for (const Row& row : rows) check_refused(row);
}

TEST_CASE("a status answers each fault") {
  CHECK(status_for(H1Fault::bare_line_feed) == 400);
  CHECK(status_for(H1Fault::bad_transfer_encoding) == 400);
  CHECK(status_for(H1Fault::head_too_large) == 431);
  CHECK(status_for(H1Fault::too_many_fields) == 431);
  CHECK(status_for(H1Fault::bad_version) == 505);
  CHECK(status_for(H1Fault::unknown_transfer_coding) == 501);
  CHECK(to_string(H1Fault::none) == "none");
  CHECK(to_string(H1Fault::bad_host) == "bad_host");
  CHECK(to_string(H1Fault::truncated) == "truncated");
}

}  // namespace
}  // namespace naru::http
