#include <set>

#include "lb/service_allocator.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::Service;
using config::ServiceType;
using config::TrafficPolicy;
using Numbers = std::vector<int>;

ServiceAllocator allocator(int first = 30000, int last = 32767) {
  AllocatorConfig config;
  config.service_cidrs = {cidr("10.0.0.0/16")};
  config.node_ports = {Port(static_cast<std::uint16_t>(first)), Port(static_cast<std::uint16_t>(last))};
  return ServiceAllocator(std::move(config));
}

Service node_port(const std::string& name, std::vector<config::ServicePort> ports) {
  Service made = service(name, ServiceType::node_port);
  made.ports = std::move(ports);
  return made;
}

Numbers numbers(const Allocation& allocation) {
  Numbers all;
  for (const auto& port : allocation.node_ports) all.push_back(port ? port->value() : 0);
  return all;
}

TEST_CASE("a node port that is asked for is given, or refused in kube-apiserver's words") {
  auto all = allocator();
  REQUIRE(all.allocate(node_port("old", {service_port(80, Protocol::tcp, 30080)}), {}).issues.empty());
  struct Row {
    int asked;
    const char* reason;
  };
  const char* range = "provided port is not in the valid range. The range of valid ports is 30000-32767";
  const Row rows[] = {{30080, "provided port is already allocated (by Service shop/old)"},
                      {29999, range},
                      {32768, range},
                      {1, range},
                      {65535, range}};
  for (const Row& row : rows) {
    // Of another protocol, too: a number has one owner.
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
      CHECK(texts(all.allocate(node_port("new", {service_port(443, protocol, row.asked)}), {}).issues) ==
            Texts{std::string("spec.ports[0].nodePort: ") + row.reason});
    }
  }
  for (const int edge : {30000, 32767}) {
    CHECK(numbers(all.allocate(node_port("new", {service_port(80, Protocol::tcp, edge)}), {}).allocation) ==
          Numbers{edge});
  }
}

TEST_CASE("the line of a node port's fault is the node port's own") {
  auto all = allocator();
  Service faulty = node_port("web", {service_port(80, Protocol::tcp, 1)});
  faulty.meta.location = {std::make_shared<const std::string>("web.yaml"), 1};
  faulty.ports[0].line = 12;
  faulty.ports[0].node_port_line = 14;
  CHECK(all.allocate(faulty, {}).issues.at(0).to_string() ==
        "web.yaml:14: Service shop/web: spec.ports[0].nodePort: provided port is not in the valid range. The range of "
        "valid ports is 30000-32767");
}

TEST_CASE("every fault of a Service is reported at its own port") {
  auto all = allocator();
  const auto outcome = all.allocate(
      node_port("web", {service_port(80, Protocol::tcp, 1), service_port(81), service_port(82, Protocol::tcp, 2)}), {});
  REQUIRE(outcome.issues.size() == 2);
  CHECK(outcome.issues[0].field == "spec.ports[0].nodePort");
  CHECK(outcome.issues[1].field == "spec.ports[2].nodePort");
}

TEST_CASE("which ports of one Service may have one number") {
  constexpr auto kTcp = Protocol::tcp;
  constexpr auto kUdp = Protocol::udp;
  const auto twice = [](int index) {
    return Texts{"spec.ports[" + std::to_string(index) +
                 "].nodePort: provided port is already allocated (by another port of this Service)"};
  };
  struct Row {
    std::string_view says;
    std::vector<config::ServicePort> ports;
    Numbers given;
    Texts issues;
  };
  const Row rows[] = {
      {"TCP and UDP", {service_port(53, kTcp, 30053), service_port(53, kUdp, 30053)}, {30053, 30053}, {}},
      {"of different ports, too", {service_port(53, kTcp, 30053), service_port(54, kUdp, 30053)}, {30053, 30053}, {}},
      {"UDP takes TCP's number", {service_port(53, kTcp, 30053), service_port(53, kUdp)}, {30053, 30053}, {}},
      {"the named one may come later", {service_port(53, kTcp), service_port(53, kUdp, 30053)}, {30053, 30053}, {}},
      {"SCTP as well",
       {service_port(53, kTcp), service_port(53, Protocol::sctp), service_port(53, kUdp, 30053)},
       {30053, 30053, 30053},
       {}},
      {"one protocol twice", {service_port(80, kTcp, 30080), service_port(81, kTcp, 30080)}, {30080, 0}, twice(1)},
      {"thrice across two protocols",
       {service_port(80, kTcp, 30080), service_port(80, kUdp, 30080), service_port(81, kUdp, 30080)},
       {30080, 30080, 0},
       twice(2)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    auto all = allocator();
    const auto outcome = all.allocate(node_port("a", row.ports), {});
    CHECK(numbers(outcome.allocation) == row.given);
    CHECK(texts(outcome.issues) == row.issues);
  }
}

TEST_CASE("a dynamic port does not take its twin's number where another port of its protocol has that") {
  auto all = allocator();
  const auto given =
      numbers(all.allocate(node_port("a", {service_port(80, Protocol::tcp, 30001),
                                           service_port(81, Protocol::udp, 30001), service_port(80, Protocol::udp)}),
                           {})
                  .allocation);
  CHECK(given[2] != 30001);
  CHECK(given[2] >= 30086);
}

TEST_CASE("dynamic numbers fill the upper band, then the lower, then the range is full") {
  auto all = allocator(30000, 30019);  // 20 numbers: 16 of them are the lower band
  std::set<int> given;
  for (int i = 0; i < 20; ++i) {
    const auto outcome = all.allocate(node_port("s" + std::to_string(i), {service_port(80)}), {});
    REQUIRE(outcome.issues.empty());
    const int number = numbers(outcome.allocation).at(0);
    CHECK((number >= 30016) == (i < 4));
    CHECK(given.insert(number).second);
  }
  const auto full = all.allocate(node_port("last", {service_port(80)}), {});
  CHECK(texts(full.issues) == Texts{"spec.ports[0].nodePort: failed to allocate a nodePort: range is full"});
  CHECK(all.owner_of(Port(30000)) != nullptr);
  all.release({"shop", "s7"});
  CHECK(all.allocate(node_port("last", {service_port(80)}), {}).issues.empty());
}

TEST_CASE("a range of one number, and one that ends at 65535") {
  auto one = allocator(65535, 65535);
  CHECK(numbers(one.allocate(node_port("a", {service_port(80)}), {}).allocation) == Numbers{65535});
  CHECK(one.allocate(node_port("b", {service_port(80)}), {}).issues.size() == 1);
}

TEST_CASE("what another Service of the batch asks for is not given dynamically") {
  auto all = allocator(30000, 30001);
  const Service asks = node_port("z", {service_port(80, Protocol::tcp, 30001)});
  Requested batch;
  batch.add(asks);
  CHECK(numbers(all.allocate(node_port("a", {service_port(80)}), batch).allocation) == Numbers{30000});
  CHECK(all.allocate(asks, batch).issues.empty());
}

TEST_CASE("which Services have node ports") {
  struct Row {
    std::string_view says;
    ServiceType type;
    bool allocate;
    int asked;
    bool has;
  };
  const Row rows[] = {{"ClusterIP: none", ServiceType::cluster_ip, true, 0, false},
                      {"NodePort: all", ServiceType::node_port, true, 0, true},
                      {"LoadBalancer: all", ServiceType::load_balancer, true, 0, true},
                      {"LoadBalancer that wants none", ServiceType::load_balancer, false, 0, false},
                      {"which honours one asked for", ServiceType::load_balancer, false, 30080, true},
                      {"ExternalName: none", ServiceType::external_name, true, 0, false}};
  for (const Row& row : rows) {
    CAPTURE(row.says);
    auto all = allocator();
    Service made = service("a", row.type);
    made.allocate_load_balancer_node_ports = row.allocate;
    made.ports = {service_port(80, Protocol::tcp, row.asked)};
    CHECK((numbers(all.allocate(made, {}).allocation).at(0) != 0) == row.has);
  }
}

TEST_CASE("numbers stay with their port when ports are reordered, and go when the port or the type goes") {
  auto all = allocator();
  const auto before = numbers(all.allocate(node_port("a", {service_port(80), service_port(443)}), {}).allocation);
  const auto after = numbers(all.allocate(node_port("a", {service_port(443), service_port(80)}), {}).allocation);
  CHECK(after == Numbers{before[1], before[0]});
  CHECK(numbers(all.allocate(node_port("a", {service_port(443)}), {}).allocation) == Numbers{before[1]});
  CHECK(all.owner_of(Port(static_cast<std::uint16_t>(before[0]))) == nullptr);
  REQUIRE(all.allocate(service("a"), {}).issues.empty());
  CHECK(all.owner_of(Port(static_cast<std::uint16_t>(before[1]))) == nullptr);
}

// What it has comes before what its twin has: else a number would change although nobody asked for it.
TEST_CASE("two protocols that had two numbers keep both when they are no longer asked for") {
  auto all = allocator();
  const Service asked =
      node_port("a", {service_port(53, Protocol::tcp, 30001), service_port(53, Protocol::udp, 30002)});
  REQUIRE(all.allocate(asked, {}).issues.empty());
  const Service plain = node_port("a", {service_port(53), service_port(53, Protocol::udp)});
  CHECK(numbers(all.allocate(plain, {}).allocation) == Numbers{30001, 30002});
}

}  // namespace
}  // namespace naru::lb
