#include "daemon/planner.h"

#include <catch2/catch.hpp>

#include "objects.h"

namespace naru::daemon {
namespace {

using config::Kind;
const config::ServiceName kWeb{"shop", "web"};

PlannerConfig test_config() {
  PlannerConfig config;
  config.node = "w1-k8s";
  config.allocator.service_cidrs = {Cidr::parse("127.96.0.0/16").value()};
  config.host.primary = {ip("127.0.41.1")};
  config.zone.service_cidrs = config.allocator.service_cidrs;
  return config;
}

struct Fixture {
  Planner planner{test_config(), AllocationStore::in_memory("w1-k8s")};

  std::vector<std::string> issues() const {
    std::vector<std::string> lines;
    for (const auto& issue : planner.issues()) lines.push_back(issue.to_string());
    return lines;
  }
  const proxy::ServicePort* port_at(const std::string& address) const {
    const auto* frontend = planner.table().frontends.find(proxy::FrontendKey{SocketAddress::parse(address).value()});
    return frontend ? planner.table().service_ports.find(frontend->service_port)->get() : nullptr;
  }
  IpAddress cluster_ip(const config::ServiceName& name) const {
    return planner.in_force().at(name).allocation.cluster_ips.front();
  }
};

config::Service at(config::Service made, const std::string& cluster_ip) {
  made.cluster_ips = {ip(cluster_ip)};
  return made;
}

config::Service node_port(config::Service made, std::uint16_t number) {
  made.type = config::ServiceType::node_port;
  made.ports[0].node_port = Port(number);
  made.ports[0].node_port_line = made.ports[0].line + 1;
  return made;
}

TEST_CASE_METHOD(Fixture, "a Service is served on all its addresses, and stops to be when it goes") {
  config::Service web = at(node_port(service("web"), 30080), "127.96.0.80");
  web.external_ips = {ip("192.0.2.1")};
  CHECK(planner.apply(upsert(web, slice("web", {"127.1.0.1"}))));
  for (const char* address : {"127.96.0.80:80", "127.0.41.1:30080", "192.0.2.1:80"}) {
    CAPTURE(address);
    REQUIRE(port_at(address) != nullptr);
    CHECK(port_at(address)->endpoints.size() == 1);
  }
  CHECK(planner.outside_addresses() == std::set<IpAddress>{ip("192.0.2.1")});

  CHECK(planner.apply(removal(Kind::service, "web")));
  CHECK(planner.table().frontends.empty());
  CHECK(planner.table().service_ports.empty());
  CHECK(planner.outside_addresses().empty());
  CHECK(planner.in_force().empty());
}

TEST_CASE_METHOD(Fixture, "the endpoints of all Services are counted as they change") {
  const auto counted = [&] { return std::pair(planner.total().endpoints, planner.total().ready_endpoints); };
  CHECK(counted() == std::pair<std::size_t, std::size_t>(0, 0));
  planner.apply(upsert(service("web"), slice("web", {"127.1.0.1", "127.1.0.2"}), service("other"),
                       slice("other", {"127.1.0.1"})));
  CHECK(counted() == std::pair<std::size_t, std::size_t>(3, 3));
  planner.apply(upsert(slice("web", {"127.1.0.1"})));
  CHECK(counted() == std::pair<std::size_t, std::size_t>(2, 2));
  planner.apply(removal(Kind::service, "other"));
  CHECK(counted() == std::pair<std::size_t, std::size_t>(1, 1));
  CHECK(planner.in_force().at(kWeb).counts.endpoints == 1);
}

TEST_CASE_METHOD(Fixture, "the last endpoint removed leaves the frontend with nothing usable") {
  planner.apply(upsert(at(service("web"), "127.96.0.80"), slice("web", {"127.1.0.1"})));
  const auto id = port_at("127.96.0.80:80")->id;
  CHECK(planner.apply(removal(Kind::endpoint_slice, "web-1")));
  REQUIRE(port_at("127.96.0.80:80") != nullptr);
  CHECK(port_at("127.96.0.80:80")->cluster.empty());
  CHECK(port_at("127.96.0.80:80")->id == id);
}

TEST_CASE_METHOD(Fixture, "what did not change keeps its object and its cells") {
  planner.apply(upsert(at(service("web"), "127.96.0.80"), slice("web", {"127.1.0.1", "127.1.0.2"}),
                       at(service("other"), "127.96.0.81"), slice("other", {"127.1.0.9"})));
  const auto* other = port_at("127.96.0.81:80");
  const auto kept = port_at("127.96.0.80:80")->endpoints[0].state;
  CHECK(planner.apply(upsert(slice("web", {"127.1.0.1", "127.1.0.3"}))));
  CHECK(port_at("127.96.0.81:80") == other);
  CHECK(port_at("127.96.0.80:80")->endpoints[0].state == kept);

  SECTION("the same again is no change") {
    const auto* web = port_at("127.96.0.80:80");
    CHECK_FALSE(planner.apply(upsert(slice("web", {"127.1.0.1", "127.1.0.3"}))));
    CHECK(port_at("127.96.0.80:80") == web);
  }
}

TEST_CASE_METHOD(Fixture, "a taken node port is refused with the owner's name, and given once it is free") {
  planner.apply(upsert(node_port(service("old"), 30080)));
  planner.apply(upsert(node_port(service("web", 9), 30080)));
  CHECK(issues() ==
        std::vector<std::string>{"web.yaml:15: Service shop/web: spec.ports[0].nodePort: provided port is already "
                                 "allocated (by Service shop/old)"});
  CHECK_FALSE(planner.in_force().contains(kWeb));
  planner.apply(removal(Kind::service, "old"));
  CHECK(issues().empty());
  CHECK(planner.in_force().contains(kWeb));
}

TEST_CASE_METHOD(Fixture, "a refused edit leaves the Service as it was") {
  planner.apply(
      upsert(node_port(service("old"), 30080), at(service("web"), "127.96.0.80"), slice("web", {"127.1.0.1"})));
  planner.apply(upsert(at(node_port(service("web"), 30080), "127.96.0.80")));
  CHECK(issues().size() == 1);
  REQUIRE(port_at("127.96.0.80:80") != nullptr);
  CHECK(planner.in_force().at(kWeb).object->type == config::ServiceType::cluster_ip);
  // Its endpoints are followed all the same.
  planner.apply(upsert(slice("web", {"127.1.0.2"})));
  CHECK(port_at("127.96.0.80:80")->endpoints[0].address.ip == ip("127.1.0.2"));
}

TEST_CASE_METHOD(Fixture, "an endpoint that is a Service's own address is left out, with the reason") {
  planner.apply(upsert(at(service("web"), "127.96.0.80"), slice("web", {"127.96.0.80", "127.1.0.1"})));
  CHECK(port_at("127.96.0.80:80")->endpoints.size() == 1);
  REQUIRE(issues().size() == 1);
  CHECK(issues()[0] ==
        "web.yaml:1: EndpointSlice shop/web-1: endpoints[0].addresses[0]: 127.96.0.80 is an address of the "
        "Service itself: traffic would loop; the endpoint is left out");
  planner.apply(upsert(slice("web", {"127.1.0.1"})));
  CHECK(issues().empty());
}

TEST_CASE_METHOD(Fixture, "two Services with one external address and port: the first has it until it goes") {
  config::Service first = service("a");
  first.external_ips = {ip("192.0.2.1")};
  config::Service second = service("b");
  second.external_ips = {ip("192.0.2.1")};
  second.external_ips_line = 30;
  planner.apply(upsert(first));
  planner.apply(upsert(second));
  CHECK(issues() ==
        std::vector<std::string>{
            "web.yaml:30: Service shop/b: spec.externalIPs: 192.0.2.1:80/TCP is already in use (by Service shop/a)"});
  CHECK(port_at("192.0.2.1:80")->service.name == "a");
  planner.apply(removal(Kind::service, "a"));
  CHECK(issues().empty());
  REQUIRE(port_at("192.0.2.1:80") != nullptr);
  CHECK(port_at("192.0.2.1:80")->service.name == "b");
}

TEST_CASE_METHOD(Fixture, "a load balancer address comes with a pool and goes with it") {
  config::Service web = service("web");
  web.type = config::ServiceType::load_balancer;
  planner.apply(upsert(web));
  CHECK(planner.in_force().at(kWeb).pending == "no IPAddressPool is configured");
  config::IpAddressPool pool;
  pool.meta = meta("pool");
  pool.meta.name_space = "metallb-system";
  pool.addresses = {{ip("127.112.0.1"), ip("127.112.0.9"), "127.112.0.1-127.112.0.9", 1}};
  planner.apply(upsert(pool));
  CHECK(planner.in_force().at(kWeb).pending.empty());
  CHECK(port_at("127.112.0.1:80") != nullptr);
  planner.apply(removal(Kind::ip_address_pool, "pool", "metallb-system"));
  CHECK(port_at("127.112.0.1:80") == nullptr);
  CHECK_FALSE(planner.in_force().at(kWeb).pending.empty());
}

TEST_CASE_METHOD(Fixture, "an address freed by one Service goes to the one that waits for it") {
  config::IpAddressPool pool;
  pool.meta = meta("pool");
  pool.addresses = {{ip("127.112.0.1"), ip("127.112.0.1"), "127.112.0.1/32", 1}};
  config::Service first = service("a");
  config::Service second = service("b");
  first.type = second.type = config::ServiceType::load_balancer;
  planner.apply(upsert(pool, first));
  planner.apply(upsert(second));
  CHECK(planner.in_force().at({"shop", "b"}).allocation.load_balancer_ips.empty());
  SECTION("when that is deleted") {
    planner.apply(removal(Kind::service, "a"));
  }
  SECTION("when that changes its type") {
    planner.apply(upsert(service("a")));
  }
  CHECK(planner.in_force().at({"shop", "b"}).allocation.load_balancer_ips == std::vector{ip("127.112.0.1")});
}

TEST_CASE_METHOD(Fixture, "a Node object decides where node ports answer, also when it changes") {
  planner.apply(upsert(node_port(service("web"), 30080), slice("web", {"127.1.0.1"})));
  CHECK(port_at("127.0.41.1:30080") != nullptr);
  config::Node node;
  node.meta = meta("w1-k8s");
  node.addresses = {{config::NodeAddressType::internal_ip, ip("127.0.41.7")}};
  planner.apply(upsert(node));
  CHECK(port_at("127.0.41.1:30080") == nullptr);
  CHECK(port_at("127.0.41.7:30080") != nullptr);
}

TEST_CASE_METHOD(Fixture, "names follow at once") {
  planner.apply(upsert(at(service("web"), "127.96.0.80")));
  std::vector<std::string> found;
  const auto a_records = [&] {
    found.clear();
    planner.zone().for_each_record([&](const dns::RecordText& record) {
      if (record.type == "A" && record.name.starts_with("web.")) found.push_back(record.data);
    });
    return found;
  };
  CHECK(a_records() == std::vector<std::string>{"127.96.0.80"});
  planner.apply(upsert(at(service("web"), "127.96.0.81")));
  CHECK(a_records() == std::vector<std::string>{"127.96.0.81"});
  planner.apply(removal(Kind::service, "web"));
  CHECK(a_records().empty());
}

TEST_CASE("a dual-stack Service sends each family to its own endpoints") {
  PlannerConfig config = test_config();
  config.allocator.service_cidrs.push_back(Cidr::parse("fd00:96::/108").value());
  Planner planner(config, AllocationStore::in_memory("w1-k8s"));
  config::Service web = service("web");
  web.ip_family_policy = config::IpFamilyPolicy::require_dual_stack;
  config::EndpointSlice six = slice("web", {"fd00:77::1"}, "-6");
  six.address_type = config::AddressType::ipv6;
  planner.apply(upsert(web, slice("web", {"127.1.0.1"}), six));
  const auto& ports = planner.in_force().at(kWeb).compiled.ports;
  REQUIRE(ports.size() == 2);
  for (const auto& [key, port] : ports) {
    REQUIRE(port->endpoints.size() == 1);
    CHECK(port->endpoints[0].address.ip.family() == key.family);
  }
}

TEST_CASE_METHOD(Fixture, "health check node ports are known while they are given") {
  config::Service web = service("web");
  web.type = config::ServiceType::load_balancer;
  web.external_traffic_policy = config::TrafficPolicy::local;
  planner.apply(upsert(web));
  CHECK(planner.health_checked().size() == 1);
  planner.apply(upsert(service("web")));
  CHECK(planner.health_checked().empty());
}

TEST_CASE("allocations outlive the planner that made them") {
  const auto dir = std::filesystem::temp_directory_path() / ("naru-planner-" + std::to_string(::getpid()));
  const auto allocated = [&](int line) {
    Planner planner(test_config(), AllocationStore::open(dir, "w1-k8s").value());
    REQUIRE(planner.restore());
    planner.apply(upsert(service("web", line), service("other", 40)));
    return planner.in_force().at(kWeb).allocation;
  };
  const auto first = allocated(1);
  CHECK(allocated(99) == first);
  std::filesystem::remove_all(dir);
}

// ---- where clients are ----

config::Service local_policy(config::Service made) {
  made = node_port(std::move(made), 30080);
  made.external_traffic_policy = config::TrafficPolicy::local;
  return made;
}

config::EndpointSlice slice_of_pod(const std::string& service, const std::string& address) {
  config::EndpointSlice made = slice(service, {address});
  made.endpoints[0].target_pod = service + "-1";
  return made;
}

TEST_CASE_METHOD(Fixture, "Pods are known one by one only while a Service has policy Local") {
  const auto knows = [&](const char* address) { return planner.table().origins->pods.contains(ip(address)); };
  planner.apply(upsert(service("web"), slice_of_pod("web", "10.1.0.1"), pod("visitor", "10.1.0.9", {})));
  CHECK_FALSE(knows("10.1.0.1"));
  CHECK(planner.apply(upsert(local_policy(service("other")))));
  CHECK(knows("10.1.0.1"));
  CHECK(knows("10.1.0.9"));
  planner.apply(upsert(slice_of_pod("web", "10.1.0.2")));
  CHECK_FALSE(knows("10.1.0.1"));
  CHECK(knows("10.1.0.2"));
  CHECK(planner.apply(removal(Kind::pod, "visitor")));
  CHECK_FALSE(knows("10.1.0.9"));
  planner.apply(removal(Kind::service, "web"));
  CHECK_FALSE(knows("10.1.0.2"));
  planner.apply(upsert(pod("visitor", "10.1.0.9", {})));
  CHECK(knows("10.1.0.9"));
  planner.apply(removal(Kind::service, "other"));
  CHECK_FALSE(knows("10.1.0.9"));
}

TEST_CASE_METHOD(Fixture, "endpoints that are no Pods are outside") {
  planner.apply(upsert(local_policy(service("web")), slice("web", {"192.0.2.7"})));
  CHECK_FALSE(planner.table().origins->pods.contains(ip("192.0.2.7")));
}

TEST_CASE_METHOD(Fixture, "a node's podCIDRs and the host's addresses are followed") {
  config::Node node;
  node.meta = meta("w1-k8s");
  node.meta.name_space.clear();
  node.pod_cidrs = {Cidr::parse("10.244.1.0/24").value()};
  CHECK(planner.apply(upsert(service("web"), node)));
  CHECK(planner.table().origins->pods.contains(ip("10.244.1.9")));
  CHECK(planner.set_host_addresses({{ip("192.168.1.101")}, {}}));
  CHECK_FALSE(planner.set_host_addresses({{ip("192.168.1.101")}, {}}));
  CHECK(planner.table().origins->node.contains(ip("192.168.1.101")));
  const auto before = planner.table().origins;
  planner.apply(upsert(slice("web", {"10.1.0.1"})));
  CHECK(planner.table().origins == before);  // the same object: the workers need not look
}

}  // namespace
}  // namespace naru::daemon
