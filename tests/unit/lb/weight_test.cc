// Which weight an endpoint has, and whose turn it is by weights.
#include "lb/weight.h"

#include <map>

#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::WeightRule;

WeightRule rule(int weight) {
  WeightRule made;
  made.weight = weight;
  return made;
}
WeightRule of_node(const std::string& node, int weight) {
  WeightRule made = rule(weight);
  made.nodes = {node};
  return made;
}
WeightRule of_zones(std::vector<std::string> zones, int weight) {
  WeightRule made = rule(weight);
  made.zones = std::move(zones);
  return made;
}
WeightRule of_addresses(std::vector<Cidr> addresses, int weight) {
  WeightRule made = rule(weight);
  made.addresses = std::move(addresses);
  return made;
}
WeightRule of_pods(config::Labels labels, int weight) {
  WeightRule made = rule(weight);
  made.pods = config::LabelSelector{std::move(labels), {}};
  return made;
}

/// 10.0.0.1 on node w1 in zone a, of a Pod with the label track=canary.
struct Subject {
  Subject() { pod.meta.labels = {{"track", "canary"}}; }

  Weight by(const std::vector<WeightRule>& rules, bool pod_known = true) const {
    return weight_of(rules, {address, "w1", "a", pod_known ? &pod : nullptr, &slice});
  }

  IpAddress address = ip("10.0.0.1");
  config::Pod pod;
  config::EndpointSlice slice;
};

TEST_CASE("what a rule asks of an endpoint") {
  const Subject one;
  const std::vector<std::pair<WeightRule, bool>> rows = {
      {rule(7), true},
      {of_node("w1", 7), true},
      {of_node("w2", 7), false},
      {of_zones({"b", "a"}, 7), true},
      {of_zones({"b"}, 7), false},
      {of_addresses({cidr("10.0.0.0/24")}, 7), true},
      {of_addresses({cidr("10.0.1.0/24"), cidr("10.0.0.1/32")}, 7), true},
      {of_addresses({cidr("10.0.0.2/32"), cidr("fd00::/8")}, 7), false},
      {of_pods({{"track", "canary"}}, 7), true},
      {of_pods({{"track", "stable"}}, 7), false},
      {of_pods({}, 7), true},
  };
  for (const auto& [tested, fits] : rows) {
    CAPTURE(&tested - &rows[0].first);
    CHECK(one.by({tested}) == (fits ? 7 : 1));
  }
}

TEST_CASE("all conditions of a rule must hold") {
  WeightRule both = of_node("w1", 7);
  both.zones = {"b"};
  CHECK(Subject().by({both}) == 1);
  both.zones = {"a"};
  CHECK(Subject().by({both}) == 7);
}

TEST_CASE("an endpoint of no known Pod is in no selection of Pods, not even in that of all") {
  CHECK(Subject().by({of_pods({}, 7), rule(3)}, false) == 3);
}

TEST_CASE("the first rule that fits counts, and before what Pod and slice say; else the Pod, then the slice") {
  Subject one;
  CHECK(one.by({}) == 1);
  one.slice.weight = 20;
  CHECK(one.by({}) == 20);
  one.pod.weight = 30;
  CHECK(one.by({}) == 30);
  CHECK(one.by({}, false) == 20);
  CHECK(one.by({of_node("w2", 5)}) == 30);
  CHECK(one.by({of_node("w2", 5), of_node("w1", 6), rule(7)}) == 6);
  CHECK(one.by({rule(0)}) == 0);
}

std::map<std::uint32_t, int> turns(const WeightedSlots& slots, std::uint64_t first, std::uint32_t count) {
  std::map<std::uint32_t, int> counts;
  for (std::uint32_t i = 0; i < count; ++i) ++counts[slots.at_turn(first + i)];
  return counts;
}

TEST_CASE("equal weights, or one endpoint, or none, need no slots") {
  CHECK(WeightedSlots().empty());
  for (const std::vector<Weight>& weights :
       {std::vector<Weight>{}, std::vector<Weight>{1}, std::vector<Weight>{256}, std::vector<Weight>{5, 5, 5}}) {
    CHECK(WeightedSlots(weights).empty());
  }
}

TEST_CASE("slots are the weights without what they have in common, each endpoint's beside one another") {
  const std::vector<Weight> weights = {100, 50, 200};
  const WeightedSlots slots(weights);
  CHECK(slots.count() == 7);
  std::vector<std::uint32_t> owners;
  for (std::uint32_t slot = 0; slot < 7; ++slot) owners.push_back(slots.at(slot));
  CHECK(owners == std::vector<std::uint32_t>{0, 0, 1, 2, 2, 2, 2});
}

TEST_CASE("in as many turns as there are slots each endpoint has its weight of them, wherever one begins") {
  const std::vector<std::vector<Weight>> rows = {{1, 2},        {5, 1, 1},          {256, 1},
                                                 {3, 7, 11, 2}, {256, 255, 254, 1}, {1, 1, 2}};
  for (const auto& weights : rows) {
    const WeightedSlots slots(weights);
    for (const std::uint64_t first :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12345}, ~std::uint64_t{0} / 2}) {
      const auto counts = turns(slots, first, slots.count());
      REQUIRE(counts.size() == weights.size());
      for (const auto& [position, count] : counts) CHECK(count == weights[position]);
    }
  }
}

// In blocks (aaaaabc) the heavy endpoint would get bursts that its share does not say.
TEST_CASE("turns are spread: after any number of them nobody is three off its share") {
  const std::vector<std::vector<Weight>> rows = {{5, 1, 1}, {256, 1}, {100, 50, 25, 25}, {3, 7, 11, 2}, {64, 256, 256}};
  for (const auto& weights : rows) {
    const WeightedSlots slots(weights);
    double sum = 0;
    for (const Weight weight : weights) sum += weight;
    std::vector<int> counts(weights.size());
    for (std::uint32_t turn = 1; turn <= slots.count(); ++turn) {
      ++counts[slots.at_turn(turn - 1)];
      for (std::size_t i = 0; i < weights.size(); ++i) {
        REQUIRE(std::abs(counts[i] - turn * weights[i] / sum) < 3);
      }
    }
  }
}

}  // namespace
}  // namespace naru::lb
