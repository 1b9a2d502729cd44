#include "lb/layer2/elect.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/random.h"

namespace naru::lb::layer2 {
namespace {

IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}

using Candidates = std::vector<ElectionCandidate>;

struct Row {
  std::string what;
  Candidates candidates;
  std::string address;
  std::vector<std::string_view> order;
};

TEST_CASE("nodes rank by preference, then by the digest of node and address") {
  const auto row = GENERATE(values<Row>({
      {"no candidate: nobody", {}, "192.0.2.10", {}},
      {"one candidate: itself", {{"w1-k8s", 0}}, "192.0.2.10", {"w1-k8s"}},
      {"a higher preference wins, whatever the digest",
       {{"w1-k8s", 1}, {"w2-k8s", 2}},
       "192.0.2.10",
       {"w2-k8s", "w1-k8s"}},
      {"... and the other way round", {{"w1-k8s", 2}, {"w2-k8s", 1}}, "192.0.2.10", {"w1-k8s", "w2-k8s"}},
      {"a preference below none loses", {{"w1-k8s", -5}, {"w2-k8s", 0}}, "192.0.2.10", {"w2-k8s", "w1-k8s"}},
      {"a name given twice counts with its best preference",
       {{"w1-k8s", 0}, {"w2-k8s", 1}, {"w1-k8s", 2}},
       "192.0.2.10",
       {"w1-k8s", "w2-k8s"}},
  }));
  INFO(row.what);
  CHECK(ranking(row.candidates, ip(row.address)) == row.order);
  const auto owner = elect(row.candidates, ip(row.address));
  CHECK(owner.has_value() == !row.order.empty());
  if (owner) CHECK(*owner == row.order.front());
}

TEST_CASE("digests are those of sha256sum") {
  const Candidates nodes{{"m-k8s", 0}, {"w1-k8s", 0}, {"w2-k8s", 0}, {"w3-k8s", 0}};
  using Order = std::vector<std::string_view>;
  // The digests' first digits, from `printf 'w1-k8s#192.0.2.10' | sha256sum` and so on, stand beside them.
  CHECK(ranking(nodes, ip("192.0.2.10")) == Order{"w2-k8s", "w3-k8s", "w1-k8s", "m-k8s"});    // 0074 8d5c 902f 9295
  CHECK(ranking(nodes, ip("192.0.2.11")) == Order{"w2-k8s", "w3-k8s", "m-k8s", "w1-k8s"});    // 0aaa 5e1c 6bd3 ca33
  CHECK(ranking(nodes, ip("192.0.2.12")) == Order{"w3-k8s", "w1-k8s", "m-k8s", "w2-k8s"});    // 473f 586e b9e3 cc52
  CHECK(ranking(nodes, ip("2001:db8::10")) == Order{"w3-k8s", "w1-k8s", "m-k8s", "w2-k8s"});  // 03f3 0c7b 21d6 8009
}

TEST_CASE("the order in which candidates are given does not matter") {
  Candidates nodes{{"a", 3}, {"b", 3}, {"c", 1}, {"d", 3}};
  const auto expected = std::string(*elect(nodes, ip("198.51.100.7")));
  std::sort(nodes.begin(), nodes.end(), [](const auto& x, const auto& y) { return x.node < y.node; });
  do {
    CHECK(*elect(nodes, ip("198.51.100.7")) == expected);
  } while (
      std::next_permutation(nodes.begin(), nodes.end(), [](const auto& x, const auto& y) { return x.node < y.node; }));
}

using Owners = std::map<IpAddress, std::string>;

Owners owners(const Candidates& nodes, std::size_t addresses) {
  Owners all;
  for (std::size_t i = 0; i < addresses; ++i) {
    const IpAddress address = ip("10.20.0.0").plus(i);
    all[address] = std::string(*elect(nodes, address));
  }
  return all;
}

TEST_CASE("a node that comes or goes moves only what it wins or leaves") {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    Candidates nodes;
    const std::size_t count = 1 + random.below(8);
    for (std::size_t i = 0; i < count; ++i) {
      nodes.push_back({"node-" + std::to_string(random.below(1000000)), random.below(3)});
    }
    const Owners before = owners(nodes, 100);
    const ElectionCandidate added{"newcomer-" + std::to_string(round), random.below(3)};
    nodes.push_back(added);
    for (const auto& [address, owner] : owners(nodes, 100)) {
      INFO(address.to_string() << " of " << before.at(address) << " went to " << owner);
      CHECK((owner == before.at(address) || owner == added.node));
    }
  }
}

TEST_CASE("equal nodes share addresses about evenly") {
  std::map<std::string, int> shares;
  for (const auto& [address, owner] : owners({{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}}, 1000)) ++shares[owner];
  for (const auto& [node, share] : shares) {
    INFO(node << " has " << share << " of 1000");
    CHECK((share > 200 && share < 300));
  }
}

}  // namespace
}  // namespace naru::lb::layer2
