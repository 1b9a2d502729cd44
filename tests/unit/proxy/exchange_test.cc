#include "proxy/exchange.h"

#include <catch2/catch.hpp>

namespace naru::proxy {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

TEST_CASE("a connection begins with nothing said and nothing answered") {
  const Exchange exchange;
  CHECK(exchange.first());
  CHECK_FALSE(exchange.answered());
  CHECK(exchange.complete());
  CHECK(exchange.request().empty());
  CHECK_FALSE(exchange.previous_whole());
}

TEST_CASE("what the client sends is kept up to the limit and no further") {
  Exchange exchange;
  exchange.client_sent(std::string(Exchange::kRequestLimit - 1, 'a'));
  exchange.client_sent("b");
  CHECK(exchange.complete());
  CHECK(exchange.request().size() == Exchange::kRequestLimit);
  exchange.client_sent("");
  CHECK(exchange.complete());
  exchange.client_sent("c");
  CHECK_FALSE(exchange.complete());
  CHECK(exchange.request().empty());
  exchange.client_sent("d");
  CHECK_FALSE(exchange.complete());
  CHECK(exchange.request().empty());
}

TEST_CASE("the next request after an answer is kept by itself") {
  Exchange exchange;
  exchange.client_sent(kGet.substr(0, 5));
  exchange.client_sent(kGet.substr(5));
  CHECK(exchange.request() == kGet);
  exchange.endpoint_sent(kAnswer.substr(0, 20));
  exchange.endpoint_sent(kAnswer.substr(20));
  CHECK(exchange.answered());
  CHECK_FALSE(exchange.first());
  exchange.client_sent(kGet);
  CHECK_FALSE(exchange.answered());
  CHECK(exchange.complete());
  CHECK(exchange.request() == kGet);
  CHECK(exchange.previous_whole());
}

TEST_CASE("a request sent before the answer to the one before was whole is not on its own") {
  Exchange exchange;
  exchange.client_sent(kGet);
  exchange.endpoint_sent(kAnswer.substr(0, kAnswer.size() - 1));
  exchange.client_sent(kGet);
  CHECK_FALSE(exchange.previous_whole());
}

TEST_CASE("only a conversation that begins as HTTP is followed past its first answer") {
  Exchange exchange;
  exchange.client_sent("EHLO there\r\n");
  exchange.endpoint_sent("250 hello\r\n");
  exchange.client_sent(kGet);
  CHECK_FALSE(exchange.complete());
  CHECK(exchange.request().empty());
  CHECK_FALSE(exchange.previous_whole());
}

TEST_CASE("an endpoint that speaks first is not followed") {
  Exchange exchange;
  exchange.endpoint_sent("220 welcome\r\n");
  CHECK(exchange.answered());
  exchange.client_sent(kGet);
  CHECK_FALSE(exchange.complete());
}

TEST_CASE("what was spliced is counted where that is enough, and else known to be missing") {
  Exchange exchange;
  exchange.client_sent(kGet);
  exchange.endpoint_sent("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  exchange.endpoint_spliced(100'000);
  exchange.client_sent(kGet);
  CHECK(exchange.previous_whole());
  exchange.endpoint_spliced(5000);  // its head unseen
  exchange.client_sent(kGet);
  CHECK_FALSE(exchange.previous_whole());
  exchange.client_spliced();
  CHECK_FALSE(exchange.complete());
}

}  // namespace
}  // namespace naru::proxy
