#include "lb/pod_slices.h"

#include "lb/resolve.h"
#include "lb/service_families.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::EndpointSlice;
using config::Pod;
using config::Service;
using Pods = std::vector<std::shared_ptr<const Pod>>;

/// Ready, labelled app=web, on node w1, with a port named http.
Pod pod(const std::string& name, const std::vector<std::string_view>& ips, std::uint16_t http = 8080) {
  Pod made;
  made.meta.name = name;
  made.meta.name_space = "shop";
  made.meta.labels = {{"app", "web"}, {"tier", "front"}};
  for (const auto text : ips) made.ips.push_back(ip(text));
  made.node_name = "w1";
  made.ports = {{"metrics", Protocol::tcp, Port(9090)}, {"http", Protocol::tcp, Port(http)}};
  made.ready = true;
  return made;
}

Pods pods(std::vector<Pod> all) {
  Pods shared;
  for (Pod& one : all) shared.push_back(std::make_shared<const Pod>(std::move(one)));
  return shared;
}

/// Selects app=web; port 80 goes to the Pods' port http.
Service web() {
  Service made = service("web");
  made.selector = {{"app", "web"}};
  made.ports[0].target_port = std::string("http");
  return made;
}

/// Of both families.
std::vector<std::shared_ptr<const EndpointSlice>> slices_of(const Service& service, const Pods& all) {
  return slices_from_pods(service, all, std::array{Family::ipv4, Family::ipv6});
}

/// All endpoints of all slices as "name address:port", in the slices' order.
Texts members(const std::vector<std::shared_ptr<const EndpointSlice>>& slices) {
  Texts all;
  for (const auto& slice : slices) {
    for (const auto& one : slice->endpoints) {
      const std::string port = slice->ports.empty() ? "-" : std::to_string(slice->ports[0].port->value());
      all.push_back(one.target_pod + " " + one.addresses.at(0).to_string() + ":" + port);
    }
  }
  return all;
}

TEST_CASE("which Pods are a Service's endpoints") {
  Pod other_label = pod("other-label", {"10.1.0.9"});
  other_label.meta.labels = {{"app", "api"}};
  Pod other_namespace = pod("other-namespace", {"10.1.0.9"});
  other_namespace.meta.name_space = "bank";
  Pod finished = pod("finished", {"10.1.0.9"});
  finished.finished = true;
  const auto slices = slices_of(web(), pods({pod("a", {"10.1.0.1"}), other_label, other_namespace, finished,
                                             pod("no-ip", {}), pod("b", {"10.1.0.2"})}));
  CHECK(members(slices) == Texts{"a 10.1.0.1:8080", "b 10.1.0.2:8080"});
  const EndpointSlice& slice = *slices.at(0);
  CHECK(slice.service == "web");
  CHECK(slice.meta.name_space == "shop");
  CHECK(slice.meta.labels.at("kubernetes.io/service-name") == "web");
  CHECK(slice.endpoints.at(0).node_name == "w1");
}

TEST_CASE("no Pods, or no selector: no slices") {
  CHECK(slices_of(web(), {}).empty());
  Service without = web();
  without.selector.clear();
  CHECK(slices_of(without, pods({pod("a", {"10.1.0.1"})})).empty());
}

TEST_CASE("conditions, as the endpoint slice controller sets them") {
  struct Row {
    std::string_view says;
    bool pod_ready;
    bool deleting;
    bool publish;
    bool ready;
    bool serving;
    bool terminating;
  };
  constexpr Row kRows[] = {
      {"ready", true, false, false, true, true, false},
      {"not ready", false, false, false, false, false, false},
      {"shutting down, still ready", true, true, false, false, true, true},
      {"shutting down, no longer ready", false, true, false, false, false, true},
      {"published: not ready counts as ready", false, false, true, true, false, false},
      {"published: shutting down, too", true, true, true, true, true, true},
      {"published: shutting down and not ready, too", false, true, true, true, false, true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.says);
    Pod one = pod("a", {"10.1.0.1"});
    one.ready = row.pod_ready;
    if (row.deleting) one.meta.deletion_timestamp = "2024-01-01T00:00:00Z";
    Service made = web();
    made.publish_not_ready_addresses = row.publish;
    const auto endpoint = slices_of(made, pods({one})).at(0)->endpoints.at(0);
    CHECK(endpoint.ready == row.ready);
    CHECK(endpoint.serving == row.serving);
    CHECK(endpoint.terminating == row.terminating);
  }
}

TEST_CASE("a named port may be another number on each Pod: a slice for each, whose endpoints all resolve") {
  const auto slices = slices_of(
      web(), pods({pod("a", {"10.1.0.1"}, 8080), pod("b", {"10.1.0.2"}, 8081), pod("c", {"10.1.0.3"}, 8080)}));
  CHECK(members(slices) == Texts{"a 10.1.0.1:8080", "c 10.1.0.3:8080", "b 10.1.0.2:8081"});
  REQUIRE(slices.size() == 2);
  CHECK(slices[0]->meta.name != slices[1]->meta.name);
  Texts addresses;
  for (const auto& one : resolve_endpoints(web().ports[0], slices, false)) addresses.push_back(one.address.to_string());
  CHECK(addresses == Texts{"10.1.0.1:8080", "10.1.0.2:8081", "10.1.0.3:8080"});
}

TEST_CASE("a named port is found by name and protocol; a Pod without it is no endpoint of that port") {
  Pod udp = pod("udp", {"10.1.0.2"});
  udp.ports[1].protocol = Protocol::udp;
  Pod bare = pod("bare", {"10.1.0.3"});
  bare.ports.clear();
  Service made = web();
  made.ports.push_back(service_port(81));
  made.ports[0].name = "named";
  made.ports[1].name = "number";
  made.ports[1].target_port = Port(8443);
  const auto slices = slices_of(made, pods({pod("a", {"10.1.0.1"}), udp, bare}));
  const auto named = resolve_endpoints(made.ports[0], slices, false);
  REQUIRE(named.size() == 1);
  CHECK(named[0].address.to_string() == "10.1.0.1:8080");
  CHECK(resolve_endpoints(made.ports[1], slices, false).size() == 3);
}

TEST_CASE("a dual-stack Pod is in a slice of each family") {
  const auto slices = slices_of(web(), pods({pod("a", {"10.1.0.1", "fd00::1"}), pod("b", {"fd00::2"})}));
  REQUIRE(slices.size() == 2);
  CHECK(slices[0]->address_type == config::AddressType::ipv4);
  CHECK(slices[1]->address_type == config::AddressType::ipv6);
  CHECK(members(slices) == Texts{"a 10.1.0.1:8080", "a fd00::1:8080", "b fd00::2:8080"});
}

TEST_CASE("a Pod has a host name under a Service only if the Service is its subdomain") {
  Pod named = pod("web-0", {"10.1.0.1"});
  named.hostname = "web-0";
  named.subdomain = "web";
  Pod elsewhere = named;
  elsewhere.subdomain = "other";
  CHECK(slices_of(web(), pods({named})).at(0)->endpoints.at(0).hostname == "web-0");
  CHECK(slices_of(web(), pods({elsewhere})).at(0)->endpoints.at(0).hostname.empty());
}

TEST_CASE("a Service without ports still has endpoints, for DNS") {
  Service headless = web();
  headless.headless = true;
  headless.ports.clear();
  CHECK(members(slices_of(headless, pods({pod("a", {"10.1.0.1"})}))) == Texts{"a 10.1.0.1:-"});
}

// A cluster of one family may have Pods of two: what a Service has not asked for, nobody shall find behind it.
TEST_CASE("of Pods with both families only the Service's are its endpoints") {
  struct Row {
    const char* why;
    std::vector<Family> named;
    std::optional<config::IpFamilyPolicy> policy;
    std::vector<Family> cluster;
    Texts members;
  };
  constexpr auto kV4 = Family::ipv4;
  constexpr auto kV6 = Family::ipv6;
  using Policy = config::IpFamilyPolicy;
  const Row rows[] = {
      {"nothing said: the cluster's default", {}, {}, {kV4, kV6}, {"a 10.1.0.1:8080"}},
      {"nothing said, in a cluster of IPv6", {}, {}, {kV6}, {"a fd00::1:8080"}},
      {"the other family by name", {kV6}, {}, {kV4, kV6}, {"a fd00::1:8080"}},
      {"both by name", {kV6, kV4}, {}, {kV4, kV6}, {"a 10.1.0.1:8080", "a fd00::1:8080"}},
      {"both preferred", {}, Policy::prefer_dual_stack, {kV4, kV6}, {"a 10.1.0.1:8080", "a fd00::1:8080"}},
      {"both preferred, where there is one", {}, Policy::prefer_dual_stack, {kV4}, {"a 10.1.0.1:8080"}},
      {"both required", {kV6}, Policy::require_dual_stack, {kV4, kV6}, {"a 10.1.0.1:8080", "a fd00::1:8080"}},
      {"one, explicitly", {}, Policy::single_stack, {kV4, kV6}, {"a 10.1.0.1:8080"}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Service made = web();
    made.headless = true;
    made.ip_families = row.named;
    made.ip_family_policy = row.policy;
    const auto families = service_families(made, row.cluster);
    CHECK(members(slices_from_pods(made, pods({pod("a", {"10.1.0.1", "fd00::1"})}), families)) == row.members);
  }
}

}  // namespace
}  // namespace naru::lb
