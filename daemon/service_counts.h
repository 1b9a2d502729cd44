// How many endpoints stand behind a Service, counted when it is compiled: ten thousand are too many to count again at
// each scrape.
#pragma once

#include <cstddef>

#include "config/objects.h"
#include "daemon/compile.h"

namespace naru::daemon {

struct ServiceCounts {
  std::size_t endpoints{};        // distinct addresses
  std::size_t ready_endpoints{};  // of these
  /// Service ports with a Local traffic policy, with endpoints, and with none on this node.
  std::size_t no_local_internal{};
  std::size_t no_local_external{};
  std::size_t local_external{};  // 1 where the external policy is Local
  /// Service ports with source address Transparent.
  std::size_t transparent_ipv4{};
  std::size_t transparent_ipv6{};

  ServiceCounts& operator+=(const ServiceCounts& other);
  ServiceCounts& operator-=(const ServiceCounts& other);
};

[[nodiscard]] ServiceCounts count_service(const config::Service& service, const CompiledService& compiled);

}  // namespace naru::daemon
