#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using config::IpAddressPool;

IpAddressPool pinned(const std::string& name, const std::string& ranges, int priority) {
  IpAddressPool made = pool(name, {ranges});
  made.service_allocation = config::ServiceAllocation{priority, {"shop"}, {}, {}};
  return made;
}

IpAddressPool manual(const std::string& name, const std::string& ranges) {
  IpAddressPool made = pool(name, {ranges});
  made.auto_assign = false;
  return made;
}

std::string pool_given(PoolLab& lab, const config::Service& made) {
  return lab.give(made).pool;
}

TEST_CASE("addresses come in the order of the pool's ranges") {
  PoolLab lab({pool("a", {"10.0.9.1-10.0.9.2", "10.0.0.1"})});
  CHECK(lab.ips(balancer("a")) == Texts{"10.0.9.1"});
  CHECK(lab.ips(balancer("b")) == Texts{"10.0.9.2"});
  CHECK(lab.ips(balancer("c")) == Texts{"10.0.0.1"});
  const auto full = lab.give(balancer("d"));
  CHECK(full.ips.empty());
  CHECK(full.pool.empty());
  CHECK(full.pending == "no available IPs in pool \"a\"");
}

TEST_CASE("addresses that confuse old clients are left out where the pool says so, even if asked for") {
  IpAddressPool made = pool("a", {"10.0.0.254-10.0.1.1"});
  PoolLab open({made});
  CHECK(open.ips(balancer("a", {{"loadBalancerIPs", "10.0.0.255"}})) == Texts{"10.0.0.255"});
  made.avoid_buggy_ips = true;
  PoolLab lab({made});
  CHECK(lab.ips(balancer("a")) == Texts{"10.0.0.254"});
  CHECK(lab.ips(balancer("b")) == Texts{"10.0.1.1"});
  CHECK(lab.give(balancer("c", {{"loadBalancerIPs", "10.0.1.0"}})).pending ==
        "\"10.0.1.0\" is not allowed in config: no IPAddressPool has it");
}

TEST_CASE("ranges may end at the last address of all") {
  PoolLab lab({pool("a", {"255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})});
  CHECK(lab.ips(balancer("a"), {Family::ipv4, Family::ipv6}).size() == 2);
  CHECK(lab.ips(balancer("b"), {Family::ipv4, Family::ipv6}).empty());
}

TEST_CASE(
    "pinned pools come first by ascending priority, 0 last, then automatic ones; each when the one before is full") {
  PoolLab lab({pool("auto", {"10.0.1.1"}), pinned("zero", "10.0.2.1", 0), pinned("twenty", "10.0.3.1", 20),
               pinned("three", "10.0.4.1", 3), manual("manual", "10.0.5.1")});
  Texts order;
  for (const char* name : {"a", "b", "c", "d", "e"}) order.push_back(pool_given(lab, balancer(name)));
  CHECK(order == Texts{"three", "twenty", "zero", "auto", ""});
  CHECK(lab.give(balancer("f")).pending == R"(no available IPs in pools "three", "twenty", "zero", "auto")");
}

TEST_CASE("a pinned pool serves nobody else, not even when asked") {
  PoolLab lab({pinned("shop", "10.0.0.1-10.0.0.9", 1)});
  config::Service stranger = balancer("a");
  stranger.meta.name_space = "bank";
  CHECK(lab.give(stranger).pending ==
        "no IPAddressPool assigns to this Service by itself (autoAssign, serviceAllocation)");
  stranger.meta.annotations["metallb.io/address-pool"] = "shop";
  CHECK(lab.give(stranger).pending == "pool \"shop\" is kept for other Services (serviceAllocation)");
  stranger.meta.annotations = {{"metallb.io/loadBalancerIPs", "10.0.0.2"}};
  CHECK(lab.give(stranger).pending ==
        "pool \"shop\", which has \"10.0.0.2\", is kept for other Services (serviceAllocation)");
  CHECK(lab.ips(balancer("a")) == Texts{"10.0.0.1"});
}

TEST_CASE("a namespace's name is one of its labels, described or not") {
  IpAddressPool made = pool("a", {"10.0.0.1-10.0.0.9"});
  const config::LabelSelector named{{{"kubernetes.io/metadata.name", "shop"}}, {}};
  const config::LabelSelector gold{{{"tier", "gold"}}, {}};
  for (const auto& selector : {named, gold}) {
    made.service_allocation = config::ServiceAllocation{1, {}, {selector}, {}};
    PoolLab lab;
    lab.configure({made}, {{"shop", {{"tier", "gold"}}}});
    CHECK(lab.ips(balancer("a")) == Texts{"10.0.0.1"});
    lab.configure({made});
    CHECK(lab.ips(balancer("b")).empty() == (selector.match_labels.contains("tier")));
  }
}

TEST_CASE("a requested pool is the only one, automatic or not") {
  PoolLab lab({pool("auto", {"10.0.1.1"}), manual("manual", "10.0.5.1")});
  CHECK(lab.ips(balancer("a", {{"address-pool", "manual"}})) == Texts{"10.0.5.1"});
  CHECK(lab.give(balancer("b", {{"address-pool", "manual"}})).pending ==
        "no available IPs in pool \"manual\" for IPv4");
  CHECK(lab.give(balancer("b", {{"address-pool", "none"}})).pending == "unknown pool \"none\"");
  PoolLab empty;
  CHECK(empty.give(balancer("a")).pending == "no IPAddressPool is configured");
}

TEST_CASE("requested addresses come before anything else, and the reason says why not") {
  PoolLab lab(
      {pool("a", {"10.0.1.1-10.0.1.9"}), pool("b", {"10.0.2.1-10.0.2.9", "fd00::1-fd00::9"}), manual("m", "10.0.5.1")});
  CHECK(lab.ips(balancer("x", {{"loadBalancerIPs", "10.0.5.1"}})) == Texts{"10.0.5.1"});
  struct Row {
    std::string_view says;
    config::Labels asked;
    bool dual;
    std::string pending;
  };
  const Row rows[] = {
      {"in no pool",
       {{"loadBalancerIPs", "10.0.3.1"}},
       false,
       "\"10.0.3.1\" is not allowed in config: no IPAddressPool has it"},
      {"taken", {{"loadBalancerIPs", "10.0.5.1"}}, false, "address 10.0.5.1 is also in use by Service shop/x"},
      {"of another pool than the one requested",
       {{"loadBalancerIPs", "10.0.1.2"}, {"address-pool", "b"}},
       false,
       "\"10.0.1.2\" is not in the requested pool \"b\""},
      {"of two pools",
       {{"loadBalancerIPs", "10.0.1.2,fd00::2"}},
       true,
       "the requested addresses are of different pools"},
      {"of a family that the Service has not",
       {{"loadBalancerIPs", "fd00::2"}},
       false,
       "\"fd00::2\" is not of the Service's IP families"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    const auto families = row.dual ? std::vector{Family::ipv4, Family::ipv6} : std::vector{Family::ipv4};
    const auto outcome = lab.give(balancer("y", row.asked), families);
    CHECK(outcome.pending == row.pending);
    CHECK(outcome.ips.empty());
  }
}

TEST_CASE("what a Service has it keeps, before better pools, until it asks for another") {
  PoolLab lab({pool("auto", {"10.0.1.1-10.0.1.9"})});
  REQUIRE(lab.ips(balancer("a")) == Texts{"10.0.1.1"});
  lab.configure({pool("auto", {"10.0.1.1-10.0.1.9"}), pinned("mine", "10.0.2.1", 1), manual("m", "10.0.5.1")});
  CHECK(lab.ips(balancer("a")) == Texts{"10.0.1.1"});
  CHECK(lab.ips(balancer("a", {{"address-pool", "m"}})) == Texts{"10.0.5.1"});
  CHECK(lab.ips(balancer("a")) == Texts{"10.0.5.1"});
  CHECK(lab.ips(balancer("b", {{"loadBalancerIPs", "10.0.1.1"}})) == Texts{"10.0.1.1"});
}

}  // namespace
}  // namespace naru::lb
