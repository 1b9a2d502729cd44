#include "lb/address_pool.h"

#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using config::IpAddressPool;
using config::Labels;
using config::LabelSelector;

constexpr std::uint64_t kEndless = ~std::uint64_t{0};

TEST_CASE("how many addresses a pool can give") {
  struct Row {
    std::string_view says;
    std::vector<std::string> ranges;
    bool avoid;
    std::uint64_t ipv4;
    std::uint64_t ipv6;
  };
  const Row rows[] = {
      {"none", {}, false, 0, 0},
      {"one", {"10.0.0.0"}, false, 1, 0},
      {"a /24", {"10.0.0.0-10.0.0.255"}, false, 256, 0},
      {"a /24 without .0 and .255", {"10.0.0.0-10.0.0.255"}, true, 254, 0},
      {"a /23 without four", {"10.0.0.0-10.0.1.255"}, true, 508, 0},
      {"only a .0", {"10.0.0.0"}, true, 0, 0},
      {"only a .255", {"10.0.0.255"}, true, 0, 0},
      {"across a boundary", {"10.0.0.254-10.0.1.1"}, true, 2, 0},
      {"just inside", {"10.0.0.1-10.0.0.254"}, true, 254, 0},
      {"from the first address of all", {"0.0.0.0-0.0.0.2"}, true, 2, 0},
      {"all of IPv4", {"0.0.0.0-255.255.255.255"}, false, std::uint64_t{1} << 32, 0},
      {"two ranges", {"10.0.0.1-10.0.0.2", "10.0.9.1"}, false, 3, 0},
      {"both families", {"10.0.0.1", "fd00::1-fd00::3"}, false, 1, 3},
      {"IPv6 avoids nothing", {"fd00::-fd00::ff"}, true, 0, 256},
      {"across the halves", {"fd00::ffff:ffff:ffff:ffff-fd00:0:0:1::1"}, false, 0, 3},
      {"2^64 is endless", {"fd00::-fd00::ffff:ffff:ffff:ffff"}, false, 0, kEndless},
      {"2^64-1 is that number", {"fd00::1-fd00::ffff:ffff:ffff:ffff"}, false, 0, kEndless},
      {"a /48", {"fd00::-fd00:0:0:ffff:ffff:ffff:ffff:ffff"}, false, 0, kEndless},
      {"endless and some", {"fd00::-fd00::ffff:ffff:ffff:ffff", "fd01::1"}, false, 0, kEndless},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    IpAddressPool made = pool("a", row.ranges);
    made.avoid_buggy_ips = row.avoid;
    CHECK(pool_size(made, Family::ipv4) == row.ipv4);
    CHECK(pool_size(made, Family::ipv6) == row.ipv6);
  }
}

TEST_CASE("a pool has the ends of its ranges and nothing beyond") {
  const IpAddressPool made = pool("a", {"10.0.0.2-10.0.0.4", "fd00::1"});
  for (const char* in : {"10.0.0.2", "10.0.0.3", "10.0.0.4", "fd00::1"}) CHECK(pool_has(made, ip(in)));
  for (const char* out : {"10.0.0.1", "10.0.0.5", "fd00::", "fd00::2", "::ffff:10.0.0.3"}) {
    CAPTURE(out);
    CHECK_FALSE(pool_has(made, ip(out)));
  }
}

TEST_CASE("whom serviceAllocation lets a pool serve") {
  const LabelSelector web{{{"app", "web"}}, {}};
  const LabelSelector gold{{{"tier", "gold"}}, {}};
  const LabelSelector other{{{"tier", "silver"}}, {}};
  struct Row {
    std::string_view says;
    config::ServiceAllocation allocation;
    bool serves;
  };
  const Row rows[] = {
      {"an empty one: all", {}, true},
      {"its namespace", {1, {"shop"}, {}, {}}, true},
      {"one of its namespaces", {1, {"bank", "shop"}, {}, {}}, true},
      {"another namespace", {1, {"bank"}, {}, {}}, false},
      {"a namespace selected by label", {1, {}, {gold}, {}}, true},
      {"not selected", {1, {}, {other}, {}}, false},
      {"named or selected is enough", {1, {"bank"}, {gold}, {}}, true},
      {"the Service selected by label", {1, {}, {}, {web}}, true},
      {"the Service not selected", {1, {}, {}, {other}}, false},
      {"one of several selectors", {1, {}, {}, {other, web}}, true},
      {"namespace and Service must both match", {1, {"shop"}, {}, {other}}, false},
      {"Service matches, namespace not", {1, {"bank"}, {}, {web}}, false},
      {"an empty selector selects all", {1, {}, {LabelSelector{}}, {}}, true},
  };
  config::Service made = balancer("a");
  made.meta.labels = {{"app", "web"}};
  for (const Row& row : rows) {
    CAPTURE(row.says);
    IpAddressPool one = pool("a", {"10.0.0.1"});
    one.service_allocation = row.allocation;
    CHECK(serves(one, made, {{"tier", "gold"}}) == row.serves);
  }
  CHECK(serves(pool("open", {}), made, {}));
}

TEST_CASE("usage counts each address once, shared or not, and what is left") {
  IpAddressPool both = pool("a", {"10.0.0.0-10.0.0.9", "fd00::1-fd00::2"});
  both.avoid_buggy_ips = true;
  PoolLab lab({both});
  REQUIRE(lab.ips(balancer("a"), {Family::ipv4, Family::ipv6}) == Texts{"10.0.0.1", "fd00::1"});
  config::Service b = balancer("b", {{"allow-shared-ip", "k"}});
  config::Service c = b;
  c.meta.name = "c";
  c.ports = {service_port(81)};
  REQUIRE(lab.ips(b) == Texts{"10.0.0.2"});
  REQUIRE(lab.ips(c) == Texts{"10.0.0.2"});
  PoolUsage usage = lab.allocator.usage(both);
  CHECK(usage.assigned_ipv4 == 2);
  CHECK(usage.available_ipv4 == 7);
  CHECK(usage.assigned_ipv6 == 1);
  CHECK(usage.available_ipv6 == 1);
  for (const char* name : {"a", "b", "c"}) CHECK(lab.allocator.release({"shop", name}));
  usage = lab.allocator.usage(both);
  CHECK(usage.assigned_ipv4 == 0);
  CHECK(usage.available_ipv4 == 9);
  CHECK(usage.available_ipv6 == 2);
}

}  // namespace
}  // namespace naru::lb
