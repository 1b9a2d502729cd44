#include "lb/topology.h"

#include <algorithm>
#include <set>

namespace naru::lb {

// ---- nodes and zones ----

void NodeZones::add(const std::string& zone) {
  if (zone.empty()) return;
  ++with_zone_;
  ++sizes_[zone];
}

void NodeZones::take(const std::string& zone) {
  if (zone.empty()) return;
  --with_zone_;
  const auto size = sizes_.find(zone);
  if (--size->second == 0) sizes_.erase(size);
}

bool NodeZones::set(const std::string& node, const std::string& zone) {
  const auto [at, is_new] = zones_.try_emplace(node, zone);
  if (!is_new && at->second == zone) return false;
  if (!is_new) take(at->second);
  at->second = zone;
  add(zone);
  return true;
}

bool NodeZones::erase(const std::string& node) {
  const auto found = zones_.find(node);
  if (found == zones_.end()) return false;
  take(found->second);
  zones_.erase(found);
  return true;
}

std::string_view NodeZones::zone_of(std::string_view node) const {
  const auto found = zones_.find(node);
  return found == zones_.end() ? std::string_view{} : found->second;
}

std::size_t NodeZones::nodes_in(std::string_view zone) const {
  const auto found = sizes_.find(zone);
  return found == sizes_.end() ? 0 : found->second;
}

Distribution distribution_of(std::string_view traffic_distribution) {
  if (traffic_distribution == "PreferSameNode") return Distribution::same_node;
  if (traffic_distribution == "PreferSameZone" || traffic_distribution == "PreferClose") return Distribution::same_zone;
  return Distribution::anywhere;
}

Place place_of(const config::SliceEndpoint& endpoint, const NodeZones& nodes) {
  return {endpoint.node_name, endpoint.zone.empty() ? nodes.zone_of(endpoint.node_name) : endpoint.zone,
          endpoint.hint_nodes, endpoint.hint_zones};
}

// ---- which endpoints are near ----

namespace {

using Indices = std::vector<std::uint32_t>;
using Hints = std::span<const std::string> Place::*;
using Where = std::string_view Place::*;

struct Choice {
  const Indices& ready;
  std::span<const Place> places;
  const Vantage& from;

  [[nodiscard]] bool all(const auto& has) const {
    return std::ranges::all_of(ready, [&](std::uint32_t index) { return has(places[index]); });
  }
  [[nodiscard]] Indices those(const auto& has) const {
    Indices found;
    std::ranges::copy_if(ready, std::back_inserter(found), [&](std::uint32_t index) { return has(places[index]); });
    return found;
  }
};

/// Nothing: not all have such hints, or none is for `self`.
Indices hinted(const Choice& choice, Hints hints, std::string_view self) {
  if (self.empty() || !choice.all([&](const Place& place) { return !(place.*hints).empty(); })) return {};
  return choice.those(
      [&](const Place& place) { return std::ranges::find(place.*hints, self) != (place.*hints).end(); });
}

/// How much of all traffic comes from here: `own` of `total` nodes.
struct Share {
  std::size_t own;
  std::size_t total;
};

/// The distinct places of the ready endpoints that no known node is in.
std::size_t unknown_places(const Choice& choice, Where where, const auto& is_known) {
  std::set<std::string_view> unknown;
  for (const std::uint32_t index : choice.ready) {
    const std::string_view at = choice.places[index].*where;
    if (!is_known(at)) unknown.insert(at);
  }
  return unknown.size();
}

Share share_of_node(const Choice& choice) {
  const NodeZones& nodes = choice.from.nodes;
  return {1,
          nodes.nodes() + unknown_places(choice, &Place::node, [&](std::string_view node) { return nodes.has(node); })};
}

Share share_of_zone(const Choice& choice) {
  const NodeZones& nodes = choice.from.nodes;
  const auto unknown =
      unknown_places(choice, &Place::zone, [&](std::string_view zone) { return nodes.nodes_in(zone) > 0; });
  return {std::max<std::size_t>(1, nodes.nodes_in(choice.from.zone)), nodes.nodes_with_zone() + unknown};
}

/// Nothing: some endpoint's place is unknown, none is here, or too few are for what comes from here.
Indices nearby(const Choice& choice, Where where, std::string_view self, Share share) {
  if (!choice.all([&](const Place& place) { return !(place.*where).empty(); })) return {};
  Indices here = choice.those([&](const Place& place) { return place.*where == self; });
  if (here.size() < choice.ready.size() * share.own / share.total) return {};
  return here;
}

Indices near_of(const Choice& choice) {
  const Vantage& from = choice.from;
  if (!choice.all([](const Place& place) { return !place.has_hints(); })) {
    Indices here = hinted(choice, &Place::hint_nodes, from.node);
    return here.empty() ? hinted(choice, &Place::hint_zones, from.zone) : here;
  }
  if (from.wish == Distribution::anywhere) return {};
  if (from.wish == Distribution::same_node) {
    Indices here = nearby(choice, &Place::node, from.node, share_of_node(choice));
    if (!here.empty()) return here;
  }
  return nearby(choice, &Place::zone, from.zone, share_of_zone(choice));
}

}  // namespace

Usable near_endpoints(Usable usable, std::span<const Place> places, const Vantage& from) {
  if (usable.tier != Tier::ready) return usable;
  Indices near = near_of({usable.indices, places, from});
  if (!near.empty()) usable.indices = std::move(near);
  return usable;
}

}  // namespace naru::lb
