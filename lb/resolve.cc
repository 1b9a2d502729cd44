#include "lb/resolve.h"

#include <algorithm>

#include "lb/endpoint.h"

namespace naru::lb {
namespace {

std::optional<Port> number_in(const config::EndpointSlice& slice, const config::ServicePort& port) {
  const auto found = std::ranges::find_if(slice.ports, [&](const config::SlicePort& candidate) {
    return candidate.name == port.name && candidate.protocol == port.protocol;
  });
  if (found == slice.ports.end()) return std::nullopt;
  // A slice port without a number means all ports: the one that the Service names, then.
  if (!found->port) return port.port;
  return found->port;
}

/// How well an endpoint may be used: of two entries for one address, the better stands.
Tier rank(const ResolvedEndpoint& endpoint) {
  return tier_of(endpoint.ready, endpoint.serving, endpoint.terminating);
}

}  // namespace

std::vector<ResolvedEndpoint> resolve_endpoints(const config::ServicePort& port,
                                                std::span<const std::shared_ptr<const config::EndpointSlice>> slices,
                                                bool publish_not_ready) {
  std::vector<ResolvedEndpoint> all;
  for (const auto& slice : slices) {
    const auto number = number_in(*slice, port);
    if (!number || slice->address_type == config::AddressType::fqdn) continue;
    for (std::size_t i = 0; i < slice->endpoints.size(); ++i) {
      const config::SliceEndpoint& endpoint = slice->endpoints[i];
      if (endpoint.addresses.empty()) continue;
      all.push_back({{endpoint.addresses.front(), *number},
                     endpoint.target_pod,
                     endpoint.node_name,
                     endpoint.ready || publish_not_ready,
                     endpoint.serving || publish_not_ready,
                     endpoint.terminating,
                     slice.get(),
                     i});
    }
  }
  std::ranges::stable_sort(all, [](const ResolvedEndpoint& a, const ResolvedEndpoint& b) {
    if (a.address != b.address) return a.address < b.address;
    return rank(a) > rank(b);
  });
  const auto duplicates = std::ranges::unique(all, {}, &ResolvedEndpoint::address);
  all.erase(duplicates.begin(), duplicates.end());
  return all;
}

}  // namespace naru::lb
