// From EndpointSlices to the endpoints of one Service port.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/objects.h"

namespace naru::lb {

/// One address behind a Service port, with what its slices say of it.
struct ResolvedEndpoint {
  SocketAddress address;
  std::string pod;
  std::string node;
  bool ready{};
  bool serving{};
  bool terminating{};
  const config::EndpointSlice* slice{};  // that it is from, for messages
  std::size_t index{};                   // its place there

  friend bool operator==(const ResolvedEndpoint&, const ResolvedEndpoint&) = default;
};

/// The endpoints of `port`: of each slice, the port of the same name and protocol; of each endpoint, its first address
/// (the others are the same endpoint). Sorted by address; of duplicates, the one that may be used best. Slices of
/// names are left out. With `publish_not_ready` every endpoint counts as ready.
[[nodiscard]] std::vector<ResolvedEndpoint> resolve_endpoints(
    const config::ServicePort& port, std::span<const std::shared_ptr<const config::EndpointSlice>> slices,
    bool publish_not_ready);

}  // namespace naru::lb
