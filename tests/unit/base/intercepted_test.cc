// Where packets to intercepted addresses arrive.
#include "base/intercepted.h"

#include <catch2/catch.hpp>
#include <vector>

namespace naru {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
Cidr cidr(std::string_view text) {
  return Cidr::parse(text).value();
}

TEST_CASE("an intercepted address has one local address that stands for it") {
  struct Row {
    const char* sentence;
    const char* address;
    const char* local;
  };
  const auto row = GENERATE(values<Row>({
      {"kubeadm's service CIDR", "10.96.0.10", "127.224.0.10"},
      {"the last address of it", "10.111.255.255", "127.239.255.255"},
      {"k3s's service CIDR", "10.43.0.1", "127.171.0.1"},
      {"a load balancer's address", "192.0.2.7", "127.128.2.7"},
      {"IPv6", "fd00:96::a", "fd6e:96::a"},
      {"IPv6, all bits", "2001:db8:ffff:1:2:3:4:5", "fd6e:db8:ffff:1:2:3:4:5"},
  }));
  INFO(row.sentence);
  CHECK(intercepted(ip(row.address)) == ip(row.local));
}

TEST_CASE("an intercepted CIDR keeps its size") {
  CHECK(intercepted(cidr("10.96.0.0/12")) == cidr("127.224.0.0/12"));
  CHECK(intercepted(cidr("fd00:96::/112")) == cidr("fd6e:96::/112"));
}

TEST_CASE("ports that need a privilege have others that do not") {
  CHECK(intercepted(Port(53)) == Port(61'493));
  CHECK(intercepted(Port(1)) == Port(61'441));
  CHECK(intercepted(Port(1023)) == kLowPortsLast);
  CHECK(intercepted(Port(1024)) == Port(1024));
  CHECK(intercepted(Port(61'439)) == Port(61'439));
  CHECK_FALSE(intercepted(Port(61'440)));
  CHECK_FALSE(intercepted(Port(62'463)));
  CHECK(intercepted(Port(62'464)) == Port(62'464));
}

TEST_CASE("what is too large or local already is not interceptable") {
  CHECK_FALSE(why_not_interceptable(cidr("10.0.0.0/9")));
  CHECK(why_not_interceptable(cidr("10.0.0.0/8")));
  CHECK(why_not_interceptable(cidr("127.96.0.0/12")));
  CHECK_FALSE(why_not_interceptable(cidr("fd00::/16")));
  CHECK(why_not_interceptable(cidr("fc00::/7")));
  CHECK(why_not_interceptable(cidr("::1/128")));
}

TEST_CASE("two CIDRs whose local addresses are the same are told") {
  const std::vector<Cidr> others = {cidr("10.96.0.0/12"), cidr("fd00:96::/112")};
  CHECK(intercepted_alike(cidr("10.224.0.0/16"), others) == &others[0]);
  CHECK(intercepted_alike(cidr("10.97.0.0/16"), others) == nullptr);  // a part of it is no other
  CHECK(intercepted_alike(cidr("192.0.2.0/24"), others) == nullptr);
  CHECK(intercepted_alike(cidr("fd12:96::/120"), others) == &others[1]);
  CHECK(intercepted_alike(cidr("2001:db8::/64"), others) == nullptr);
}

}  // namespace
}  // namespace naru
