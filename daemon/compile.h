// From a Service and what stands behind it to what the workers need: the decision part of a change.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "daemon/registry.h"
#include "dns/records.h"
#include "lb/allocation.h"
#include "lb/topology.h"
#include "proxy/table.h"

namespace naru::daemon {

/// The node for which is compiled.
struct NodeContext {
  std::string name;
  std::vector<IpAddress> node_port_addresses;

  friend bool operator==(const NodeContext&, const NodeContext&) = default;
};

/// The Service that has an address as a virtual one, or null.
using VirtualAddressOwner = std::function<const config::ServiceName*(const IpAddress&)>;
/// The Pod of a name in the Service's namespace, or null.
using PodByName = std::function<const config::Pod*(const std::string&)>;

struct CompileInput {
  const config::Service& service;
  const lb::Allocation& allocation;
  std::span<const std::shared_ptr<const config::EndpointSlice>> slices;
  const config::ServicePolicy* policy{};  // may be null
  const NodeContext& node;
  const VirtualAddressOwner& owner_of;
  const lb::NodeZones& zones;
  PodByName pod{};  // where weights depend on Pods; else empty
  TimePoint now{};
};

/// One Service as the data plane and DNS see it.
struct CompiledService {
  std::map<ServicePortKey, std::shared_ptr<const proxy::ServicePort>> ports;
  std::map<proxy::FrontendKey, proxy::Frontend> frontends;
  dns::ServiceRecords records;
  std::vector<config::Issue> issues;  // endpoints left out, since traffic to them would loop
  bool follows_zones{};               // compiled from where nodes are: to be compiled anew when that changes
};

/// The settings of a Service port: the defaults, overlaid by the policy.
[[nodiscard]] proxy::Settings settings_of(const config::Service& service, const config::ServicePort& port,
                                          const config::ServicePolicy* policy);

/// Virtual addresses of the Service, cluster IPs, load balancer and external addresses, each once.
[[nodiscard]] std::vector<IpAddress> virtual_addresses(const config::Service& service,
                                                       const lb::Allocation& allocation);

/// Headless and ExternalName Services have records only. A Service port that is as it was in `before` keeps its object,
/// so that nobody takes it for a change.
[[nodiscard]] CompiledService compile(const CompileInput& input, Registry& registry, const CompiledService* before);

}  // namespace naru::daemon
