#include "http/request_rules.h"
#include "tests/unit/http/field_lines.h"

namespace naru::http {
namespace {

TEST_CASE("what is for one connection is removed from requests") {
  struct Row {
    const char* sentence;
    std::string fields;
    std::string left;
  };
  const Row rows[] = {
      {"nothing to remove", "A: b\n", "A: b\n"},
      {"each by its own name",
       "Connection: close\nKeep-Alive: timeout=5\nProxy-Connection: x\nTE: gzip\nTransfer-Encoding: chunked\n"
       "Upgrade: h2c\nHTTP2-Settings: x\nA: b\n",
       "A: b\n"},
      {"what Connection names", "Connection: X-One\nx-one: 1\nX-Two: 2\n", "X-Two: 2\n"},
      {"all of that name", "Connection: x\nX: 1\nY: 2\nx: 3\n", "Y: 2\n"},
      {"a list with white space and empty members", "Connection: , x ,\t y,,\nX: 1\nY: 2\nZ: 3\n", "Z: 3\n"},
      {"two Connections", "Connection: x\nX: 1\nY: 2\nConnection: y\n", ""},
      {"Connection after what it names", "X: 1\nConnection: close, x\n", ""},
      {"a part of a name is not the name", "Connection: x-on\nX-One: 1\n", "X-One: 1\n"},
      {"Connection cannot hide who asked",
       "Connection: x-forwarded-for, forwarded, via, x-request-id\nX-Forwarded-For: 1\nForwarded: 2\nVia: 3\n"
       "X-Request-Id: 4\n",
       "X-Forwarded-For: 1\nForwarded: 2\nVia: 3\nX-Request-Id: 4\n"},
      {"Connection cannot hide length and type", "Connection: content-length, content-type\nContent-Type: x\n",
       "Content-Type: x\n"},
      {"an upgrade that Connection names", "Connection: keep-alive, Upgrade\nUpgrade: websocket\n",
       "Upgrade: websocket\n"},
      {"an upgrade that it does not name", "Upgrade: websocket\n", ""},
      {"trailers are told on alone", "Connection: te\nTE: gzip, trailers\n", "te: trailers\n"},
      {"trailers that Connection does not name", "TE: trailers\n", ""},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (const char c : row.fields) bytes.append(c == '\n' ? "\r\n" : std::string(1, c));
    RequestHead head = test::parsed(bytes + "\r\n");
    remove_hop_by_hop(head);
    CHECK(test::lines(head.fields) == "Host: a\n" + row.left);
    remove_hop_by_hop(head);
    CHECK(test::lines(head.fields) == "Host: a\n" + row.left);
  }
}

TEST_CASE("Connection names Host in vain") {
  RequestHead head = test::parsed("GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n");
  remove_hop_by_hop(head);
  CHECK(test::lines(head.fields) == "Host: a\n");
}

TEST_CASE("a list of options without end costs no more than one as long as a head has fields") {
  std::string options = "x";
  for (int i = 0; i < 10000; ++i) options += ",x";
  RequestHead head =
      test::parsed("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + options + ", y\r\nX: 1\r\nY: 2\r\n\r\n");
  remove_hop_by_hop(head);
  CHECK(test::lines(head.fields) == "Host: a\nY: 2\n");
}

TEST_CASE("what is for one connection is removed from responses") {
  struct Row {
    const char* sentence;
    std::string bytes;
    std::string left;
  };
  const Row rows[] = {
      {"as of requests",
       "HTTP/1.1 200 OK\r\nConnection: keep-alive, x\r\nKeep-Alive: timeout=3\r\nX: 1\r\nUpgrade: h2c\r\n"
       "Transfer-Encoding: chunked\r\nA: b\r\n\r\n",
       "A: b\n"},
      {"101 keeps its Upgrade", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
       "Upgrade: websocket\n"},
      {"426 keeps its Upgrade", "HTTP/1.1 426 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
       "Upgrade: websocket\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    ResponseHead head = test::parsed_response(row.bytes);
    remove_hop_by_hop(head);
    CHECK(test::lines(head.fields) == row.left);
  }
}

}  // namespace
}  // namespace naru::http
