// What the examples of load balancer addresses say is what they do.
#include <catch2/catch.hpp>

#include "config/file_source.h"
#include "daemon/planner.h"
#include "objects.h"

namespace naru::daemon {
namespace {

PlannerConfig both_families() {
  PlannerConfig config;
  config.node = "w1-k8s";
  config.allocator.service_cidrs = {Cidr::parse("10.96.0.0/16").value(), Cidr::parse("fd00:96::/108").value()};
  config.zone.service_cidrs = config.allocator.service_cidrs;
  return config;
}

/// "shop/web: 192.0.2.1 standard", one per Service of type LoadBalancer.
std::vector<std::string> addresses_of(const std::string& example) {
  const auto loaded = config::load_files({std::string(NARU_SOURCE_DIR) + "/examples/loadbalancer/" + example});
  Planner planner(both_families(), AllocationStore::in_memory("w1-k8s"));
  planner.apply(loaded);
  std::vector<std::string> lines;
  for (const auto& issue : loaded.errors) lines.push_back(issue.to_string());
  for (const auto& issue : planner.issues()) lines.push_back(issue.to_string());
  for (const auto& [name, service] : planner.in_force()) {
    std::string line = name.to_string() + ":";
    for (const IpAddress& address : service.allocation.load_balancer_ips) line += " " + address.to_string();
    lines.push_back(line + " " + service.allocation.pool + service.pending);
  }
  return lines;
}

TEST_CASE("examples of load balancer addresses") {
  struct Row {
    const char* example;
    std::vector<std::string> addresses;
  };
  const Row rows[] = {
      {"two-pools.yaml",
       {"shop/anywhere: 192.0.2.1 standard", "shop/by-address: 192.0.2.44 standard",
        "shop/by-old-annotation: 192.0.2.45 standard", "shop/by-pool: 198.51.100.7 precious"}},
      {"tenants.yaml",
       {"blue/api: 203.0.113.64 for-all", "red/api: 203.0.113.16 for-red",
        "red/gateway: 203.0.113.32 for-red-gateways"}},
      {"shared-address.yaml", {"infra/resolver-tcp: 192.0.2.53 resolvers", "infra/resolver-udp: 192.0.2.53 resolvers"}},
      {"dual-stack.yaml", {"shop/both: 192.0.2.96 2001:db8:96::10 four-and-six"}},
      {"layer2.yaml", {"shop/office: 192.168.50.100 office"}},
      {"bgp.yaml", {"shop/routed: 198.51.100.128 routed"}},
  };
  for (const Row& row : rows) {
    INFO(row.example);
    CHECK(addresses_of(row.example) == row.addresses);
  }
}

TEST_CASE("no two of the examples' pools overlap, so that all can be tried together") {
  CHECK(addresses_of("").size() == 12);
}

}  // namespace
}  // namespace naru::daemon
