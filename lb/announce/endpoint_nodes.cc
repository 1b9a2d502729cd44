#include <algorithm>

#include "lb/announce/input.h"

namespace naru::lb::announce {
namespace {

bool usable(const config::SliceEndpoint& endpoint) {
  return endpoint.ready || (endpoint.serving && endpoint.says_serving);
}

}  // namespace

EndpointNodes endpoint_nodes(std::span<const std::shared_ptr<const config::EndpointSlice>> slices, Family family) {
  EndpointNodes found;
  for (const auto& slice : slices) {
    for (const config::SliceEndpoint& endpoint : slice->endpoints) {
      const bool of_family = !endpoint.addresses.empty() && endpoint.addresses.front().family() == family;
      if (!of_family || !usable(endpoint)) continue;
      found.anywhere = true;
      if (!endpoint.node_name.empty()) found.nodes.insert(endpoint.node_name);
    }
  }
  return found;
}

}  // namespace naru::lb::announce
