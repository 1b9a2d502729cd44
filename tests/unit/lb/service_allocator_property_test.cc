// Whatever happens in whatever order, no two Services own one number and none is outside its range.
#include <set>

#include "base/random.h"
#include "lb/service_allocator.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::Service;
using config::ServiceName;
using config::ServiceType;

constexpr std::uint16_t kFirst = 30000;
constexpr std::uint16_t kLast = 30039;

AllocatorConfig small_ranges() {
  AllocatorConfig config;
  config.service_cidrs = {cidr("10.0.0.0/27"), cidr("fd00::/123")};
  config.node_ports = {Port(kFirst), Port(kLast)};
  config.reserved = {ip("10.0.0.10")};
  return config;
}

/// Any Service of twenty, with wishes that are often impossible.
Service any_service(Random& random) {
  Service made = service("s" + std::to_string(random.below(20)), static_cast<ServiceType>(random.below(4)));
  made.ports.clear();
  for (std::uint32_t i = 0; i <= random.below(3); ++i) {
    const int asked = random.below(4) == 0 ? kFirst - 2 + static_cast<int>(random.below(44)) : 0;
    made.ports.push_back(
        service_port(static_cast<std::uint16_t>(80 + i / 2), i % 2 == 0 ? Protocol::tcp : Protocol::udp, asked));
  }
  if (random.below(4) == 0) made.cluster_ips = {ip("10.0.0.0").plus(random.below(34))};
  made.ip_family_policy = static_cast<config::IpFamilyPolicy>(random.below(3));
  made.external_traffic_policy = static_cast<config::TrafficPolicy>(random.below(2));
  made.headless = random.below(8) == 0;
  return made;
}

/// What all Services have, as they were told.
using Told = std::map<ServiceName, std::pair<Service, Allocation>>;

void check_disjoint_and_inside(const Told& told, const ServiceAllocator& allocator) {
  std::set<IpAddress> ips;
  std::set<Port> ports;
  for (const auto& [name, entry] : told) {
    const auto& [made, given] = entry;
    for (const IpAddress& address : given.cluster_ips) {
      REQUIRE(ips.insert(address).second);
      REQUIRE((cidr("10.0.0.0/27").contains(address) || cidr("fd00::/123").contains(address)));
      REQUIRE((address != ip("10.0.0.0") && address != ip("10.0.0.31") && address != ip("fd00::")));
      REQUIRE(address != ip("10.0.0.10"));
      REQUIRE(*allocator.owner_of(address) == name);
    }
    std::set<Port> own;
    std::set<std::pair<Protocol, Port>> by_protocol;
    for (std::size_t i = 0; i < given.node_ports.size(); ++i) {
      if (!given.node_ports[i]) continue;
      own.insert(*given.node_ports[i]);
      REQUIRE(by_protocol.insert({made.ports[i].protocol, *given.node_ports[i]}).second);
    }
    if (given.health_check_node_port) REQUIRE(own.insert(*given.health_check_node_port).second);
    for (const Port port : own) {
      REQUIRE(ports.insert(port).second);
      REQUIRE((port >= Port(kFirst) && port <= Port(kLast)));
      REQUIRE(*allocator.owner_of(port) == name);
    }
  }
}

void check_all_free(const ServiceAllocator& allocator) {
  for (std::uint64_t i = 0; i < 32; ++i) {
    REQUIRE(allocator.owner_of(ip("10.0.0.0").plus(i)) == nullptr);
    REQUIRE(allocator.owner_of(ip("fd00::").plus(i)) == nullptr);
  }
  for (std::uint16_t port = kFirst; port <= kLast; ++port) REQUIRE(allocator.owner_of(Port(port)) == nullptr);
}

/// Two allocators that are told the same, and what each Service was given last.
struct Run {
  explicit Run(std::uint64_t seed) : random(seed) {}

  void step() {
    const Service made = any_service(random);
    const ServiceName name = made.service_name();
    if (random.below(4) == 0) {
      allocator.release(name);
      twin.release(name);
      told.erase(name);
      return;
    }
    Requested batch;
    batch.add(made);
    const auto outcome = allocator.allocate(made, batch);
    const auto same = twin.allocate(made, batch);
    REQUIRE(same.allocation == outcome.allocation);
    REQUIRE(texts(same.issues) == texts(outcome.issues));
    if (outcome.issues.empty()) told.insert_or_assign(name, std::pair(made, outcome.allocation));
    if (!outcome.issues.empty()) ++refused;
  }
  void restart() {
    allocator = ServiceAllocator(small_ranges());
    for (const auto& [name, entry] : told) {
      const Held held = held_of(entry.first, entry.second);
      REQUIRE(allocator.restore(name, held) == held);
    }
    for (const auto& [name, entry] : told) REQUIRE(allocator.allocate(entry.first, {}).allocation == entry.second);
  }

  Random random;
  ServiceAllocator allocator{small_ranges()};
  ServiceAllocator twin{small_ranges()};
  Told told;
  int refused = 0;
};

TEST_CASE("random allocations, changes, releases and restarts keep every number with one owner inside its range") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Run run(seed);
    for (int step = 0; step < 300; ++step) {
      run.step();
      if (step % 100 == 99) run.restart();
      check_disjoint_and_inside(run.told, run.allocator);
    }
    CHECK(run.refused > 0);
    for (int i = 0; i < 20; ++i) run.allocator.release({"shop", "s" + std::to_string(i)});
    check_all_free(run.allocator);
  }
}

TEST_CASE("asking again changes nothing") {
  Random random(7);
  ServiceAllocator allocator(small_ranges());
  for (int step = 0; step < 2000; ++step) {
    const Service made = any_service(random);
    const auto first = allocator.allocate(made, {});
    const auto again = allocator.allocate(made, {});
    REQUIRE(first.allocation == again.allocation);
    REQUIRE(texts(first.issues) == texts(again.issues));
    if (random.below(3) == 0) allocator.release(made.service_name());
  }
}

}  // namespace
}  // namespace naru::lb
