#include "lb/service_allocator.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::Service;
using config::ServiceType;
using config::TrafficPolicy;

ServiceAllocator allocator() {
  AllocatorConfig config;
  config.service_cidrs = {cidr("10.0.0.0/16")};
  return ServiceAllocator(std::move(config));
}

Service local_balancer(const std::string& name, int asked = 0) {
  Service made = service(name, ServiceType::load_balancer);
  made.external_traffic_policy = TrafficPolicy::local;
  if (asked != 0) made.health_check_node_port = Port(static_cast<std::uint16_t>(asked));
  return made;
}

TEST_CASE("only a LoadBalancer with policy Local has a health check node port") {
  struct Row {
    ServiceType type;
    TrafficPolicy policy;
    bool has;
  };
  constexpr Row kRows[] = {{ServiceType::load_balancer, TrafficPolicy::local, true},
                           {ServiceType::load_balancer, TrafficPolicy::cluster, false},
                           {ServiceType::node_port, TrafficPolicy::local, false},
                           {ServiceType::cluster_ip, TrafficPolicy::local, false}};
  for (const Row& row : kRows) {
    auto all = allocator();
    Service made = service("a", row.type);
    made.external_traffic_policy = row.policy;
    CHECK(all.allocate(made, {}).allocation.health_check_node_port.has_value() == row.has);
  }
}

TEST_CASE("a health check port comes from the node ports, stays, and is released when no longer needed") {
  auto all = allocator();
  const auto first = all.allocate(local_balancer("a"), {}).allocation;
  const Port port = first.health_check_node_port.value();
  CHECK(port >= Port(30086));
  CHECK(port != first.node_ports.at(0));
  CHECK(all.allocate(local_balancer("a"), {}).allocation == first);
  REQUIRE(all.owner_of(port) != nullptr);
  Service cluster = local_balancer("a");
  cluster.external_traffic_policy = TrafficPolicy::cluster;
  CHECK_FALSE(all.allocate(cluster, {}).allocation.health_check_node_port);
  CHECK(all.owner_of(port) == nullptr);
}

TEST_CASE("a health check port that is asked for is given or refused") {
  auto all = allocator();
  CHECK(all.allocate(local_balancer("a", 30500), {}).allocation.health_check_node_port == Port(30500));
  CHECK(texts(all.allocate(local_balancer("b", 30500), {}).issues) ==
        Texts{"spec.healthCheckNodePort: provided port is already allocated (by Service shop/a)"});
  CHECK(texts(all.allocate(local_balancer("b", 80), {}).issues) ==
        Texts{"spec.healthCheckNodePort: provided port is not in the valid range. The range of valid ports is "
              "30000-32767"});
  Service both = local_balancer("b", 30501);
  both.ports[0].node_port = Port(30501);
  CHECK(texts(all.allocate(both, {}).issues) ==
        Texts{"spec.healthCheckNodePort: provided port is already allocated (by another port of this Service)"});
}

TEST_CASE("a node port that is asked for pushes the Service's own dynamic health check port aside") {
  auto all = allocator();
  const Port had = all.allocate(local_balancer("a"), {}).allocation.health_check_node_port.value();
  Service asks = local_balancer("a");
  asks.ports[0].node_port = had;
  const auto outcome = all.allocate(asks, {});
  CHECK(texts(outcome.issues) == Texts{});
  CHECK(outcome.allocation.node_ports.at(0) == had);
  CHECK(outcome.allocation.health_check_node_port.value() != had);
}

}  // namespace
}  // namespace naru::lb
