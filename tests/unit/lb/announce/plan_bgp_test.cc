#include "tests/unit/lb/announce/make.h"

namespace naru::lb::announce {
namespace {

std::vector<std::string> prefixes(const Plan& plan, const std::string& peer) {
  std::vector<std::string> all;
  const auto found = plan.routes.find(peer);
  if (found == plan.routes.end()) return {"(no peer)"};
  for (const PlannedRoute& route : found->second) all.push_back(route.prefix.to_string());
  return all;
}

using Lines = std::vector<std::string>;

TEST_CASE("a host route for each address, from every node, to every peer of this node") {
  Scene scene;
  scene.bgp();
  scene.peer("one");
  scene.peer("two").node_selectors = {label("rack")};
  scene.service("web", {"192.0.2.1", "2001:db8::1"});
  const Plan plan = scene.plan();
  CHECK(plan.peers == Lines{"one"});
  CHECK(prefixes(plan, "one") == Lines{"192.0.2.1/32", "2001:db8::1/128"});
  CHECK(prefixes(plan, "two") == Lines{"(no peer)"});
  scene.node("a").labels["rack"] = "true";
  CHECK(prefixes(scene.plan(), "two").size() == 2);
}

TEST_CASE("aggregates: addresses of one prefix are one route; two advertisements are two routes") {
  Scene scene;
  scene.peer("one");
  scene.bgp().aggregation_length = 24;
  scene.service("web", {"192.0.2.1"});
  scene.service("api", {"192.0.2.200"});
  CHECK(prefixes(scene.plan(), "one") == Lines{"192.0.2.0/24"});
  scene.bgp();
  CHECK(prefixes(scene.plan(), "one") == Lines{"192.0.2.0/24", "192.0.2.1/32", "192.0.2.200/32"});
}

TEST_CASE("several advertisements of one prefix: communities of all, sorted, each once; the highest preference") {
  Scene scene;
  scene.peer("one");
  scene.service("web", {"192.0.2.1"});
  scene.bgp().local_pref = 100;
  scene.input.bgp.back().communities = {{false, 2, 2, 0}, {true, 1, 2, 3}};
  scene.bgp().local_pref = 50;
  scene.input.bgp.back().communities = {{false, 1, 1, 0}, {false, 2, 2, 0}};
  const PlannedRoute route = scene.plan().routes.at("one").at(0);
  CHECK(route.local_pref == 100U);
  CHECK(route.communities == std::vector<config::CommunityValue>{{false, 1, 1, 0}, {false, 2, 2, 0}, {true, 1, 2, 3}});
}

TEST_CASE("why an address is not announced by BGP, each reason by itself") {
  struct Row {
    const char* says;
    void (*change)(Scene&, ServiceInput&, config::BgpAdvertisement&);
    Reason reason;
  };
  const Row rows[] = {
      {"nothing is in the way", [](Scene&, auto&, auto&) {}, Reason::announced},
      {"others are not there: each node speaks for itself",
       [](Scene& scene, auto&, auto&) {
         scene.presence = {Phase::starting, {}, false};
       },
       Reason::announced},
      {"no endpoint anywhere", [](Scene&, auto& service, auto&) { service.addresses[0].endpoints = {}; },
       Reason::no_endpoint},
      {"policy Local, endpoints elsewhere",
       [](Scene&, auto& service, auto&) {
         service.policy = config::TrafficPolicy::local;
         service.addresses[0].endpoints.nodes = {"b"};
       },
       Reason::no_local_endpoint},
      {"policy Local, an endpoint here",
       [](Scene&, auto& service, auto&) {
         service.policy = config::TrafficPolicy::local;
         service.addresses[0].endpoints.nodes = {"a"};
       },
       Reason::announced},
      {"policy Cluster, endpoints elsewhere",
       [](Scene&, auto& service, auto&) { service.addresses[0].endpoints.nodes = {"b"}; }, Reason::announced},
      {"excluded",
       [](Scene& scene, auto&, auto&) {
         scene.node("a").labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
       },
       Reason::node_excluded},
      {"not in force on all workers", [](Scene&, auto& service, auto&) { service.addresses[0].served = false; },
       Reason::not_served},
      {"for other nodes", [](Scene&, auto&, auto& ad) { ad.scope.node_selectors = {label("rack")}; },
       Reason::node_not_selected},
      {"for another peer",
       [](Scene&, auto&, auto& ad) {
         ad.peers = {{"two", 1}};
       },
       Reason::no_peer},
      {"for this peer",
       [](Scene&, auto&, auto& ad) {
         ad.peers = {{"one", 1}};
       },
       Reason::announced},
      {"a peer that cannot be", [](Scene& scene, auto&, auto&) { scene.input.peers[0].fault = "no such Secret"; },
       Reason::no_peer},
      {"a community that does not exist", [](Scene& scene, auto&, auto&) { scene.input.bgp[0].fault = "no such name"; },
       Reason::not_configured},
      {"none of the Nodes", [](Scene& scene, auto&, auto&) { scene.input.nodes.erase("a"); }, Reason::node_unknown},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    Scene scene;
    scene.peer("one");
    ServiceInput& service = scene.service("web", {"192.0.2.1"});
    row.change(scene, service, scene.bgp());
    const Plan plan = scene.plan();
    REQUIRE(plan.bgp.size() == 1);
    CHECK(plan.bgp[0].reason == row.reason);
    CHECK(plan.unannounced.empty());
    const auto routes = plan.routes.find("one");
    const bool has_route = routes != plan.routes.end() && !routes->second.empty();
    CHECK(has_route == (row.reason == Reason::announced));
  }
}

TEST_CASE("a peer without anything to announce is still to be had: its routes are none") {
  Scene scene;
  scene.peer("one");
  CHECK(scene.plan().peers == Lines{"one"});
  CHECK(scene.plan().routes.at("one").empty());
}

}  // namespace
}  // namespace naru::lb::announce
