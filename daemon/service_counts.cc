#include "daemon/service_counts.h"

#include <algorithm>
#include <vector>

namespace naru::daemon {
namespace {

std::size_t distinct(std::vector<SocketAddress>& addresses) {
  std::ranges::sort(addresses);
  const auto repeated = std::ranges::unique(addresses);
  return addresses.size() - repeated.size();
}

std::size_t ports_without_local_endpoint(const CompiledService& compiled) {
  return static_cast<std::size_t>(std::ranges::count_if(
      compiled.ports, [](const auto& port) { return !port.second->cluster.empty() && port.second->local.empty(); }));
}

}  // namespace

ServiceCounts& ServiceCounts::operator+=(const ServiceCounts& other) {
  endpoints += other.endpoints;
  ready_endpoints += other.ready_endpoints;
  no_local_internal += other.no_local_internal;
  no_local_external += other.no_local_external;
  local_external += other.local_external;
  transparent_ipv4 += other.transparent_ipv4;
  transparent_ipv6 += other.transparent_ipv6;
  return *this;
}

ServiceCounts& ServiceCounts::operator-=(const ServiceCounts& other) {
  endpoints -= other.endpoints;
  ready_endpoints -= other.ready_endpoints;
  no_local_internal -= other.no_local_internal;
  no_local_external -= other.no_local_external;
  local_external -= other.local_external;
  transparent_ipv4 -= other.transparent_ipv4;
  transparent_ipv6 -= other.transparent_ipv6;
  return *this;
}

ServiceCounts count_service(const config::Service& service, const CompiledService& compiled) {
  std::vector<SocketAddress> all;
  std::vector<SocketAddress> ready;
  for (const auto& [key, port] : compiled.ports) {
    for (const lb::Endpoint& endpoint : port->endpoints) {
      all.push_back(endpoint.address);
      if (endpoint.ready && !endpoint.terminating) ready.push_back(endpoint.address);
    }
  }
  const auto& headless = compiled.records.endpoints;
  const auto headless_ready = std::ranges::count_if(headless, [](const auto& endpoint) { return endpoint.ready; });
  ServiceCounts counts;
  for (const auto& [key, port] : compiled.ports) {
    if (port->settings.source_address != config::SourceAddress::transparent) continue;
    ++(key.family == Family::ipv4 ? counts.transparent_ipv4 : counts.transparent_ipv6);
  }
  counts.endpoints = distinct(all) + headless.size();
  counts.ready_endpoints = distinct(ready) + static_cast<std::size_t>(headless_ready);
  const std::size_t none_here = ports_without_local_endpoint(compiled);
  if (service.internal_traffic_policy == config::TrafficPolicy::local) counts.no_local_internal = none_here;
  if (service.external_traffic_policy == config::TrafficPolicy::local) {
    counts.no_local_external = none_here;
    counts.local_external = 1;
  }
  return counts;
}

}  // namespace naru::daemon
