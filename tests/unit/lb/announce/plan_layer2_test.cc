#include "tests/unit/lb/announce/make.h"

namespace naru::lb::announce {
namespace {

using Names = std::set<std::string>;

/// The one decision there is.
Layer2Decision only(const Scene& scene) {
  const Plan plan = scene.plan();
  REQUIRE(plan.layer2.size() == 1);
  return plan.layer2.front();
}

/// Who has each address, as node a sees it.
std::map<std::string, std::string> owners(const Scene& scene) {
  std::map<std::string, std::string> all;
  for (const Layer2Decision& decision : scene.plan().layer2) all[decision.address.to_string()] = decision.owner;
  return all;
}

TEST_CASE("why this node does not announce an address, each reason by itself") {
  struct Row {
    const char* says;
    void (*change)(Scene&, ServiceInput&, config::L2Advertisement&);
    Reason reason;
    const char* owner;  // "?": whoever is elected
  };
  const Row rows[] = {
      {"an advertisement for other nodes",
       [](Scene& scene, auto&, auto& ad) {
         scene.node("b").labels["edge"] = "true";
         ad.scope.node_selectors = {label("edge")};
       },
       Reason::node_not_selected, "b"},
      {"the label that excludes, whatever its value",
       [](Scene& scene, auto&, auto&) {
         scene.node("a").labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "false";
       },
       Reason::node_excluded, "?"},
      {"the node is being deleted", [](Scene& scene, auto&, auto&) { scene.node("a").leaving = true; },
       Reason::node_leaving, "?"},
      {"its network is not there", [](Scene& scene, auto&, auto&) { scene.node("a").network_unavailable = true; },
       Reason::network_unavailable, "?"},
      {"no endpoint anywhere: nobody announces",
       [](Scene&, auto& service, auto&) { service.addresses[0].endpoints = {}; }, Reason::no_endpoint, ""},
      {"policy Local, and the endpoints are elsewhere",
       [](Scene&, auto& service, auto&) {
         service.policy = config::TrafficPolicy::local;
         service.addresses[0].endpoints.nodes = {"b"};
       },
       Reason::no_local_endpoint, "b"},
      {"policy Local, and the node of the endpoint is not there",
       [](Scene& scene, auto& service, auto&) {
         service.policy = config::TrafficPolicy::local;
         service.addresses[0].endpoints.nodes = {"b"};
         scene.presence.others = {"c"};
       },
       Reason::no_local_endpoint, ""},
      {"this node is none of the Nodes", [](Scene& scene, auto&, auto&) { scene.input.nodes.erase("a"); },
       Reason::node_unknown, "?"},
      {"others may not have been heard", [](Scene& scene, auto&, auto&) { scene.presence.phase = Phase::starting; },
       Reason::starting, "?"},
      {"it is back, and settles", [](Scene& scene, auto&, auto&) { scene.presence.phase = Phase::settling; },
       Reason::settling, "?"},
      {"no packet sockets", [](Scene& scene, auto&, auto&) { scene.presence.able = false; }, Reason::no_privilege, "?"},
      {"another node is preferred",
       [](Scene& scene, auto&, auto& ad) {
         scene.node("c").labels["edge"] = "true";
         ad.preferences = {{1, label("edge")}};
       },
       Reason::lost_election, "c"},
      {"not in force on all workers",
       [](Scene& scene, auto& service, auto&) {
         service.addresses[0].served = false;
         scene.presence.others.clear();
       },
       Reason::not_served, "a"},
      {"it is back, and the nodes that are there may not have the address",
       [](Scene& scene, auto&, auto&) {
         scene.presence.phase = Phase::settling;
         for (const char* name : {"b", "c"}) {
           scene.node(name).labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
         }
       },
       Reason::announced, "a"},
      {"it is back, as the only other one is",
       [](Scene& scene, auto& service, auto&) {
         scene.presence.phase = Phase::settling;
         scene.presence.others.clear();
         scene.presence.newcomers = {"b"};
         service.policy = config::TrafficPolicy::local;
         service.addresses[0].endpoints.nodes = {"b"};
       },
       Reason::no_local_endpoint, "b"},
      {"a newcomer is no candidate beside an established node",
       [](Scene& scene, auto&, auto&) {
         scene.presence.others.clear();
         scene.presence.newcomers = {"b", "c"};
       },
       Reason::announced, "a"},
      {"nobody else is there", [](Scene& scene, auto&, auto&) { scene.presence.others.clear(); }, Reason::announced,
       "a"},
      {"nobody else is there, and this one is cut off",
       [](Scene& scene, auto&, auto&) {
         scene.presence = {Phase::isolated, {}, true};
       },
       Reason::announced, "a"},
      {"this node is preferred",
       [](Scene& scene, auto&, auto& ad) {
         scene.node("a").labels["edge"] = "true";
         ad.preferences = {{1, label("edge")}};
       },
       Reason::announced, "a"},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    Scene scene;
    ServiceInput& service = scene.service("web", {"192.0.2.1"});
    row.change(scene, service, scene.layer2());
    const Layer2Decision decision = only(scene);
    CHECK(decision.reason == row.reason);
    if (*row.owner != '?') CHECK(decision.owner == row.owner);
    if (*row.owner == '?') CHECK((decision.owner == "b" || decision.owner == "c"));
  }
}

TEST_CASE("an address that no L2Advertisement is about is not announced, and listed as such") {
  Scene scene;
  scene.service("web", {"192.0.2.1"});
  CHECK(scene.plan().layer2.empty());
  REQUIRE(scene.plan().unannounced.size() == 1);
  CHECK(scene.plan().unannounced[0].reason == Reason::no_advertisement);
  scene.layer2().scope.pools = {{"other", 1}};
  CHECK(scene.plan().unannounced.size() == 1);
  scene.layer2().scope.pools = {{"pool", 1}};
  CHECK(scene.plan().unannounced.empty());
  CHECK(scene.plan().layer2.size() == 1);
}

TEST_CASE("pools by name or by label; both lists together are alternatives") {
  Scene scene;
  const ServiceInput service{{"shop", "web"}, {{"app", "web"}}, "pool", {}, {}};
  struct Row {
    config::AdvertisementScope scope;
    bool covered;
  };
  const Row rows[] = {
      {{}, true},
      {{{{"pool", 1}}, {}, {}, {}}, true},
      {{{{"other", 1}}, {}, {}, {}}, false},
      {{{}, {label("zone", "east")}, {}, {}}, true},
      {{{}, {label("zone", "west")}, {}, {}}, false},
      {{{{"other", 1}}, {label("zone", "east")}, {}, {}}, true},
      {{{{"pool", 1}}, {label("zone", "west")}, {}, {}}, true},
      {{{}, {{}}, {}, {}}, true},
      {{{}, {}, {}, {label("app", "web")}}, true},
      {{{}, {}, {}, {label("app", "api")}}, false},
      {{{}, {}, {}, {label("app", "api"), label("app", "web")}}, true},
  };
  for (const Row& row : rows) {
    scene.input.layer2.clear();
    scene.layer2().scope = row.scope;
    scene.input.services.clear();
    scene.service("web", {"192.0.2.1"}).labels = service.labels;
    CHECK(scene.plan().layer2.size() == (row.covered ? 1U : 0U));
  }
}

TEST_CASE("interfaces of all advertisements that select this node add up; one without any means all") {
  Scene scene;
  scene.presence.others.clear();
  scene.service("web", {"192.0.2.1"});
  scene.node("b").labels["b"] = "true";
  scene.layer2().interfaces = {"eth0"};
  scene.layer2().interfaces = {"eth1"};
  auto& of_b = scene.layer2();
  of_b.scope.node_selectors = {label("b")};
  CHECK(only(scene).interfaces == layer2::InterfaceSelection::only({"eth0", "eth1"}));
  scene.layer2();
  CHECK(only(scene).interfaces == layer2::InterfaceSelection{});
}

TEST_CASE("preferences add up over advertisements, each among its own nodes") {
  Scene scene;
  scene.service("web", {"192.0.2.1"});
  scene.node("a").labels = {{"edge", "true"}};
  scene.node("b").labels = {{"edge", "true"}, {"fast", "true"}};
  scene.node("c").labels = {{"big", "true"}};
  scene.layer2().preferences = {{60, label("edge")}, {50, label("fast")}};
  CHECK(only(scene).owner == "b");
  scene.layer2().preferences = {{100, label("big")}, {20, label("big")}};
  CHECK(only(scene).owner == "c");
  // One that is for c alone makes no other node better.
  auto& third = scene.layer2();
  third.scope.node_selectors = {label("big")};
  third.preferences = {{100, label("edge")}};
  CHECK(only(scene).owner == "c");
  scene.presence.others = {"b"};
  CHECK(only(scene).owner == "b");
}

TEST_CASE("both addresses of a dual-stack Service are one node's") {
  Scene scene;
  scene.layer2();
  for (int i = 1; i < 20; ++i) {
    const std::string n = std::to_string(i);
    scene.service("web" + n, {"192.0.2." + n, "2001:db8::" + n});
    CHECK(owners(scene)["192.0.2." + n] == owners(scene)["2001:db8::" + n]);
  }
}

TEST_CASE("Services that share an address have one owner, wherever the endpoints of either are") {
  Scene scene;
  scene.layer2();
  scene.service("a-tcp", {"192.0.2.1"}, {});
  scene.service("b-udp", {"192.0.2.1"}, {"b"});
  const Layer2Decision decision = only(scene);
  CHECK(decision.services.size() == 2);
  CHECK_FALSE(decision.owner.empty());
}

TEST_CASE("without Node objects this node is alone; selectors find no labels on it") {
  Scene scene(std::vector<std::string>{});
  scene.presence.others.clear();
  scene.service("web", {"192.0.2.1"});
  auto& advertisement = scene.layer2();
  CHECK(only(scene).reason == Reason::announced);
  advertisement.scope.node_selectors = {label("edge")};
  CHECK(only(scene).reason == Reason::node_not_selected);
}

TEST_CASE("a node that goes moves its own addresses and no others") {
  Scene scene;
  scene.layer2();
  for (int i = 1; i < 100; ++i) scene.service("web" + std::to_string(i), {"192.0.2." + std::to_string(i)});
  const auto before = owners(scene);
  scene.presence.others = {"b"};
  for (const auto& [address, owner] : owners(scene)) {
    if (before.at(address) != "c") CHECK(owner == before.at(address));
    CHECK(owner != "c");
  }
}

TEST_CASE("in a split network each side has an owner of its own for each address") {
  Scene scene({"a", "b", "c", "d"});
  scene.layer2();
  for (int i = 1; i < 50; ++i) scene.service("web" + std::to_string(i), {"192.0.2." + std::to_string(i)});
  for (const Names& side : {Names{"a", "b"}, Names{"c", "d"}}) {
    std::map<IpAddress, int> announced;
    for (const std::string& node : side) {
      for (const auto& decision : scene.plan_of(node, side).layer2) {
        announced[decision.address] += decision.reason == Reason::announced ? 1 : 0;
      }
    }
    CHECK(announced.size() == 49);
    for (const auto& [address, count] : announced) CHECK(count == 1);
  }
}

}  // namespace
}  // namespace naru::lb::announce
