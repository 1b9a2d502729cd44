#include "dns/records.h"

namespace naru::dns {
namespace {

std::vector<PortRecord> ports_of(const config::EndpointSlice& slice) {
  std::vector<PortRecord> ports;
  for (const config::SlicePort& port : slice.ports) {
    if (port.port) ports.push_back({port.name, port.protocol, *port.port});
  }
  return ports;
}

void add_endpoints(ServiceRecords& records, const config::EndpointSlice& slice, bool publish_not_ready) {
  const std::vector<PortRecord> ports = ports_of(slice);
  for (const config::SliceEndpoint& endpoint : slice.endpoints) {
    for (const IpAddress& ip : endpoint.addresses) {
      records.endpoints.push_back({ip, endpoint.hostname, endpoint.ready || publish_not_ready, ports});
    }
  }
}

}  // namespace

ServiceRecords records_of(const config::Service& service, std::span<const IpAddress> cluster_ips,
                          std::span<const std::shared_ptr<const config::EndpointSlice>> slices) {
  ServiceRecords records;
  records.service = service.service_name();
  if (service.type == config::ServiceType::external_name) {
    records.external_name = service.external_name;
    return records;
  }
  records.headless = service.headless;
  if (service.headless) {
    for (const auto& slice : slices) add_endpoints(records, *slice, service.publish_not_ready_addresses);
    return records;
  }
  records.cluster_ips.assign(cluster_ips.begin(), cluster_ips.end());
  for (const config::ServicePort& port : service.ports) {
    records.ports.push_back({port.name, port.protocol, port.port});
  }
  return records;
}

}  // namespace naru::dns
