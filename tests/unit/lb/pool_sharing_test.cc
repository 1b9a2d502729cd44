#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using config::Service;
using config::TrafficPolicy;

/// Asks for 10.0.0.1.
Service sharer(const std::string& name, const std::string& key, std::vector<config::ServicePort> ports,
               TrafficPolicy policy = TrafficPolicy::cluster, const config::Labels& selector = {}) {
  Service made = balancer(name, {{"loadBalancerIPs", "10.0.0.1"}});
  if (!key.empty()) made.meta.annotations["metallb.io/allow-shared-ip"] = key;
  made.ports = std::move(ports);
  made.external_traffic_policy = policy;
  made.selector = selector;
  return made;
}

TEST_CASE("who may share an address") {
  constexpr auto kLocal = TrafficPolicy::local;
  constexpr auto kCluster = TrafficPolicy::cluster;
  const config::Labels web{{"app", "web"}};
  const config::Labels api{{"app", "api"}};
  const std::string used = "address 10.0.0.1 is also in use by Service shop/a";
  const std::string elsewhere = used + ", whose endpoints are others (externalTrafficPolicy Local)";
  struct Row {
    std::string_view says;
    Service first;
    Service second;
    std::string pending;
  };
  const Row rows[] = {
      {"the same key, other ports", sharer("a", "k", {service_port(80)}), sharer("b", "k", {service_port(81)}), ""},
      {"one port of two protocols", sharer("a", "k", {service_port(53)}),
       sharer("b", "k", {service_port(53, Protocol::udp)}), ""},
      {"other keys", sharer("a", "k", {service_port(80)}), sharer("b", "l", {service_port(81)}), used},
      {"no key", sharer("a", "", {service_port(80)}), sharer("b", "", {service_port(81)}), used},
      {"a key on one side", sharer("a", "k", {service_port(80)}), sharer("b", "", {service_port(81)}), used},
      {"a key on the other side", sharer("a", "", {service_port(80)}), sharer("b", "k", {service_port(81)}), used},
      {"a port in common", sharer("a", "k", {service_port(80), service_port(81)}),
       sharer("b", "k", {service_port(443), service_port(81)}), used + ", on the same port 81/TCP"},
      {"Local with the same pods", sharer("a", "k", {service_port(80)}, kLocal, web),
       sharer("b", "k", {service_port(81)}, kLocal, web), ""},
      {"Local with other pods", sharer("a", "k", {service_port(80)}, kLocal, web),
       sharer("b", "k", {service_port(81)}, kLocal, api), elsewhere},
      {"Local beside Cluster", sharer("a", "k", {service_port(80)}, kLocal, web),
       sharer("b", "k", {service_port(81)}, kCluster, web), elsewhere},
      {"Cluster with other pods", sharer("a", "k", {service_port(80)}, kCluster, web),
       sharer("b", "k", {service_port(81)}, kCluster, api), ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
    REQUIRE(lab.ips(row.first) == Texts{"10.0.0.1"});
    const auto outcome = lab.give(row.second);
    CHECK(outcome.pending == row.pending);
    CHECK(outcome.ips.empty() == !row.pending.empty());
  }
}

TEST_CASE("Services with one key and no wish share the first address that the rule allows") {
  PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
  CHECK(lab.ips(balancer("plain")) == Texts{"10.0.0.1"});
  const auto keyed = [](const std::string& name, std::uint16_t port) {
    Service made = balancer(name, {{"allow-shared-ip", "k"}});
    made.ports = {service_port(port)};
    return made;
  };
  CHECK(lab.ips(keyed("a", 80)) == Texts{"10.0.0.2"});
  CHECK(lab.ips(keyed("b", 81)) == Texts{"10.0.0.2"});
  CHECK(lab.ips(keyed("c", 80)) == Texts{"10.0.0.3"});
  CHECK(lab.ips(keyed("d", 82)) == Texts{"10.0.0.2"});
}

TEST_CASE("a sole owner may change its key and its ports in place") {
  PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
  for (const char* key : {"", "k", "l", ""}) CHECK(lab.ips(sharer("a", key, {service_port(80)})) == Texts{"10.0.0.1"});
  CHECK(lab.ips(sharer("a", "k", {service_port(81)})) == Texts{"10.0.0.1"});
  CHECK(lab.ips(sharer("b", "k", {service_port(80)})) == Texts{"10.0.0.1"});
}

TEST_CASE("one of two sharers that changes its key or meets the other's port loses the address, the other keeps it") {
  PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
  const Service stays = sharer("a", "k", {service_port(80)});
  for (const Service& changed : {sharer("b", "l", {service_port(81)}), sharer("b", "k", {service_port(80)})}) {
    REQUIRE(lab.ips(stays) == Texts{"10.0.0.1"});
    REQUIRE(lab.ips(sharer("b", "k", {service_port(81)})) == Texts{"10.0.0.1"});
    CHECK(lab.ips(changed).empty());
    CHECK(lab.ips(stays) == Texts{"10.0.0.1"});
  }
}

TEST_CASE("a shared address is free only when its last owner is gone") {
  PoolLab lab({pool("p", {"10.0.0.1"})});
  REQUIRE(lab.ips(sharer("a", "k", {service_port(80)})) == Texts{"10.0.0.1"});
  REQUIRE(lab.ips(sharer("b", "k", {service_port(81)})) == Texts{"10.0.0.1"});
  CHECK(lab.allocator.release({"shop", "a"}));
  CHECK_FALSE(lab.allocator.release({"shop", "a"}));
  CHECK(lab.ips(balancer("new")).empty());
  CHECK(lab.allocator.release({"shop", "b"}));
  CHECK(lab.ips(balancer("new")) == Texts{"10.0.0.1"});
}

Held held(const char* address) {
  return {{}, {}, {}, {ip(address)}, "p"};
}

// Keys and ports are not recorded: without care the first of them to be allocated would be refused by the second.
TEST_CASE("sharers that are restored go on sharing, in whatever order they are allocated") {
  for (const bool reversed : {false, true}) {
    PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
    for (const char* name : {"a", "b", "c"}) lab.allocator.restore({"shop", name}, held("10.0.0.1"));
    std::vector<Service> services = {sharer("a", "k", {service_port(80)}), sharer("b", "k", {service_port(81)}),
                                     sharer("c", "k", {service_port(82)})};
    if (reversed) std::ranges::reverse(services);
    for (Service& one : services) {
      one.meta.annotations.erase("metallb.io/loadBalancerIPs");
      CHECK(lab.ips(one) == Texts{"10.0.0.1"});
    }
  }
}

TEST_CASE("restored sharers that may no longer share: the first keeps the address, the other gets another") {
  PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
  for (const char* name : {"a", "b"}) lab.allocator.restore({"shop", name}, held("10.0.0.1"));
  CHECK(lab.ips(balancer("a", {{"allow-shared-ip", "k"}})) == Texts{"10.0.0.1"});
  CHECK(lab.ips(balancer("b", {{"allow-shared-ip", "l"}})) == Texts{"10.0.0.2"});
  CHECK(lab.ips(balancer("a", {{"allow-shared-ip", "k"}})) == Texts{"10.0.0.1"});
}

TEST_CASE("nobody new shares with one who is restored until its own keys are known") {
  PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9"})});
  lab.allocator.restore({"shop", "a"}, held("10.0.0.1"));
  const Service newcomer = sharer("b", "k", {service_port(81)});
  CHECK(lab.ips(newcomer).empty());
  CHECK(lab.ips(sharer("a", "k", {service_port(80)})) == Texts{"10.0.0.1"});
  CHECK(lab.ips(newcomer) == Texts{"10.0.0.1"});
}

// Else a record read again, because another process wrote to it, would keep newcomers from sharing.
TEST_CASE("restoring what a Service has already leaves its keys known; restoring another address replaces it") {
  PoolLab lab({pool("p", {"10.0.0.1-10.0.0.9", "fd00::1"})});
  const Service sharing = sharer("a", "k", {service_port(80)});
  REQUIRE(lab.ips(sharing) == Texts{"10.0.0.1"});
  lab.allocator.restore({"shop", "a"}, held("10.0.0.1"));
  CHECK(lab.ips(sharer("b", "k", {service_port(81)})) == Texts{"10.0.0.1"});
  lab.allocator.restore({"shop", "b"}, held("10.0.0.5"));
  CHECK(lab.ips(balancer("b")) == Texts{"10.0.0.5"});
  lab.allocator.restore({"shop", "b"}, {});
  CHECK_FALSE(lab.allocator.release({"shop", "b"}));
}

}  // namespace
}  // namespace naru::lb
