#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using config::Service;
using config::ServiceType;

TEST_CASE("naru serves LoadBalancers of no class and of its own") {
  struct Row {
    ServiceType type;
    const char* load_balancer_class;
    bool ours;
  };
  constexpr Row kRows[] = {{ServiceType::load_balancer, "", true},
                           {ServiceType::load_balancer, "naru.io/lb", true},
                           {ServiceType::load_balancer, "naru.io/l", false},
                           {ServiceType::load_balancer, "f5.com/x", false},
                           {ServiceType::node_port, "", false},
                           {ServiceType::cluster_ip, "naru.io/lb", false}};
  for (const Row& row : kRows) {
    Service made = service("a", row.type);
    made.load_balancer_class = row.load_balancer_class;
    CHECK(is_ours(made) == row.ours);
  }
}

TEST_CASE("what annotations and spec.loadBalancerIP ask for") {
  struct Row {
    std::string_view says;
    config::Labels annotations;
    const char* load_balancer_ip;
    Texts ips;
    Texts issues;
  };
  const std::string field = "metadata.annotations[metallb.io/loadBalancerIPs]: ";
  const Row rows[] = {
      {"nothing", {}, "", {}, {}},
      {"one address", {{"metallb.io/loadBalancerIPs", "10.0.0.1"}}, "", {"10.0.0.1"}, {}},
      {"one of each family, with spaces",
       {{"metallb.io/loadBalancerIPs", " 10.0.0.1 , fd00::1 "}},
       "",
       {"10.0.0.1", "fd00::1"},
       {}},
      {"the old prefix", {{"metallb.universe.tf/loadBalancerIPs", "10.0.0.1"}}, "", {"10.0.0.1"}, {}},
      {"the new prefix wins",
       {{"metallb.universe.tf/loadBalancerIPs", "10.0.0.1"}, {"metallb.io/loadBalancerIPs", "10.0.0.2"}},
       "",
       {"10.0.0.2"},
       {}},
      {"the spec's field", {}, "10.0.0.3", {"10.0.0.3"}, {}},
      {"both",
       {{"metallb.io/loadBalancerIPs", "10.0.0.1"}},
       "10.0.0.1",
       {},
       {"spec.loadBalancerIP: may not be set together with the annotation metallb.io/loadBalancerIPs"}},
      {"not an address", {{"metallb.io/loadBalancerIPs", "web"}}, "", {}, {field + "'web' is not an IP address"}},
      {"a comma too many",
       {{"metallb.io/loadBalancerIPs", "10.0.0.1,"}},
       "",
       {"10.0.0.1"},
       {field + "'' is not an IP address"}},
      {"two of one family",
       {{"metallb.io/loadBalancerIPs", "10.0.0.1,10.0.0.2"}},
       "",
       {"10.0.0.1"},
       {field + "more than one IPv4 address"}},
      {"a fault under the old prefix is reported there",
       {{"metallb.universe.tf/loadBalancerIPs", "web"}},
       "",
       {},
       {"metadata.annotations[metallb.universe.tf/loadBalancerIPs]: 'web' is not an IP address"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    Service made = balancer("a");
    made.meta.annotations = row.annotations;
    if (*row.load_balancer_ip != '\0') made.load_balancer_ip = ip(row.load_balancer_ip);
    const LoadBalancerRequest request = load_balancer_request(made);
    CHECK(texts(request.ips) == row.ips);
    CHECK(texts(request.issues) == row.issues);
  }
}

TEST_CASE("pool and sharing key are read under either prefix") {
  Service made = balancer("a", {{"address-pool", "gold"}});
  made.meta.annotations["metallb.universe.tf/address-pool"] = "silver";
  made.meta.annotations["metallb.universe.tf/allow-shared-ip"] = "key";
  const LoadBalancerRequest request = load_balancer_request(made);
  CHECK(request.pool == "gold");
  CHECK(request.sharing_key == "key");
}

TEST_CASE("a fault of the spec's field is at its line") {
  Service made = balancer("a", {{"loadBalancerIPs", "10.0.0.1"}});
  made.meta.location = {std::make_shared<const std::string>("web.yaml"), 3};
  made.load_balancer_ip = ip("10.0.0.1");
  made.load_balancer_ip_line = 14;
  CHECK(load_balancer_request(made).issues.at(0).to_string().starts_with(
      "web.yaml:14: Service shop/a: spec.loadBalancerIP"));
}

TEST_CASE("a faulty request gives nothing new and leaves in force what is there") {
  PoolLab lab({pool("a", {"10.0.0.1-10.0.0.9"})});
  const auto fresh = lab.give(balancer("new", {{"loadBalancerIPs", "web"}}));
  CHECK(fresh.ips.empty());
  CHECK(fresh.issues.size() == 1);
  CHECK(fresh.pending == "'web' is not an IP address");

  CHECK(lab.ips(balancer("old")) == Texts{"10.0.0.1"});
  const auto broken = lab.give(balancer("old", {{"loadBalancerIPs", "web"}}));
  CHECK(texts(broken.ips) == Texts{"10.0.0.1"});
  CHECK(broken.issues.size() == 1);
  CHECK(lab.ips(balancer("other")) == Texts{"10.0.0.2"});
}

}  // namespace
}  // namespace naru::lb
