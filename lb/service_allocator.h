// Cluster IPs and node ports: who has which, and who gets which. Pure: it keeps no file and asks no clock.
#pragma once

#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "config/configuration.h"
#include "lb/allocation.h"

namespace naru::lb {

struct AllocatorConfig {
  std::vector<Cidr> service_cidrs;  // at most one per family; the first family is the default
  config::PortRange node_ports;
  std::vector<IpAddress> reserved;  // never given: the DNS server's own address
};

/// Numbers that Services of one batch ask for by name: dynamic allocations of the batch keep off them, so that the
/// order of files does not decide whether an explicit request succeeds.
struct Requested {
  std::set<IpAddress> cluster_ips;
  std::set<Port> node_ports;

  void add(const config::Service& service);
};

/// Owners of cluster IPs and node ports. One thread.
class ServiceAllocator {
 public:
  explicit ServiceAllocator(AllocatorConfig config) : config_(std::move(config)) {}

  /// Takes what is recorded for a Service from before. What another has already, or what is now outside the ranges, is
  /// not taken and comes back removed.
  Held restore(const config::ServiceName& name, Held held);

  struct Outcome {
    Allocation allocation;              // load balancer addresses are not this allocator's: left empty
    std::vector<config::Issue> issues;  // if any: nothing was changed
  };
  /// What the Service is to have: what it asks for; else what it has; else, dynamically, what is free.
  Outcome allocate(const config::Service& service, const Requested& batch);

  /// Everything of a Service that is gone.
  void release(const config::ServiceName& name);

  [[nodiscard]] const config::ServiceName* owner_of(const IpAddress& cluster_ip) const;
  [[nodiscard]] const config::ServiceName* owner_of(Port node_port) const;

 private:
  class Plan;
  struct Hash {
    std::size_t operator()(Port port) const { return port.value(); }
  };

  void adopt(const config::ServiceName& name, Held held);
  [[nodiscard]] const Cidr* cidr_of(Family family) const;
  /// In a service CIDR, and neither the network's own address nor (IPv4) the broadcast address.
  [[nodiscard]] bool gives(const IpAddress& ip) const;
  [[nodiscard]] bool is_reserved(const IpAddress& ip) const;

  AllocatorConfig config_;
  std::unordered_map<IpAddress, config::ServiceName> ip_owners_;
  std::unordered_map<Port, config::ServiceName, Hash> port_owners_;
  std::map<config::ServiceName, Held> held_;
};

}  // namespace naru::lb
