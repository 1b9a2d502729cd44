// Whatever the nodes, Services and advertisements: nodes that see the same agree, and no address has two owners.
#include "base/random.h"
#include "tests/unit/lb/announce/make.h"

namespace naru::lb::announce {
namespace {

using Names = std::set<std::string>;

const std::vector<std::string> kNodes = {"a", "b", "c", "d", "e"};
const std::vector<std::string> kLabels = {"edge", "fast", "big"};

Names some_of(const std::vector<std::string>& all, Random& random) {
  Names some;
  for (const std::string& each : all) {
    if (random() % 2 == 0) some.insert(each);
  }
  return some;
}

std::vector<config::LabelSelector> any_selectors(Random& random) {
  std::vector<config::LabelSelector> selectors;
  for (auto left = random() % 3; left > 0; --left) selectors.push_back(label(kLabels[random() % kLabels.size()]));
  return selectors;
}

Scene any_scene(Random& random) {
  Scene scene(kNodes);
  for (const std::string& name : kNodes) {
    for (const std::string& each : some_of(kLabels, random)) scene.node(name).labels[each] = "true";
    scene.node(name).network_unavailable = random() % 8 == 0;
    if (random() % 8 == 0) {
      scene.node(name).labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
    }
  }
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(1 + random() % 8);  // some share
    auto& service = scene.service("s" + std::to_string(i), {"192.0.2." + n}, some_of(kNodes, random));
    if (random() % 2 == 0) service.policy = config::TrafficPolicy::local;
  }
  for (auto left = random() % 4; left > 0; --left) {
    auto& advertisement = scene.layer2();
    advertisement.scope.node_selectors = any_selectors(random);
    for (auto more = random() % 3; more > 0; --more) {
      advertisement.preferences.push_back({static_cast<int>(1 + random() % 100), label(kLabels[random() % 3])});
    }
  }
  return scene;
}

bool is_selected(const Scene& scene, const std::string& node) {
  for (const auto& advertisement : scene.input.layer2) {
    const auto& selectors = advertisement->scope.node_selectors;
    if (selectors.empty()) return true;
    for (const auto& selector : selectors) {
      if (selector.matches(scene.input.nodes.at(node).labels)) return true;
    }
  }
  return false;
}

/// Said again in the plainest words there are.
bool may_announce(const Scene& scene, const std::string& node, const IpAddress& address) {
  const NodeInput& it = scene.input.nodes.at(node);
  if (it.network_unavailable || it.excluded() || !is_selected(scene, node)) return false;
  for (const auto& [name, service] : scene.input.services) {
    const ServiceAddress& has = service->addresses.front();
    if (has.ip != address || !has.endpoints.anywhere) continue;
    if (service->policy == config::TrafficPolicy::cluster || has.endpoints.nodes.contains(node)) return true;
  }
  return false;
}

TEST_CASE("each address has exactly one owner among the live nodes that may have it, and all of them agree") {
  Random random(20);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const Scene scene = any_scene(random);
    const Names live = some_of(kNodes, random);
    std::map<IpAddress, Names> announced;
    std::map<IpAddress, Names> owners;
    for (const std::string& node : live) {
      for (const Layer2Decision& decision : scene.plan_of(node, live).layer2) {
        owners[decision.address].insert(decision.owner);
        if (decision.reason == Reason::announced) announced[decision.address].insert(node);
        CHECK((decision.reason == Reason::announced) == (decision.owner == node));
      }
    }
    for (const auto& [address, who] : owners) {
      CHECK(who.size() == 1);
      const std::string& owner = *who.begin();
      bool anybody = false;
      for (const std::string& node : live) anybody |= may_announce(scene, node, address);
      CHECK(owner.empty() == !anybody);
      CHECK(announced[address] == (owner.empty() ? Names{} : Names{owner}));
      if (!owner.empty()) CHECK(may_announce(scene, owner, address));
    }
  }
}

}  // namespace
}  // namespace naru::lb::announce
