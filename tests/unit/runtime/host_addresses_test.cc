#include "runtime/host_addresses.h"

#include "own_network.h"

namespace naru::runtime {
namespace {

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}

HostAddress on(unsigned interface, const char* address, unsigned length) {
  return {ip(address), length, interface, "if" + std::to_string(interface), true, true};
}

TEST_CASE("the primary address is the source of the default route") {
  HostAddress loopback = on(1, "127.0.0.1", 8);
  loopback.global = false;
  HostAddress deprecated = on(2, "192.0.2.9", 24);
  deprecated.usable = false;
  const std::vector<HostAddress> all{loopback,
                                     deprecated,
                                     on(2, "198.51.100.2", 24),
                                     on(3, "203.0.113.3", 24),
                                     on(3, "203.0.113.130", 25),
                                     on(3, "2001:db8::3", 64)};
  struct Row {
    const char* what;
    Family family;
    std::optional<DefaultRoute> route;
    std::optional<IpAddress> expected;
  };
  const Row rows[] = {
      {"the route's own preferred source", Family::ipv4, DefaultRoute{3, ip("203.0.113.77"), {}, 0},
       ip("203.0.113.77")},
      {"the first address on its interface", Family::ipv4, DefaultRoute{3, {}, {}, 0}, ip("203.0.113.3")},
      {"the address that shares a subnet with the gateway", Family::ipv4, DefaultRoute{2, {}, ip("198.51.100.1"), 0},
       ip("198.51.100.2")},
      {"no default route: the first usable global one", Family::ipv4, {}, ip("198.51.100.2")},
      {"a default route of an interface without addresses", Family::ipv4, DefaultRoute{9, {}, {}, 0},
       ip("198.51.100.2")},
      {"the other family", Family::ipv6, {}, ip("2001:db8::3")},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(choose_primary(row.family, all, row.route) == row.expected);
  }
  CHECK(choose_primary(Family::ipv4, {&all[1], 1}, {}) == ip("192.0.2.9"));  // better a deprecated one than none
  CHECK_FALSE(choose_primary(Family::ipv4, {&all[0], 1}, {}).has_value());
  CHECK_FALSE(choose_primary(Family::ipv6, {}, {}).has_value());
}

TEST_CASE("the kernel's addresses and routes are read") {
  const OwnNetwork network;
  if (!network.entered()) return;
  CHECK_FALSE(primary_address(Family::ipv4).value().has_value());

  OwnNetwork::ip("link add d0 type veth peer name p0");
  OwnNetwork::ip("link add d1 type veth peer name p1");
  OwnNetwork::ip("link set d0 up");
  OwnNetwork::ip("link set p0 up");
  OwnNetwork::ip("link set d1 up");
  OwnNetwork::ip("link set p1 up");
  OwnNetwork::ip("address add 198.51.100.7/24 dev d0");
  OwnNetwork::ip("address add 203.0.113.7/25 dev d1");
  OwnNetwork::ip("address add 2001:db8::7/64 dev d1 nodad");
  CHECK(primary_address(Family::ipv4).value() == ip("198.51.100.7"));
  OwnNetwork::ip("route add default via 203.0.113.1 metric 20");
  OwnNetwork::ip("route add default via 198.51.100.1 metric 30");
  CHECK(primary_address(Family::ipv4).value() == ip("203.0.113.7"));
  CHECK(primary_address(Family::ipv6).value() == ip("2001:db8::7"));

  const auto all = host_addresses().value();
  const auto found =
      std::find_if(all.begin(), all.end(), [](const HostAddress& a) { return a.ip == ip("203.0.113.7"); });
  REQUIRE(found != all.end());
  CHECK(found->prefix_length == 25);
  CHECK(found->interface_name == "d1");
  CHECK(found->global);
  CHECK(std::any_of(all.begin(), all.end(), [](const HostAddress& a) { return a.ip == ip("127.0.0.1") && !a.global; }));

  CHECK(is_local(ip("127.5.5.5")).value());
  CHECK(is_local(ip("::1")).value());
  CHECK(is_local(ip("203.0.113.7")).value());
  CHECK_FALSE(is_local(ip("203.0.113.8")).value());
  CHECK_FALSE(is_local(ip("2001:db8:1::8")).value());  // no route at all
}

}  // namespace
}  // namespace naru::runtime
