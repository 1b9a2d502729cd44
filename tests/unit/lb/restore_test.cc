#include "lb/service_allocator.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::Service;
using config::ServiceName;
using config::ServiceType;

AllocatorConfig dual_stack() {
  AllocatorConfig config;
  config.service_cidrs = {cidr("10.0.0.0/24"), cidr("fd00::/112")};
  config.reserved = {ip("10.0.0.10")};
  return config;
}

Service full_service() {
  Service made = service("web", ServiceType::load_balancer);
  made.external_traffic_policy = config::TrafficPolicy::local;
  made.ip_family_policy = config::IpFamilyPolicy::prefer_dual_stack;
  made.ports = {service_port(53), service_port(53, Protocol::udp), service_port(80)};
  return made;
}

TEST_CASE("what is recorded of an allocation brings it back whole, whatever was allocated before in between") {
  ServiceAllocator before(dual_stack());
  REQUIRE(before.allocate(service("other"), {}).issues.empty());
  const auto given = before.allocate(full_service(), {}).allocation;
  const Held recorded = held_of(full_service(), given);

  ServiceAllocator after(dual_stack());
  CHECK(after.restore({"shop", "web"}, recorded) == recorded);
  for (int i = 0; i < 50; ++i) REQUIRE(after.allocate(service("new" + std::to_string(i)), {}).issues.empty());
  CHECK(after.allocate(full_service(), {}).allocation == given);
}

TEST_CASE("what a Service held is recorded by protocol and port, without what it has not") {
  Allocation allocation;
  allocation.node_ports = {Port(30001), std::nullopt, Port(30003)};
  const Held held = held_of(full_service(), allocation);
  CHECK(held.node_ports == std::map<std::pair<Protocol, Port>, Port>{{{Protocol::tcp, Port(53)}, Port(30001)},
                                                                     {{Protocol::tcp, Port(80)}, Port(30003)}});
  CHECK(held.cluster_ips.empty());
  CHECK_FALSE(held.health_check_node_port);
}

TEST_CASE("of what is recorded, only what is still allowed and nobody's is taken") {
  ServiceAllocator all(dual_stack());
  Service other = service("other", ServiceType::node_port);
  other.cluster_ips = {ip("10.0.0.7")};
  other.ports = {service_port(80, Protocol::tcp, 30007)};
  REQUIRE(all.allocate(other, {}).issues.empty());
  struct Row {
    std::string_view says;
    const char* ip;
    std::uint16_t port;
    bool taken;
  };
  const Row rows[] = {{"free", "10.0.0.8", 30008, true},
                      {"the other family", "fd00::1", 32767, true},
                      {"another's", "10.0.0.7", 30007, false},
                      {"outside the ranges", "10.0.1.1", 29999, false},
                      {"the broadcast address", "10.0.0.255", 32768, false},
                      {"reserved", "10.0.0.10", 1, false}};
  for (const Row& row : rows) {
    CAPTURE(row.says);
    Held held;
    held.cluster_ips = {ip(row.ip)};
    held.node_ports = {{{Protocol::tcp, Port(80)}, Port(row.port)}};
    held.health_check_node_port = Port(row.port);
    const Held taken = all.restore({"shop", "web"}, held);
    CHECK((taken == held) == row.taken);
    CHECK(taken.cluster_ips.empty() == !row.taken);
    CHECK(taken.node_ports.empty() == !row.taken);
    CHECK(taken.health_check_node_port.has_value() == row.taken);
    all.release({"shop", "web"});
  }
  CHECK(all.owner_of(ip("10.0.0.7"))->name == "other");
}

TEST_CASE("restoring a Service twice changes nothing") {
  ServiceAllocator all(dual_stack());
  const auto given = all.allocate(full_service(), {}).allocation;
  const Held held = held_of(full_service(), given);
  CHECK(all.restore({"shop", "web"}, held) == held);
  CHECK(all.restore({"shop", "web"}, held) == held);
  CHECK(all.allocate(full_service(), {}).allocation == given);
}

TEST_CASE("a number that is asked for but recorded as another's is refused until that one is gone") {
  ServiceAllocator all(dual_stack());
  Held held;
  held.cluster_ips = {ip("10.0.0.8")};
  all.restore({"shop", "old"}, held);
  Service asks = service("new");
  asks.cluster_ips = {ip("10.0.0.8")};
  CHECK(all.allocate(asks, {}).issues.at(0).reason ==
        "failed to allocate IP 10.0.0.8: provided IP is already allocated (by Service shop/old)");
  all.release({"shop", "old"});
  CHECK(all.allocate(asks, {}).issues.empty());
}

TEST_CASE("nothing recorded is nothing restored") {
  ServiceAllocator all(dual_stack());
  CHECK(all.restore({"shop", "web"}, {}) == Held{});
  CHECK(all.allocate(service("web"), {}).issues.empty());
}

}  // namespace
}  // namespace naru::lb
