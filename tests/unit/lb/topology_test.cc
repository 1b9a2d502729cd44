#include "lb/topology.h"

#include <numeric>
#include <sstream>

#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

/// "n1 a / n2 a / n3 b": nodes with their zones; "-" is none.
NodeZones nodes_of(const std::string& text) {
  NodeZones nodes;
  std::istringstream words(text);
  for (std::string node, zone, bar; words >> node >> zone; words >> bar) nodes.set(node, zone == "-" ? "" : zone);
  return nodes;
}

/// "n1 a, n2 b N:n1,n3 Z:a": endpoints, each with node and zone ("-": not said), and whom it is meant for.
std::vector<config::SliceEndpoint> members(const std::string& text) {
  std::vector<config::SliceEndpoint> all;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word.starts_with("N:")) {
      all.back().hint_nodes.push_back(word.substr(2));
    } else if (word.starts_with("Z:")) {
      all.back().hint_zones.push_back(word.substr(2));
    } else {
      const auto slash = word.find('/');
      all.emplace_back();
      if (word.substr(0, slash) != "-") all.back().node_name = word.substr(0, slash);
      if (slash != std::string::npos) all.back().zone = word.substr(slash + 1);
    }
  }
  return all;
}

using Indices = std::vector<std::uint32_t>;

/// What node n1 is left with of endpoints that are all usable.
Indices near(const std::string& nodes_text, const std::string& endpoints, Distribution wish, Tier tier = Tier::ready) {
  const NodeZones nodes = nodes_of(nodes_text);
  const auto all = members(endpoints);
  std::vector<Place> places;
  for (const auto& one : all) places.push_back(place_of(one, nodes));
  Usable usable{Indices(all.size()), all.empty() ? Tier::none : tier};
  std::iota(usable.indices.begin(), usable.indices.end(), 0U);
  const Usable left = near_endpoints(usable, places, {"n1", nodes.zone_of("n1"), nodes, wish});
  CHECK(left.tier == usable.tier);
  return left.indices;
}

TEST_CASE("hints say which endpoints a node sends to, if all ready ones have them and one is for it") {
  struct Row {
    const char* says;
    const char* endpoints;
    Indices left;
  };
  const Row rows[] = {
      {"no endpoints: nothing is left, nothing breaks", "", {}},
      {"no hints: all", "n1/a n2/b", {0, 1}},
      {"hints for zones leave this zone's", "n1/a Z:a n2/b Z:b", {0}},
      {"a hint may be for a zone that the endpoint is not in", "n1/a Z:b n2/b Z:a", {1}},
      {"one endpoint may be for several zones", "n1/a Z:a n2/b Z:b Z:a n3/c Z:c", {0, 1}},
      {"one without a hint makes all hints count for nothing", "n1/a Z:a n2/b", {0, 1}},
      {"hints for other zones only count for nothing", "n1/a Z:b n2/b Z:c", {0, 1}},
      {"hints for nodes come before hints for zones", "n1/a N:n1 Z:a n2/a N:n2 Z:a n3/b N:n3 Z:b", {0}},
      {"none for this node: the zones' hints decide", "n2/a N:n2 Z:a n3/b N:n3 Z:b", {0}},
      {"one without a hint for a node: the zones' hints decide", "n1/a N:n1 Z:a n2/a Z:a n3/b N:n3 Z:b", {0, 1}},
      {"hints for nodes alone, none for this one: all", "n2/a N:n2 n3/b N:n3", {0, 1}},
      {"some for nodes, some for zones: neither is complete", "n1/a N:n1 n2/a Z:a", {0, 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    CHECK(near("n1 a / n2 a / n3 b", row.endpoints, Distribution::anywhere) == row.left);
    // A controller's hints are the wish's outcome: naru adds nothing to them.
    if (std::string_view(row.endpoints).find(':') == std::string_view::npos) continue;
    CHECK(near("n1 a / n2 a / n3 b", row.endpoints, Distribution::same_zone) == row.left);
    CHECK(near("n1 a / n2 a / n3 b", row.endpoints, Distribution::same_node) == row.left);
  }
}

TEST_CASE("a node that knows no zone follows hints for nodes only") {
  CHECK(near("n1 -", "n1/a Z:a n2/b Z:b", Distribution::anywhere) == Indices{0, 1});
  CHECK(near("n1 -", "n1/a N:n1 Z:a n2/b N:n2 Z:b", Distribution::anywhere) == Indices{0});
  CHECK(near("", "n1/a N:n1 Z:a n2/b N:n2 Z:b", Distribution::anywhere) == Indices{0});
}

TEST_CASE("hints and wishes choose among ready endpoints only: those that end are all needed") {
  CHECK(near("n1 a / n2 b", "n1/a Z:a n2/b Z:b", Distribution::anywhere, Tier::terminating) == Indices{0, 1});
  CHECK(near("n1 a / n2 b", "n1/a n2/b", Distribution::same_zone, Tier::terminating) == Indices{0, 1});
}

TEST_CASE("of endpoints that may be used, only those have a say") {
  const NodeZones nodes = nodes_of("n1 a / n2 b");
  const auto all = members("n2/b n1/a Z:a n2/b Z:b");
  std::vector<Place> places;
  for (const auto& one : all) places.push_back(place_of(one, nodes));
  const Usable left = near_endpoints({{1, 2}, Tier::ready}, places, {"n1", "a", nodes, Distribution::anywhere});
  CHECK(left.indices == Indices{1});
}

TEST_CASE("without hints, the same zone is preferred where its endpoints can bear what comes from it") {
  struct Row {
    const char* says;
    const char* nodes;
    const char* endpoints;
    Indices left;
  };
  const Row rows[] = {
      {"one endpoint in each zone", "n1 a / n2 b", "n1/a n2/b", {0}},
      {"the zone of an endpoint is that of its node, where its slice does not say", "n1 a / n2 b", "n1 n2", {0}},
      {"the slice's word stands before the node's label", "n1 a / n2 b", "n1/b n2/a", {1}},
      {"none in this zone: all", "n1 a / n2 b", "n2/b n2/b", {0, 1}},
      {"one endpoint of unknown zone: all", "n1 a / n2 b", "n1/a n9", {0, 1}},
      {"this node's zone is unknown: all", "n1 - / n2 b", "n2/b n3/c", {0, 1}},
      {"this node is unknown: all", "n2 b", "n1/a n2/b", {0, 1}},
      {"half of the nodes, one of three: the share of 1.5 rounded down", "n1 a / n2 b", "n1/a n2/b n2/b", {0}},
      {"half of the nodes, one of four: less than the share of 2", "n1 a / n2 b", "n1/a n2/b n2/b n2/b", {0, 1, 2, 3}},
      {"half of the nodes, two of four", "n1 a / n2 b", "n1/a n2/b n1/a n2/b", {0, 2}},
      {"two thirds of the nodes, one of three: less than 2", "n1 a / n2 a / n3 b", "n1/a n3/b n3/b", {0, 1, 2}},
      {"two thirds of the nodes, two of three", "n1 a / n2 a / n3 b", "n1/a n1/a n3/b", {0, 1}},
      {"a third of the nodes, one of three", "n1 a / n2 b / n3 b", "n1/a n2/b n3/b", {0}},
      {"nodes without a zone have no share", "n1 a / n2 b / n3 - / n4 -", "n1/a n2/b n2/b n2/b", {0, 1, 2, 3}},
      {"a zone none of whose nodes is known counts as one node", "n1 a", "n1/a n2/b", {0}},
      {"so do two", "n1 a", "n1/a n2/b n3/c n3/c n3/c", {0}},
      {"more than the share stays in the zone too", "n1 a / n2 b", "n1/a n1/a n1/a n2/b", {0, 1, 2}},
      {"all in this zone", "n1 a / n2 b", "n1/a n1/a", {0, 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    CHECK(near(row.nodes, row.endpoints, Distribution::same_zone) == row.left);
  }
}

TEST_CASE("without hints, the same node is preferred, then its zone, where they can bear it") {
  struct Row {
    const char* says;
    const char* nodes;
    const char* endpoints;
    Indices left;
  };
  const Row rows[] = {
      {"one endpoint on each node", "n1 a / n2 a / n3 b", "n1 n2 n3", {0}},
      {"none on this node: its zone's", "n1 a / n2 a / n3 b", "n2 n3", {0}},
      {"none in the zone either: all", "n1 a / n2 a / n3 b", "n3 n3", {0, 1}},
      {"one of six on one of three nodes is less than the share of 2, and the zone's 3 less than its 4",
       "n1 a / n2 a / n3 b",
       "n1 n2 n2 n3 n3 n3",
       {0, 1, 2, 3, 4, 5}},
      {"the node's can't bear it, the zone's can", "n1 a / n2 a / n3 b", "n1 n2 n2 n2 n3 n3", {0, 1, 2, 3}},
      {"zones need not be known for it", "n1 - / n2 -", "n1 n2", {0}},
      {"nor nodes: those with endpoints count", "", "n1 n2 n2", {0}},
      {"one endpoint whose node is unknown: the zones decide", "n1 a / n2 b", "n1/a -/b", {0}},
      {"one endpoint of unknown place: all", "n1 a / n2 b", "n1 -", {0, 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    CHECK(near(row.nodes, row.endpoints, Distribution::same_node) == row.left);
  }
}

// What the rule promises: every node's share of traffic, spread over what it is left with.
TEST_CASE("no endpoint gets from its own zone twice its even share, however endpoints are spread") {
  for (int first = 0; first <= 7; ++first) {
    for (int second = 0; second <= 7; ++second) {
      std::string endpoints = "n3/c ";
      for (int i = 0; i < first; ++i) endpoints += "n1/a ";
      for (int i = 0; i < second; ++i) endpoints += "n2/b ";
      CAPTURE(first, second);
      const auto left = near("n1 a / n4 a / n2 b / n3 c", endpoints, Distribution::same_zone);
      const auto total = static_cast<std::size_t>(first + second + 1);
      // Half of the traffic is from zone a.
      if (left.size() < total) CHECK(0.5 / static_cast<double>(left.size()) < 2.0 / static_cast<double>(total));
    }
  }
}

TEST_CASE("what a trafficDistribution wishes") {
  CHECK(distribution_of("") == Distribution::anywhere);
  CHECK(distribution_of("PreferClose") == Distribution::same_zone);
  CHECK(distribution_of("PreferSameZone") == Distribution::same_zone);
  CHECK(distribution_of("PreferSameNode") == Distribution::same_node);
  CHECK(distribution_of("preferclose") == Distribution::anywhere);
}

TEST_CASE("nodes come, change their zone, and go") {
  NodeZones nodes;
  CHECK(nodes.nodes() == 0);
  CHECK(nodes.zone_of("n1").empty());
  CHECK_FALSE(nodes.erase("n1"));

  CHECK(nodes.set("n1", "a"));
  CHECK_FALSE(nodes.set("n1", "a"));
  CHECK(nodes.set("n2", ""));
  CHECK(nodes.nodes() == 2);
  CHECK(nodes.nodes_with_zone() == 1);
  CHECK(nodes.nodes_in("a") == 1);
  CHECK(nodes.nodes_in("") == 0);

  CHECK(nodes.set("n1", "b"));
  CHECK(nodes.nodes_in("a") == 0);
  CHECK(nodes.zone_of("n1") == "b");
  CHECK(nodes.set("n1", ""));
  CHECK(nodes.nodes_with_zone() == 0);
  CHECK(nodes.set("n1", "b"));

  CHECK(nodes.erase("n1"));
  CHECK(nodes.nodes_in("b") == 0);
  CHECK(nodes.nodes_with_zone() == 0);
  CHECK_FALSE(nodes.has("n1"));
  CHECK(nodes.has("n2"));
}

}  // namespace
}  // namespace naru::lb
