#include "http/forwarding.h"

#include "tests/unit/http/field_lines.h"

namespace naru::http {
namespace {

constexpr bool kTrusted = true;

/// What is left of `fields`, and what was added, without the Host.
std::string forwarded(const std::string& fields, ForwardingRules rules, bool trusted,
                      std::string_view client = "192.0.2.1") {
  const IpAddress address = *IpAddress::parse(client);
  if (trusted) rules.trusted = {*Cidr::parse("203.0.113.0/24"), Cidr::host(address)};
  RequestHead head = test::parsed("GET / HTTP/1.1\r\nHost: a:1\r\n\r\n");
  test::add_lines(head.fields, fields);
  Random random(1);
  add_forwarding(head, rules, address, random);
  head.fields.remove(FieldName::host);
  return test::lines(head.fields);
}

const ForwardingRules kNothing{false, false, false, false, {}};
const ForwardingRules kX{true, false, false, false, {}};
const ForwardingRules kForwarded{false, true, false, false, {}};
const ForwardingRules kVia{false, false, true, false, {}};

TEST_CASE("who asked is told") {
  struct Row {
    const char* sentence;
    std::string fields;
    ForwardingRules rules;
    bool trusted;
    std::string out;
  };
  const std::string mine = "x-forwarded-for: 192.0.2.1\nx-forwarded-proto: http\nx-forwarded-host: a:1\n";
  const Row rows[] = {
      {"a client that says nothing", "", kX, false, mine},
      {"a stranger's words are overwritten",
       "X-Forwarded-For: 1.1.1.1\nX-Forwarded-Proto: https\nX-Forwarded-Host: b\nX-Forwarded-Port: 1\n", kX, false,
       mine},
      {"a stranger's Forwarded is removed", "Forwarded: for=1.1.1.1\n", kX, false, mine},
      {"a stranger's words are removed though nothing is told", "X-Forwarded-For: 1.1.1.1\nForwarded: x\nA: b\n",
       kNothing, false, "A: b\n"},
      {"a trusted client is added to", "X-Forwarded-For: 1.1.1.1\nX-Forwarded-Proto: https\nX-Forwarded-Host: b\n", kX,
       kTrusted, "X-Forwarded-Proto: https\nX-Forwarded-Host: b\nx-forwarded-for: 1.1.1.1, 192.0.2.1\n"},
      {"a trusted client with two fields", "X-Forwarded-For: 1.1.1.1\nX-Forwarded-For: 2.2.2.2, 3.3.3.3\n", kX,
       kTrusted,
       "x-forwarded-for: 1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.1\nx-forwarded-proto: http\nx-forwarded-host: a:1\n"},
      {"a trusted client with an empty field", "X-Forwarded-For: \n", kX, kTrusted, mine},
      {"a trusted client that says nothing", "", kX, kTrusted, mine},
      {"a trusted client's words pass where nothing is told", "X-Forwarded-For: 1.1.1.1\nForwarded: x\n", kNothing,
       kTrusted, "X-Forwarded-For: 1.1.1.1\nForwarded: x\n"},
      {"Forwarded", "", kForwarded, false, "forwarded: for=192.0.2.1;host=\"a:1\";proto=http\n"},
      {"Forwarded of a stranger", "Forwarded: for=x\n", kForwarded, false,
       "forwarded: for=192.0.2.1;host=\"a:1\";proto=http\n"},
      {"Forwarded of a trusted client", "Forwarded: for=x\n", kForwarded, kTrusted,
       "forwarded: for=x, for=192.0.2.1;host=\"a:1\";proto=http\n"},
      {"Via", "", kVia, false, "via: 1.1 naru\n"},
      {"Via of others stays", "Via: 1.0 x\n", kVia, false, "via: 1.0 x, 1.1 naru\n"},
      {"Via stays where nothing is told", "Via: 1.0 x\n", kNothing, false, "Via: 1.0 x\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    CHECK(forwarded(row.fields, row.rules, row.trusted) == row.out);
  }
}

TEST_CASE("IPv6 clients") {
  CHECK(forwarded("", kX, false, "2001:db8::1") ==
        "x-forwarded-for: 2001:db8::1\nx-forwarded-proto: http\nx-forwarded-host: a:1\n");
  CHECK(forwarded("", kForwarded, false, "2001:db8::1") ==
        "forwarded: for=\"[2001:db8::1]\";host=\"a:1\";proto=http\n");
}

TEST_CASE("a client outside the trusted prefixes is a stranger") {
  ForwardingRules rules = kX;
  rules.trusted = {*Cidr::parse("192.0.2.0/32"), *Cidr::parse("::/0")};
  CHECK(forwarded("X-Forwarded-For: 1.1.1.1\n", rules, false) == forwarded("", kX, false));
}

TEST_CASE("requests without an authority have no host to tell") {
  RequestHead head = test::parsed("GET / HTTP/1.0\r\n\r\n");
  Random random(1);
  add_forwarding(head, {true, true, true, false, {}}, *IpAddress::parse("10.0.0.1"), random);
  CHECK(test::lines(head.fields) ==
        "x-forwarded-for: 10.0.0.1\nx-forwarded-proto: http\nforwarded: for=10.0.0.1;proto=http\nvia: 1.0 naru\n");
}

TEST_CASE("a request has an id") {
  const ForwardingRules rules{false, false, false, true, {}};
  const std::string made = forwarded("", rules, false);
  CHECK(made.size() == std::string("x-request-id: \n").size() + 32);
  CHECK(made.find_first_not_of("0123456789abcdef", 14) == made.size() - 1);
  CHECK(forwarded("X-Request-Id: mine\n", rules, false) == made);
  CHECK(forwarded("X-Request-Id: \n", rules, kTrusted) == made);
  CHECK(forwarded("X-Request-Id: mine\n", rules, kTrusted) == "X-Request-Id: mine\n");
  CHECK(forwarded("X-Request-Id: mine\n", kNothing, false) == "X-Request-Id: mine\n");
}

TEST_CASE("each request has another id") {
  Random random(1);
  RequestHead head = test::parsed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  add_forwarding(head, {}, {}, random);
  const std::string first(head.fields.value_or_empty(FieldName::x_request_id));
  add_forwarding(head, {}, {}, random);
  CHECK(head.fields.value_or_empty(FieldName::x_request_id) != first);
}

}  // namespace
}  // namespace naru::http
