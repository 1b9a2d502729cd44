#include "daemon/announce_inputs.h"

#include <catch2/catch.hpp>

#include "objects.h"

namespace naru::daemon {
namespace {

const config::ServiceName kWeb{"shop", "web"};

PlannerConfig test_config() {
  PlannerConfig config;
  config.node = "w1";
  config.allocator.service_cidrs = {Cidr::parse("127.96.0.0/16").value()};
  config.zone.service_cidrs = config.allocator.service_cidrs;
  return config;
}

config::Service balanced(const std::string& name, const std::string& sharing_key = {}) {
  config::Service made = service(name);
  made.type = config::ServiceType::load_balancer;
  if (!sharing_key.empty()) {
    made.meta.annotations = {{"metallb.io/allow-shared-ip", sharing_key}, {"metallb.io/loadBalancerIPs", "192.0.2.1"}};
  }
  return made;
}

config::IpAddressPool pool(const std::string& first, const std::string& last) {
  config::IpAddressPool made;
  made.meta = meta("pool");
  made.meta.labels = {{"zone", "east"}};
  made.addresses = {{ip(first), ip(last), first, 1}};
  return made;
}

config::L2Advertisement advertisement() {
  config::L2Advertisement made;
  made.meta = meta("all");
  return made;
}

config::EndpointSlice on_node(const std::string& node) {
  config::EndpointSlice made = slice("web", {"127.1.0.1"});
  made.endpoints[0].node_name = node;
  return made;
}

struct Fixture {
  Planner planner{test_config(), AllocationStore::in_memory("w1")};
  AnnounceInputs inputs{"w1"};
  std::uint64_t generation{};

  template <class... Objects>
  bool apply(Objects... objects) {
    return take(upsert(std::move(objects)...));
  }
  bool take(const config::SourceUpdate& update) {
    if (planner.apply(update)) ++generation;
    return inputs.follow(planner, generation);
  }
  const lb::announce::ServiceInput* web() {
    held = inputs.make();
    const auto found = held->services.find(kWeb);
    return found == held->services.end() ? nullptr : found->second.get();
  }
  std::shared_ptr<const lb::announce::Input> held;
};

TEST_CASE_METHOD(Fixture, "without an advertisement there is nothing to announce, nor anybody to tell") {
  CHECK_FALSE(apply(pool("192.0.2.1", "192.0.2.9"), balanced("web"), on_node("w1")));
  CHECK_FALSE(inputs.wanted());
  CHECK(inputs.addresses().empty());
}

TEST_CASE_METHOD(Fixture, "an address is served once its generation is in force, and stays so") {
  CHECK(apply(pool("192.0.2.1", "192.0.2.9"), advertisement(), balanced("web"), on_node("w1")));
  REQUIRE(web() != nullptr);
  CHECK(web()->pool == "pool");
  CHECK(web()->addresses.at(0).ip == ip("192.0.2.1"));
  CHECK_FALSE(web()->addresses[0].served);
  CHECK(web()->addresses[0].endpoints == lb::announce::EndpointNodes{true, {"w1"}});
  CHECK(inputs.make()->pools.at("pool").at("zone") == "east");
  CHECK(inputs.in_force(generation));
  CHECK(web()->addresses[0].served);
  CHECK_FALSE(inputs.in_force(generation));
  CHECK(apply(on_node("w2")));
  CHECK(web()->addresses[0].served);
  CHECK(web()->addresses[0].endpoints.nodes == std::set<std::string>{"w2"});
}

TEST_CASE_METHOD(Fixture, "an older generation's being in force says nothing of a newer one's addresses") {
  apply(pool("192.0.2.1", "192.0.2.9"), advertisement(), service("other"));
  const std::uint64_t first = generation;
  apply(balanced("web"), on_node("w1"));
  inputs.in_force(first);
  CHECK_FALSE(web()->addresses[0].served);
  CHECK(inputs.in_force(generation));
  CHECK(web()->addresses[0].served);
}

TEST_CASE_METHOD(Fixture,
                 "what is in force already is announced by the first advertisement, and withdrawn with the last") {
  apply(pool("192.0.2.1", "192.0.2.9"), balanced("web"), on_node("w1"));
  inputs.in_force(generation);
  CHECK(apply(advertisement()));
  REQUIRE(web() != nullptr);
  CHECK(web()->addresses[0].served);
  CHECK(inputs.addresses() == std::set<IpAddress>{ip("192.0.2.1")});
  CHECK(take(removal(config::Kind::l2_advertisement, "all")));
  CHECK_FALSE(inputs.wanted());
  CHECK(web() == nullptr);
}

TEST_CASE_METHOD(Fixture, "an address on which nothing could be opened is not served, until something is") {
  apply(pool("192.0.2.1", "192.0.2.9"), advertisement(), balanced("web"), on_node("w1"));
  inputs.in_force(generation);
  CHECK(inputs.set_unopened({ip("192.0.2.1")}));
  CHECK_FALSE(web()->addresses[0].served);
  apply(on_node("w2"));
  CHECK_FALSE(web()->addresses[0].served);
  CHECK_FALSE(inputs.set_unopened({ip("192.0.2.1")}));
  CHECK(inputs.set_unopened({}));
  CHECK(web()->addresses[0].served);
}

TEST_CASE_METHOD(Fixture, "an address that goes is gone before the generation without it is in force") {
  apply(pool("192.0.2.1", "192.0.2.9"), advertisement(), balanced("web"), on_node("w1"));
  inputs.in_force(generation);
  CHECK(take(removal(config::Kind::service, "web")));
  CHECK(web() == nullptr);
}

TEST_CASE_METHOD(Fixture, "endpoints that go are told, and other Services' changes are not") {
  apply(pool("192.0.2.1", "192.0.2.9"), advertisement(), balanced("web"), on_node("w1"), service("other"));
  inputs.in_force(generation);
  CHECK_FALSE(apply(slice("other", {"127.1.0.7"})));
  CHECK(take(removal(config::Kind::endpoint_slice, "web-1")));
  CHECK_FALSE(web()->addresses[0].endpoints.anywhere);
}

TEST_CASE_METHOD(Fixture, "an address that two Services share stays this host's when one of them goes") {
  config::Service second = balanced("web2", "key");
  second.ports[0].port = Port(81);
  apply(pool("192.0.2.1", "192.0.2.9"), advertisement(), balanced("web", "key"), second);
  CHECK(planner.outside_addresses().contains(ip("192.0.2.1")));
  take(removal(config::Kind::service, "web"));
  CHECK(planner.outside_addresses().contains(ip("192.0.2.1")));
  take(removal(config::Kind::service, "web2"));
  CHECK_FALSE(planner.outside_addresses().contains(ip("192.0.2.1")));
}

TEST_CASE("a node that an autoscaler is about to delete is leaving; others are not") {
  config::Node node;
  node.meta = meta("w1");
  CHECK_FALSE(announce_node(node).leaving);
  node.taints = {"ToBeDeletedByClusterAutoscaler"};
  CHECK(announce_node(node).leaving);
  node.taints.clear();
  node.meta.deletion_timestamp = "2026-01-01T00:00:00Z";
  CHECK(announce_node(node).leaving);
}

}  // namespace
}  // namespace naru::daemon
