// What DNS needs to know of a Service, as a plain value.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "config/objects.h"

namespace naru::dns {

/// A port that may have SRV records: those with a name have.
struct PortRecord {
  std::string name;
  Protocol protocol{Protocol::tcp};
  Port port;

  friend bool operator==(const PortRecord&, const PortRecord&) = default;
};

/// One address of a headless Service.
struct EndpointRecord {
  IpAddress ip;
  std::string hostname;  // empty: named by its address
  bool ready{true};      // those that are not have no records
  std::vector<PortRecord> ports;

  friend bool operator==(const EndpointRecord&, const EndpointRecord&) = default;
};

/// A Service as DNS sees it: one of `cluster_ips`, `endpoints` (headless) or `external_name` is what it has.
struct ServiceRecords {
  config::ServiceName service;
  std::vector<IpAddress> cluster_ips;
  std::vector<PortRecord> ports;  // of a Service with cluster IPs
  bool headless{};
  std::vector<EndpointRecord> endpoints;
  std::string external_name;

  friend bool operator==(const ServiceRecords&, const ServiceRecords&) = default;
};

/// What `service` has, with the cluster IPs allocated to it and the slices that belong to it. Slices count only where
/// it is headless; publishNotReadyAddresses makes every endpoint ready.
[[nodiscard]] ServiceRecords records_of(const config::Service& service, std::span<const IpAddress> cluster_ips,
                                        std::span<const std::shared_ptr<const config::EndpointSlice>> slices);

/// True if `records_of` looks at the Service's slices at all: if not, a change of them needs no new records.
[[nodiscard]] inline bool needs_slices(const config::Service& service) {
  return service.headless;
}

}  // namespace naru::dns
