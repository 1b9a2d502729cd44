#include "base/random.h"
#include "dns/zone.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

constexpr const char* kSeed = "a number that a failure names";

ServiceRecords random_service(Random& random) {
  const std::string name_space = "ns" + std::to_string(random.below(3));
  const std::string name = "svc" + std::to_string(random.below(6));
  const std::vector<PortRecord> ports{{"http", Protocol::tcp, Port(80)}, {"dns", Protocol::udp, Port(53)}};
  const std::vector<PortRecord> some(ports.begin(), ports.begin() + random.below(3));
  // Few addresses, in and out of the service CIDRs, so that owners meet.
  const auto address = [&] {
    return IpAddress::v4((random.below(2) != 0 ? 0x0a600000U : 0x0a010000U) + random.below(4));
  };
  switch (random.below(3)) {
    case 0:
      return cluster_ip(name_space, name, {address()}, some);
    case 1:
      return external(name_space, name, "svc0.ns0.svc.cluster.local");
    default:
      break;
  }
  std::vector<EndpointRecord> endpoints;
  for (std::uint32_t i = random.below(5); i > 0; --i) {
    endpoints.push_back(
        {address(), random.below(2) != 0 ? "h" + std::to_string(random.below(2)) : "", random.below(4) != 0, some});
  }
  return headless(name_space, name, std::move(endpoints));
}

// What was added and removed in any order leaves what adding the rest alone gives: records, empty non-terminals, holds.
TEST_CASE("a zone after many changes is the zone made from nothing") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO(kSeed << ": " << seed);
    Random random(seed);
    Zone zone(options());
    std::map<config::ServiceName, ServiceRecords> services;
    std::set<std::string> namespaces;
    Zone earlier = zone;
    std::map<config::ServiceName, ServiceRecords> earlier_services;
    std::set<std::string> earlier_namespaces;
    for (int step = 0; step < 60; ++step) {
      const std::string name_space = "ns" + std::to_string(random.below(3));
      switch (random.below(6)) {
        case 0:
          zone.set_namespace(name_space);
          namespaces.insert(name_space);
          break;
        case 1:
          zone.erase_namespace(name_space);
          namespaces.erase(name_space);
          break;
        case 2: {
          const config::ServiceName name{name_space, "svc" + std::to_string(random.below(6))};
          zone.erase_service(name);
          services.erase(name);
          break;
        }
        default: {
          ServiceRecords records = random_service(random);
          zone.set_service(records);
          services[records.service] = std::move(records);
        }
      }
      if (step == 30) {
        earlier = zone;
        earlier_services = services;
        earlier_namespaces = namespaces;
      }
    }
    const auto rebuilt = [](const auto& all, const auto& known) {
      Zone fresh(options());
      for (const auto& name : known) fresh.set_namespace(name);
      for (const auto& [name, records] : all) fresh.set_service(records);
      return fresh;
    };
    CHECK(same_content(zone, rebuilt(services, namespaces)));
    // The copy did not notice what happened to the original after it was made.
    CHECK(same_content(earlier, rebuilt(earlier_services, earlier_namespaces)));
    for (const auto& [name, records] : services) zone.erase_service(name);
    for (const auto& name : namespaces) zone.erase_namespace(name);
    CHECK(same_content(zone, Zone(options())));
    CHECK(zone.names() == Zone(options()).names());
  }
}

TEST_CASE("setting the same again changes nothing, and erasing the unknown neither") {
  Zone zone(options());
  const ServiceRecords records = cluster_ip("a", "b", {ip("10.96.0.1")});
  zone.set_service(records);
  const Zone before = zone;
  zone.set_service(records);
  zone.erase_service({"a", "c"});
  zone.erase_namespace("a");
  CHECK(same_content(zone, before));
}

}  // namespace
}  // namespace naru::dns::test
