#include "http/h2_head_reader.h"

#include <catch2/catch.hpp>

#include "h2_harness.h"

using namespace naru::http;

namespace {

const Pairs kGet = {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "shop"}};

Pairs with(Pairs fields, const Pairs& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

template <class Head>
H2HeadVerdict read(Head& head, const Pairs& fields, bool end, const H2Limits& limits = {}) {
  H2HeadReader reader(limits);
  if constexpr (std::is_same_v<Head, FieldBlock>) {
    reader.begin_trailers(head);
  } else {
    reader.begin(head);
  }
  for (const auto& [name, value] : fields) reader.add(name, value, false);
  return reader.finish(end);
}

}  // namespace

TEST_CASE("requests are well-formed or not") {
  struct Row {
    const char* what;
    Pairs fields;
    bool good;
    bool end = true;
  };
  const std::string nul("a\0b", 3);
  const Row rows[] = {
      {"the four pseudo-fields", kGet, true},
      {"without authority, as the target may have none",
       {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}},
       true},
      {"without a method", {{":scheme", "http"}, {":path", "/"}, {":authority", "shop"}}, false},
      {"without a scheme", {{":method", "GET"}, {":path", "/"}, {":authority", "shop"}}, false},
      {"without a path", {{":method", "GET"}, {":scheme", "http"}, {":authority", "shop"}}, false},
      {"an empty path", {{":method", "GET"}, {":scheme", "http"}, {":path", ""}}, false},
      {"a method that is no token", {{":method", "G T"}, {":scheme", "http"}, {":path", "/"}}, false},
      {"nothing at all", {}, false},
      {"a pseudo-field twice", with(kGet, {{":path", "/"}}), false},
      {"an unknown pseudo-field", with(kGet, {{":protocol", "websocket"}}), false},
      {"a response's pseudo-field", with(kGet, {{":status", "200"}}), false},
      {"a pseudo-field after another field", with({{"a", "b"}}, kGet), false},
      {"CR in a pseudo-field", {{":method", "GET"}, {":scheme", "http"}, {":path", "/\r"}}, false},
      {"CONNECT", {{":method", "CONNECT"}, {":authority", "shop:80"}}, true, false},
      {"CONNECT without authority", {{":method", "CONNECT"}}, false},
      {"CONNECT with a path", {{":method", "CONNECT"}, {":authority", "shop:80"}, {":path", "/"}}, false},
      {"an upper-case name", with(kGet, {{"Accept", "a"}}), false},
      {"an empty name", with(kGet, {{"", "a"}}), false},
      {"a space in a name", with(kGet, {{"a b", "c"}}), false},
      {"a colon in a name", with(kGet, {{"a:b", "c"}}), false},
      {"an empty value", with(kGet, {{"a", ""}}), true},
      {"CR in a value", with(kGet, {{"a", "b\rc"}}), false},
      {"LF in a value", with(kGet, {{"a", "b\nc"}}), false},
      {"NUL in a value", with(kGet, {{"a", nul}}), false},
      {"a tab within a value", with(kGet, {{"a", "b\tc"}}), true},
      {"a space before a value", with(kGet, {{"a", " b"}}), false},
      {"a space after a value", with(kGet, {{"a", "b "}}), false},
      {"a byte above 127 in a value", with(kGet, {{"a", "\xc3\xa4"}}), true},
      {"connection", with(kGet, {{"connection", "close"}}), false},
      {"keep-alive", with(kGet, {{"keep-alive", "5"}}), false},
      {"proxy-connection", with(kGet, {{"proxy-connection", "close"}}), false},
      {"transfer-encoding", with(kGet, {{"transfer-encoding", "chunked"}}), false, false},
      {"upgrade", with(kGet, {{"upgrade", "h2c"}}), false},
      {"te: trailers", with(kGet, {{"te", "trailers"}}), true},
      {"te: gzip", with(kGet, {{"te", "gzip"}}), false},
      {"host that says the same", with(kGet, {{"host", "SHOP"}}), true},
      {"host that says another", with(kGet, {{"host", "other"}}), false},
      {"host twice", with(kGet, {{"host", "shop"}, {"host", "shop"}}), false},
      {"a content-length", with(kGet, {{"content-length", "5"}}), true, false},
      {"a content-length without content", with(kGet, {{"content-length", "5"}}), false},
      {"a content-length of none", with(kGet, {{"content-length", "0"}}), true},
      {"two content-lengths", with(kGet, {{"content-length", "5"}, {"content-length", "5"}}), false, false},
      {"a negative content-length", with(kGet, {{"content-length", "-5"}}), false, false},
      {"an empty content-length", with(kGet, {{"content-length", ""}}), false, false},
      {"the largest content-length", with(kGet, {{"content-length", "999999999999999999"}}), true, false},
      {"a content-length one digit longer", with(kGet, {{"content-length", "1000000000000000000"}}), false, false},
      {"a list of content-lengths", with(kGet, {{"content-length", "5, 5"}}), false, false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    RequestHead head;
    CHECK(read(head, row.fields, row.end) == (row.good ? H2HeadVerdict::good : H2HeadVerdict::malformed));
  }
}

TEST_CASE("responses are well-formed or not") {
  struct Row {
    const char* what;
    Pairs fields;
    bool good;
    bool end = true;
  };
  const Row rows[] = {
      {"a status", {{":status", "200"}}, true},
      {"without a status", {{"a", "b"}}, false},
      {"a status of two digits", {{":status", "20"}}, false},
      {"a status of four digits", {{":status", "2000"}}, false},
      {"a status below 100", {{":status", "099"}}, false},
      {"a status of letters", {{":status", "2xx"}}, false},
      {"the highest status", {{":status", "999"}}, true},
      {"an interim response", {{":status", "103"}, {"link", "</a>"}}, true, false},
      {"an interim response that ends", {{":status", "103"}}, false},
      {"101, which HTTP/2 does not have", {{":status", "101"}}, false, false},
      {"a request's pseudo-field", {{":status", "200"}, {":path", "/"}}, false},
      {"a status twice", {{":status", "200"}, {":status", "200"}}, false},
      {"a length without content", {{":status", "200"}, {"content-length", "5"}}, false},
      {"a length of what was not modified", {{":status", "304"}, {"content-length", "5"}}, true},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ResponseHead head;
    CHECK(read(head, row.fields, row.end) == (row.good ? H2HeadVerdict::good : H2HeadVerdict::malformed));
  }
}

TEST_CASE("trailers are fields without pseudo-fields") {
  FieldBlock trailers;
  CHECK(read(trailers, {{"grpc-status", "0"}}, true) == H2HeadVerdict::good);
  CHECK(trailers.value_or_empty(FieldName::grpc_status) == "0");
  CHECK(read(trailers, {}, true) == H2HeadVerdict::good);
  CHECK(trailers.empty());
  CHECK(read(trailers, {{":status", "200"}}, true) == H2HeadVerdict::malformed);
  CHECK(read(trailers, {{"connection", "a"}}, true) == H2HeadVerdict::malformed);
}

TEST_CASE("what a request says is found in its head") {
  RequestHead head;
  REQUIRE(read(head, with(kGet, {{"te", "trailers"}, {"expect", "100-continue"}, {"content-length", "7"}}), false) ==
          H2HeadVerdict::good);
  CHECK(head.version == Version::http2);
  CHECK(head.method == Method::get);
  CHECK(head.text(head.method_text) == "GET");
  CHECK(head.text(head.scheme) == "http");
  CHECK(head.text(head.authority) == "shop");
  CHECK(head.text(head.path) == "/");
  CHECK(head.body == Body{Framing::length, 7});
  CHECK(head.te_trailers);
  CHECK(head.expect_continue);
}

TEST_CASE("host stands in for authority and is not kept beside it") {
  RequestHead head;
  REQUIRE(read(head, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "shop:80"}}, true) ==
          H2HeadVerdict::good);
  CHECK(head.text(head.authority) == "shop:80");
  CHECK_FALSE(head.fields.has(FieldName::host));
}

TEST_CASE("a head is limited in size and in number of fields, each cookie crumb one") {
  const H2Limits limits{.header_list_bytes = 400, .header_fields = 6};
  RequestHead head;
  CHECK(read(head, with(kGet, {{"cookie", "a=1"}, {"cookie", "b=2"}}), true, limits) == H2HeadVerdict::good);
  CHECK(read(head, with(kGet, {{"cookie", "a=1"}, {"cookie", "b=2"}, {"cookie", ""}}), true, limits) ==
        H2HeadVerdict::too_many);
  const std::size_t used = 4 * 32 + 10 + 11 + 6 + 14;
  const std::string value(400 - used - 32 - 1, 'x');
  CHECK(read(head, with(kGet, {{"a", value}}), true, limits) == H2HeadVerdict::good);
  CHECK(read(head, with(kGet, {{"a", value + "x"}}), true, limits) == H2HeadVerdict::too_large);
}

TEST_CASE("four times a limit is a flood") {
  H2HeadReader reader({.header_fields = 2});
  reader.begin_ignored();
  for (int i = 0; i < 11; ++i) reader.add("a", "", false);
  CHECK_FALSE(reader.flood());
  reader.add("a", "", false);
  CHECK(reader.flood());
}
