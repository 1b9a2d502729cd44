#include "base/address.h"

#include <catch2/catch.hpp>

namespace naru {
namespace {

TEST_CASE("addresses are read and written in canonical form") {
  struct Row {
    const char* text;
    const char* canonical;  // null: refused
  };
  const Row rows[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::1", "::1"},
      {"2001:DB8:0:0::1", "2001:db8::1"},
      {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
      {"", nullptr},
      {"127.0.0.256", nullptr},
      {"127.0.0", nullptr},
      {"010.0.0.1", nullptr},
      {" 127.0.0.1", nullptr},
      {"fe80::1%eth0", nullptr},
      {":::1", nullptr},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = IpAddress::parse(row.text);
    REQUIRE(parsed.has_value() == (row.canonical != nullptr));
    if (parsed) CHECK(parsed->to_string() == row.canonical);
  }
}

TEST_CASE("a port is 1 to 65535") {
  for (const std::int64_t good : {1, 65535}) CHECK(Port::from(good).has_value());
  for (const std::int64_t bad : {0, -1, 65536, 70000}) CHECK_FALSE(Port::from(bad).has_value());
  CHECK(Port::from(70000).error().message == "70000 is outside 1..65535");
}

TEST_CASE("a CIDR knows its bounds") {
  const auto cidr = Cidr::parse("10.1.2.3/30").value();
  CHECK(cidr.to_string() == "10.1.2.0/30");
  CHECK(cidr.size() == 4);
  CHECK(cidr.last().to_string() == "10.1.2.3");
  CHECK(cidr.contains(IpAddress::parse("10.1.2.3").value()));
  CHECK_FALSE(cidr.contains(IpAddress::parse("10.1.2.4").value()));
  CHECK_FALSE(cidr.contains(IpAddress::parse("::1").value()));

  CHECK(Cidr::parse("0.0.0.0/0").value().size() == std::uint64_t{1} << 32);
  CHECK(Cidr::parse("::/0").value().size() == ~std::uint64_t{0});
  CHECK(Cidr::parse("fd00::/65").value().size() == std::uint64_t{1} << 63);
  CHECK(Cidr::parse("fd00::/64").value().last().to_string() == "fd00::ffff:ffff:ffff:ffff");
  CHECK(Cidr::parse("1.2.3.4/32").value().last().to_string() == "1.2.3.4");

  for (const char* bad : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8", "::/129", "10.0.0.0/8/8"}) {
    CAPTURE(bad);
    CHECK_FALSE(Cidr::parse(bad).has_value());
  }
  CHECK(Cidr::parse("10.0.0.1/8", true).error().message == "'10.0.0.1/8' has host bits set; the network is 10.0.0.0/8");
}

TEST_CASE("prefixes overlap when one holds the other") {
  const auto overlap = [](const char* a, const char* b) {
    return Cidr::parse(a).value().overlaps(Cidr::parse(b).value());
  };
  CHECK(overlap("10.0.0.0/8", "10.255.0.0/16"));
  CHECK(overlap("10.255.0.0/16", "10.0.0.0/8"));
  CHECK_FALSE(overlap("10.0.0.0/9", "10.128.0.0/9"));
  CHECK_FALSE(overlap("0.0.0.0/0", "::/0"));
}

TEST_CASE("adding an offset carries and wraps") {
  CHECK(IpAddress::parse("10.0.0.255").value().plus(1).to_string() == "10.0.1.0");
  CHECK(IpAddress::parse("255.255.255.255").value().plus(1).to_string() == "0.0.0.0");
  CHECK(IpAddress::parse("fd00::ffff").value().plus(0x10001).to_string() == "fd00::2:0");
}

TEST_CASE("socket addresses bracket IPv6 and nothing else") {
  CHECK(SocketAddress::parse("127.0.0.1:80").value().to_string() == "127.0.0.1:80");
  CHECK(SocketAddress::parse("[::1]:53").value().to_string() == "[::1]:53");
  for (const char* bad :
       {"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:53", "[127.0.0.1]:1", "[::1]", ":80", ""}) {
    CAPTURE(bad);
    CHECK_FALSE(SocketAddress::parse(bad).has_value());
  }
}

}  // namespace
}  // namespace naru
