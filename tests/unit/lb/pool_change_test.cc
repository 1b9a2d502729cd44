// Pools, families and Services that change while addresses are in use.
#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using config::Service;

const std::vector<Family> kDual = {Family::ipv4, Family::ipv6};
const std::vector<Family> kDualSix = {Family::ipv6, Family::ipv4};

TEST_CASE("dual stack: both addresses are of one pool, the first that has both") {
  PoolLab lab({pool("a", {"10.0.1.1"}), pool("b", {"10.0.2.1", "fd00:2::1"}), pool("c", {"fd00:3::1"})});
  for (const bool all : {true, false}) {
    const auto outcome = lab.give(balancer("x"), kDual, all);
    CHECK(texts(outcome.ips) == Texts{"10.0.2.1", "fd00:2::1"});
    CHECK(outcome.pool == "b");
    CHECK(outcome.pending.empty());
  }
}

TEST_CASE("dual stack required: nothing less than both") {
  PoolLab lab({pool("a", {"10.0.1.1"}), pool("c", {"fd00:3::1"})});
  const auto outcome = lab.give(balancer("x"), kDual, true);
  CHECK(outcome.ips.empty());
  CHECK(outcome.pending == R"(no available IPs in pools "a", "c" for all of the Service's families)");
  CHECK(lab.give(balancer("x", {{"address-pool", "a"}}), kDual, true).pending ==
        "no available IPs in pool \"a\" for IPv6");
  CHECK(lab.give(balancer("x", {{"loadBalancerIPs", "10.0.1.1"}}), kDual, true).pending ==
        "an address of each IP family must be requested: the Service requires dual stack");
  CHECK(lab.ips(balancer("y")) == Texts{"10.0.1.1"});
}

TEST_CASE("dual stack preferred: the primary family where no pool has both, else the other") {
  PoolLab lab({pool("a", {"10.0.1.1"}), pool("c", {"fd00:3::1"})});
  const auto six = lab.give(balancer("x"), kDualSix);
  CHECK(texts(six.ips) == Texts{"fd00:3::1"});
  CHECK(six.pending == "no available IPs in pool \"c\" for IPv4");
  CHECK(lab.ips(balancer("y"), kDualSix) == Texts{"10.0.1.1"});
  CHECK(lab.ips(balancer("z"), kDualSix).empty());
}

TEST_CASE("dual stack preferred: the second family is added when the same pool has it, and from no other") {
  PoolLab lab({pool("a", {"10.0.1.1-10.0.1.9"})});
  REQUIRE(lab.ips(balancer("x"), kDual) == Texts{"10.0.1.1"});
  lab.configure({pool("a", {"10.0.1.1-10.0.1.9"}), pool("b", {"fd00:2::1"})});
  const auto waiting = lab.give(balancer("x"), kDual);
  CHECK(texts(waiting.ips) == Texts{"10.0.1.1"});
  CHECK(waiting.pending == "no available IPs in pool \"a\" for IPv6");
  lab.configure({pool("a", {"10.0.1.1-10.0.1.9", "fd00:1::1"}), pool("b", {"fd00:2::1"})});
  const auto whole = lab.give(balancer("x"), kDual);
  CHECK(texts(whole.ips) == Texts{"10.0.1.1", "fd00:1::1"});
  CHECK(whole.pending.empty());
}

TEST_CASE("a Service that leaves dual stack keeps the address of the family that stays") {
  PoolLab lab({pool("a", {"10.0.1.1", "fd00:1::1"})});
  REQUIRE(lab.ips(balancer("x"), kDual).size() == 2);
  CHECK(lab.ips(balancer("x"), {Family::ipv6}) == Texts{"fd00:1::1"});
  CHECK(lab.ips(balancer("y")) == Texts{"10.0.1.1"});
}

TEST_CASE("a Service that comes to require dual stack moves to a pool that has both, or waits") {
  PoolLab lab({pool("a", {"10.0.1.1"}), pool("b", {"10.0.2.1", "fd00:2::1"})});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  CHECK(lab.ips(balancer("x"), kDual, true) == Texts{"10.0.2.1", "fd00:2::1"});
  CHECK(lab.ips(balancer("y")) == Texts{"10.0.1.1"});
  CHECK(lab.ips(balancer("y"), kDual, true).empty());
  CHECK(lab.ips(balancer("z")) == Texts{"10.0.1.1"});
}

TEST_CASE("a pool that shrinks revokes what is outside and gives another; one that grows moves nobody") {
  PoolLab lab({pool("a", {"10.0.1.1-10.0.1.9"})});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  REQUIRE(lab.ips(balancer("y")) == Texts{"10.0.1.2"});
  lab.configure({pool("a", {"10.0.1.2-10.0.1.9"})});
  CHECK(lab.ips(balancer("x")) == Texts{"10.0.1.3"});
  CHECK(lab.ips(balancer("y")) == Texts{"10.0.1.2"});
  lab.configure({pool("a", {"10.0.1.1-10.0.1.9"})});
  CHECK(lab.ips(balancer("x")) == Texts{"10.0.1.3"});
}

TEST_CASE("the last pool removed revokes all") {
  PoolLab lab({pool("a", {"10.0.1.1"})});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  lab.configure({});
  const auto gone = lab.give(balancer("x"));
  CHECK(gone.ips.empty());
  CHECK(gone.pending == "no IPAddressPool is configured");
  CHECK_FALSE(lab.allocator.release({"shop", "x"}));
}

TEST_CASE("a pool that is renamed keeps its Services' addresses") {
  PoolLab lab({pool("a", {"10.0.1.1-10.0.1.9"})});
  REQUIRE(lab.ips(balancer("w")) == Texts{"10.0.1.1"});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.2"});
  lab.configure({pool("b", {"10.0.1.1-10.0.1.9"})});
  const auto outcome = lab.give(balancer("x"));
  CHECK(texts(outcome.ips) == Texts{"10.0.1.2"});
  CHECK(outcome.pool == "b");
}

TEST_CASE("a pool that is pinned to others revokes what it gave") {
  auto one = pool("a", {"10.0.1.1-10.0.1.9"});
  PoolLab lab({one});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  one.service_allocation = config::ServiceAllocation{1, {"bank"}, {}, {}};
  lab.configure({one, pool("b", {"10.0.2.1"})});
  CHECK(lab.ips(balancer("x")) == Texts{"10.0.2.1"});
}

TEST_CASE("a pool that stops assigning by itself keeps those it serves") {
  auto one = pool("a", {"10.0.1.1-10.0.1.9"});
  PoolLab lab({one});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  one.auto_assign = false;
  lab.configure({one});
  CHECK(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  CHECK(lab.ips(balancer("y")).empty());
}

TEST_CASE("of pools that overlap, a Service stays with its own") {
  PoolLab lab({pool("a", {"10.0.1.1-10.0.1.9"}), pool("b", {"10.0.1.5-10.0.1.9"})});
  const auto asked = lab.give(balancer("x", {{"loadBalancerIPs", "10.0.1.5"}, {"address-pool", "b"}}));
  CHECK(texts(asked.ips) == Texts{"10.0.1.5"});
  CHECK(asked.pool == "b");
  CHECK(lab.give(balancer("x")).pool == "b");
}

TEST_CASE("a Service that waits gets the address of one that is deleted") {
  PoolLab lab({pool("a", {"10.0.1.1"})});
  REQUIRE(lab.ips(balancer("x")) == Texts{"10.0.1.1"});
  CHECK(lab.ips(balancer("y")).empty());
  CHECK(lab.ips(balancer("x")) == Texts{"10.0.1.1"});  // asking again does not lose it
  CHECK(lab.allocator.release({"shop", "x"}));
  CHECK(lab.ips(balancer("y")) == Texts{"10.0.1.1"});
}

TEST_CASE("what is restored is kept if a pool still has it, else replaced") {
  PoolLab lab({pool("a", {"10.0.1.1-10.0.1.9"})});
  lab.allocator.restore({"shop", "x"}, {{}, {}, {}, {ip("10.0.1.7")}, "a"});
  lab.allocator.restore({"shop", "y"}, {{}, {}, {}, {ip("10.9.9.9")}, "gone"});
  lab.allocator.restore({"shop", "z"}, {});
  CHECK(lab.ips(balancer("x")) == Texts{"10.0.1.7"});
  CHECK(lab.ips(balancer("y")) == Texts{"10.0.1.1"});
  CHECK_FALSE(lab.allocator.release({"shop", "z"}));
}

}  // namespace
}  // namespace naru::lb
