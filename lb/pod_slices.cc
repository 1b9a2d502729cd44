#include "lb/pod_slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace naru::lb {
namespace {

using config::EndpointSlice;
using config::Pod;
using config::Service;

/// The number of a Service port on a Pod; none if the Pod has no port of the name.
std::optional<Port> port_on(const Pod& pod, const config::ServicePort& port) {
  if (const Port* number = std::get_if<Port>(&port.target_port)) return *number;
  const auto& name = std::get<std::string>(port.target_port);
  const auto found = std::ranges::find_if(pod.ports, [&](const config::ContainerPort& candidate) {
    return candidate.name == name && candidate.protocol == port.protocol;
  });
  return found == pod.ports.end() ? std::nullopt : std::optional(found->port);
}

/// Per Service port, 0 where the Pod has none: what slices are told apart by.
std::vector<Port> ports_on(const Pod& pod, const Service& service) {
  std::vector<Port> numbers;
  for (const auto& port : service.ports) numbers.push_back(port_on(pod, port).value_or(Port{}));
  return numbers;
}

config::SliceEndpoint endpoint_of(const Pod& pod, const IpAddress& ip, const Service& service) {
  config::SliceEndpoint endpoint;
  endpoint.addresses = {ip};
  if (pod.subdomain == service.meta.name) endpoint.hostname = pod.hostname;
  endpoint.node_name = pod.node_name;
  endpoint.target_pod = pod.meta.name;
  endpoint.terminating = pod.meta.deleting();
  endpoint.says_serving = true;
  endpoint.serving = pod.ready;  // the truth about the Pod, whatever the Service publishes
  endpoint.ready = service.publish_not_ready_addresses || (pod.ready && !endpoint.terminating);
  return endpoint;
}

EndpointSlice empty_slice(const Service& service, Family family, const std::vector<Port>& numbers) {
  EndpointSlice slice;
  slice.meta.name_space = service.meta.name_space;
  slice.meta.location = service.meta.location;
  slice.meta.labels = {{"kubernetes.io/service-name", service.meta.name},
                       {"endpointslice.kubernetes.io/managed-by", "naru"}};
  slice.service = service.meta.name;
  slice.address_type = family == Family::ipv4 ? config::AddressType::ipv4 : config::AddressType::ipv6;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const config::ServicePort& port = service.ports[i];
    if (numbers[i] != Port{}) slice.ports.push_back({port.name, port.protocol, numbers[i], port.app_protocol});
  }
  return slice;
}

}  // namespace

std::vector<std::shared_ptr<const EndpointSlice>> slices_from_pods(const Service& service,
                                                                   std::span<const std::shared_ptr<const Pod>> pods,
                                                                   std::span<const Family> families) {
  std::map<std::pair<Family, std::vector<Port>>, EndpointSlice> slices;
  for (const auto& pod : pods) {
    const bool ours =
        pod->meta.name_space == service.meta.name_space && config::selects(service.selector, pod->meta.labels);
    if (!ours || pod->finished) continue;
    const std::vector<Port> numbers = ports_on(*pod, service);
    for (const IpAddress& ip : pod->ips) {
      if (std::ranges::find(families, ip.family()) == families.end()) continue;
      const auto [at, is_new] = slices.try_emplace({ip.family(), numbers});
      if (is_new) at->second = empty_slice(service, ip.family(), numbers);
      at->second.endpoints.push_back(endpoint_of(*pod, ip, service));
    }
  }
  std::vector<std::shared_ptr<const EndpointSlice>> result;
  for (auto& [key, slice] : slices) {
    slice.meta.name = fmt::format("{}-naru-{}", service.meta.name, result.size());
    result.push_back(std::make_shared<const EndpointSlice>(std::move(slice)));
  }
  return result;
}

}  // namespace naru::lb
