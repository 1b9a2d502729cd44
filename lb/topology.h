// Which endpoints are near: by the hints of EndpointSlices (KEP-2433, KEP-3015), or by what naru works out where a
// Service asks for it (trafficDistribution, KEP-4444) and no controller wrote hints.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "lb/endpoint.h"

namespace naru::lb {

/// Which nodes there are, and in which zones. Every call costs the logarithm of their number.
class NodeZones {
 public:
  /// `zone` may be empty: unknown. True if that is news.
  bool set(const std::string& node, const std::string& zone);
  /// True if there was one.
  bool erase(const std::string& node);

  /// Empty: unknown. Valid until the node changes.
  [[nodiscard]] std::string_view zone_of(std::string_view node) const;
  [[nodiscard]] bool has(std::string_view node) const { return zones_.contains(node); }
  [[nodiscard]] std::size_t nodes() const { return zones_.size(); }
  [[nodiscard]] std::size_t nodes_in(std::string_view zone) const;
  [[nodiscard]] std::size_t nodes_with_zone() const { return with_zone_; }

 private:
  void add(const std::string& zone);
  void take(const std::string& zone);

  std::map<std::string, std::string, std::less<>> zones_;
  std::map<std::string, std::size_t, std::less<>> sizes_;  // by zone; none is empty
  std::size_t with_zone_{};
};

/// What a Service's trafficDistribution wishes.
enum class Distribution : std::uint8_t { anywhere, same_zone, same_node };
/// "PreferClose" is the older name of "PreferSameZone".
[[nodiscard]] Distribution distribution_of(std::string_view traffic_distribution);

/// Where an endpoint is, and whom a controller meant it for. Points into its EndpointSlice and into NodeZones.
struct Place {
  std::string_view node;  // empty: unknown
  std::string_view zone;  // the slice's word, else its node's zone; empty: unknown
  std::span<const std::string> hint_nodes;
  std::span<const std::string> hint_zones;

  [[nodiscard]] bool has_hints() const { return !hint_nodes.empty() || !hint_zones.empty(); }
};

[[nodiscard]] Place place_of(const config::SliceEndpoint& endpoint, const NodeZones& nodes);

/// Who asks: this node.
struct Vantage {
  std::string_view node;
  std::string_view zone;  // empty: unknown
  const NodeZones& nodes;
  Distribution wish{Distribution::anywhere};
};

/// Those of `usable` that this node sends to, for traffic policy Cluster; never used for policy Local. `places` has a
/// place for each of the Service port's endpoints. All remain where no rule finds any:
///
/// - Only ready endpoints are chosen among: where there are none, every one that still serves is needed.
/// - With hints on any ready endpoint: if all of them have hints for nodes and one names this node, those that do;
///   else the same by zones. Hints on some but not all are an update under way, and count for nothing.
/// - Without hints the wish decides: same_node takes this node's endpoints, else its zone's; same_zone the zone's.
///   Either only where the node (zone) of every ready endpoint is known and no endpoint would be overloaded: there must
///   be as many as the fair share of this node (zone) of all of them, rounded down. Shares are by the number of nodes;
///   a zone none of whose nodes is known counts as one. So an endpoint gets from its own zone less than twice of what
///   it would if all traffic were spread evenly.
[[nodiscard]] Usable near_endpoints(Usable usable, std::span<const Place> places, const Vantage& from);

}  // namespace naru::lb
