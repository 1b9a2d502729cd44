// What EndpointSlice and Endpoints have in common. Private to config.
#pragma once

#include "config/objects.h"
#include "config/reader.h"

namespace naru::config {

inline constexpr std::size_t kMostPorts = 20'000;

/// The ports of a slice or of a subset: names unique.
[[nodiscard]] std::vector<SlicePort> load_slice_ports(const Field& ports);

/// targetRef: the name of the Pod, empty for another kind.
[[nodiscard]] std::string load_target_pod(const Field& target_ref);

}  // namespace naru::config
