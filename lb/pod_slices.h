// EndpointSlices from Pods: what the endpoint slice controller does in a cluster.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "config/objects.h"

namespace naru::lb {

/// The slices of a Service with a selector, of those `pods` that the selector matches. One slice per family and set of
/// resolved ports: a named target port may be another number on each Pod. Pods that have finished or have no address
/// yet are left out, and of each Pod the addresses whose family the Service has not; a Pod being deleted is
/// terminating, and serving for as long as it is ready. `families`: the Service's, see service_families().
[[nodiscard]] std::vector<std::shared_ptr<const config::EndpointSlice>> slices_from_pods(
    const config::Service& service, std::span<const std::shared_ptr<const config::Pod>> pods,
    std::span<const Family> families);

}  // namespace naru::lb
