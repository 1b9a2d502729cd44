// Load balancer addresses as the planner gives them: what pools, Services and mistakes do to each other.
#include <catch2/catch.hpp>

#include "daemon/planner.h"
#include "objects.h"

namespace naru::daemon {
namespace {

using Ips = std::vector<IpAddress>;

PlannerConfig test_config() {
  PlannerConfig config;
  config.node = "w1-k8s";
  config.allocator.service_cidrs = {Cidr::parse("127.96.0.0/16").value()};
  config.host.primary = {ip("127.0.41.1")};
  config.zone.service_cidrs = config.allocator.service_cidrs;
  return config;
}

/// 127.112.0.<first> to 127.112.0.<last>.
config::IpAddressPool pool(const std::string& name, int first, int last, int line = 1) {
  config::IpAddressPool made;
  made.meta = meta(name, line);
  const auto address = [](int octet) { return "127.112.0." + std::to_string(octet); };
  made.addresses = {{ip(address(first)), ip(address(last)), address(first) + "-" + address(last), line + 4}};
  return made;
}

config::Service balancer(const std::string& name, config::Labels annotations = {}, std::uint16_t port = 80) {
  config::Service made = service(name);
  made.type = config::ServiceType::load_balancer;
  made.ports[0].port = Port(port);
  for (const auto& [key, value] : annotations) made.meta.annotations["metallb.io/" + key] = value;
  return made;
}

struct Fixture {
  Planner planner{test_config(), AllocationStore::in_memory("w1-k8s")};

  [[nodiscard]] Ips ips(const std::string& name) const {
    return planner.in_force().at({"shop", name}).allocation.load_balancer_ips;
  }
  [[nodiscard]] std::vector<std::string> issues() const {
    std::vector<std::string> lines;
    for (const auto& issue : planner.issues()) lines.push_back(issue.to_string());
    return lines;
  }
};

TEST_CASE_METHOD(Fixture,
                 "an edit that makes pools overlap is an error that names both, and takes no address from anybody") {
  planner.apply(upsert(pool("a", 1, 1), pool("b", 2, 2, 20), balancer("one"), balancer("two")));
  REQUIRE(ips("one") == Ips{ip("127.112.0.1")});
  REQUIRE(ips("two") == Ips{ip("127.112.0.2")});
  planner.apply(upsert(pool("a", 2, 9)));
  CHECK(issues() ==
        std::vector<std::string>{"web.yaml:5: IPAddressPool shop/a: spec.addresses[0]: "
                                 "\"127.112.0.2-127.112.0.9\": overlaps with \"127.112.0.2-127.112.0.2\" of "
                                 "IPAddressPool shop/b"});
  CHECK(ips("one") == Ips{ip("127.112.0.1")});
  CHECK(ips("two") == Ips{ip("127.112.0.2")});
  planner.apply(removal(config::Kind::ip_address_pool, "b"));
  CHECK(issues().empty());
  CHECK(ips("one") != ips("two"));
  CHECK_FALSE(ips("two").empty());
}

TEST_CASE_METHOD(Fixture, "of two new pools that overlap the first is in force") {
  planner.apply(upsert(pool("b", 1, 5), pool("a", 5, 9, 20)));
  CHECK(issues().size() == 1);
  REQUIRE(planner.pools().size() == 1);
  CHECK(planner.pools()[0]->meta.name == "b");
}

TEST_CASE_METHOD(Fixture, "what one gives up goes to those that wait, and what they give up to the next") {
  planner.apply(upsert(pool("a", 1, 1), pool("b", 9, 9, 20)));
  planner.apply(upsert(balancer("one", {{"loadBalancerIPs", "127.112.0.1"}})));
  planner.apply(upsert(balancer("two", {{"loadBalancerIPs", "127.112.0.9"}})));
  planner.apply(upsert(balancer("three")));
  REQUIRE(ips("three").empty());
  SECTION("a deleted Service") {
    planner.apply(removal(config::Kind::service, "two"));
    CHECK(ips("three") == Ips{ip("127.112.0.9")});
  }
  SECTION("one that becomes another controller's") {
    config::Service two = balancer("two");
    two.load_balancer_class = "example.com/other";
    planner.apply(upsert(two));
    CHECK(ips("two").empty());
    CHECK(ips("three") == Ips{ip("127.112.0.9")});
  }
  SECTION("a pool that shrinks, and one that grows") {
    planner.apply(upsert(pool("b", 10, 11, 20)));
    CHECK(ips("two").empty());
    CHECK(ips("three") == Ips{ip("127.112.0.10")});
  }
  CHECK(planner.pending().contains({"shop", "three"}) == false);
}

TEST_CASE_METHOD(Fixture, "an owner that changes its sharing key lets in those who wait to share with it") {
  planner.apply(upsert(pool("a", 1, 1), balancer("one")));
  planner.apply(upsert(balancer("two", {{"allow-shared-ip", "k"}}, 81)));
  REQUIRE(ips("two").empty());
  planner.apply(upsert(balancer("one", {{"allow-shared-ip", "k"}})));
  CHECK(ips("one") == Ips{ip("127.112.0.1")});
  CHECK(ips("two") == Ips{ip("127.112.0.1")});
}

TEST_CASE_METHOD(Fixture, "a Service that changes its type gives its address up and shows no status") {
  planner.apply(upsert(pool("a", 1, 1), balancer("one")));
  planner.apply(upsert(service("one")));
  CHECK(ips("one").empty());
  CHECK(planner.in_force().at({"shop", "one"}).allocation.pool.empty());
}

TEST_CASE_METHOD(Fixture, "what a Service has in its status it keeps, where the pools allow it and nobody has it") {
  const auto with_status = [](config::Service made, const std::string& address) {
    made.ingress = {{ip(address), "", false}};
    return made;
  };
  planner.apply(upsert(pool("a", 1, 9), with_status(balancer("one"), "127.112.0.5")));
  CHECK(ips("one") == Ips{ip("127.112.0.5")});
  planner.apply(upsert(with_status(balancer("two"), "127.112.0.5")));
  CHECK(ips("two") == Ips{ip("127.112.0.1")});
  planner.apply(upsert(with_status(balancer("three"), "10.0.0.1")));
  CHECK(ips("three") == Ips{ip("127.112.0.2")});
}

TEST_CASE_METHOD(Fixture, "Services that shared an address by their status go on sharing it") {
  const auto shared = [](const std::string& name, std::uint16_t port) {
    config::Service made = balancer(name, {{"allow-shared-ip", "k"}}, port);
    made.ingress = {{ip("127.112.0.5"), "", false}};
    return made;
  };
  planner.apply(upsert(pool("a", 1, 9), shared("one", 80), shared("two", 81)));
  CHECK(ips("one") == Ips{ip("127.112.0.5")});
  CHECK(ips("two") == Ips{ip("127.112.0.5")});
}

TEST_CASE_METHOD(Fixture, "who waits, for what, and no longer, is told once") {
  planner.apply(upsert(balancer("one")));
  CHECK(planner.take_pending_changes() == ServiceSet{{"shop", "one"}});
  CHECK(planner.pending().at({"shop", "one"}) == "no IPAddressPool is configured");
  planner.apply(upsert(balancer("one")));
  CHECK(planner.take_pending_changes().empty());
  planner.apply(upsert(pool("a", 1, 1)));
  CHECK(planner.take_pending_changes() == ServiceSet{{"shop", "one"}});
  CHECK(planner.pending().empty());
  planner.apply(upsert(balancer("two")));
  planner.apply(removal(config::Kind::service, "two"));
  CHECK(planner.pending().empty());
}

}  // namespace
}  // namespace naru::daemon
