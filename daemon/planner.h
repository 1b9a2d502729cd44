// From the objects wanted to the snapshot that serves them: everything about a change that needs no socket.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/allocations.h"
#include "daemon/compile.h"
#include "daemon/desired_state.h"
#include "daemon/fqdn_slices.h"
#include "daemon/node_addresses.h"
#include "daemon/origins_tracker.h"
#include "daemon/service_counts.h"
#include "dns/zone.h"

namespace naru::daemon {

struct PlannerConfig {
  std::string node;
  lb::AllocatorConfig allocator;
  config::NodePortAddresses node_port_addresses;
  HostAddresses host;
  std::vector<Cidr> cluster_cidrs;
  dns::ZoneOptions zone;
  bool follow_pods{};  // DNS wants to know them
};

/// The allocator's and the zone's part of a configuration, with the default DNS address reserved where it is used.
[[nodiscard]] PlannerConfig planner_config(const config::Configuration& configuration, const HostAddresses& host);
/// Where DNS listens: as configured, else the tenth address of the first service CIDR, port 53.
[[nodiscard]] std::vector<SocketAddress> dns_listen_addresses(const config::Configuration& configuration);

/// A Service that is served, with what it was given.
struct ServiceInForce {
  std::shared_ptr<const config::Service> object;
  lb::Allocation allocation;
  std::string pending;
  CompiledService compiled;
  ServiceCounts counts;
  std::vector<config::Issue> request_issues;   // faults of its wishes for load balancer addresses
  std::vector<config::Issue> frontend_issues;  // addresses that another Service has already
};

/// What the last change touched, as far as it matters to those who announce.
struct PlannerChange {
  ServiceSet services;  // served anew, otherwise, or no more
  bool surroundings{};  // nodes, pools, or the objects that say what is announced
};

/// Holds the state in force and brings it from one change to the next. A Service whose wishes are refused stays as it
/// was, and the reason stands among the issues until it is mended or what is in its way goes.
///
/// Thread: the control thread. A change costs its own size.
class Planner {
 public:
  Planner(PlannerConfig config, AllocationStore store);

  /// Takes over recorded allocations. Once, first. Errors: the store's.
  Result<void> restore() { return allocations_.restore(); }

  /// Brings everything to the sources' new state. True if the table or the zone changed.
  bool apply(const config::SourceUpdate& update);

  /// Of the last apply(), or resolved() that found other addresses.
  [[nodiscard]] const PlannerChange& last_change() const { return last_change_; }

  /// What a name of endpoints is found to be. True if the table or the zone changed.
  bool resolved(const FollowedName& name, const dns::AddressAnswer& answer, TimePoint now, NameChange& change);
  [[nodiscard]] FollowedNames& names() { return names_; }
  /// The slices behind the Service, with addresses for names.
  [[nodiscard]] SlicePtrs slices_of(const config::Service& service) const;

  /// The host's interfaces have other addresses now. True if the table changed.
  bool set_host_addresses(const HostAddresses& host);

  /// Names given by hand. True if the zone changed.
  bool set_hosts(const std::vector<dns::HostRecord>& hosts);

  [[nodiscard]] const proxy::Table& table() const { return table_; }
  [[nodiscard]] const dns::Zone& zone() const { return zone_; }
  [[nodiscard]] const DesiredState& desired() const { return desired_; }
  [[nodiscard]] const NodeContext& node() const { return node_; }
  [[nodiscard]] const std::map<config::ServiceName, ServiceInForce>& in_force() const { return in_force_; }
  [[nodiscard]] lb::PoolUsage usage(const config::IpAddressPool& pool) const { return allocations_.usage(pool); }
  /// Pools in force: without those that would take addresses of others.
  [[nodiscard]] const lb::PoolAllocator::Pools& pools() const { return pools_; }
  /// Services that wait for a load balancer address, or for one more, with the reason.
  [[nodiscard]] const std::map<config::ServiceName, std::string>& pending() const { return pending_; }
  /// Those of which that changed since the last call: who began to wait, waits for another reason, or does no longer.
  [[nodiscard]] ServiceSet take_pending_changes() { return std::exchange(pending_changes_, {}); }

  /// What stands in the way of the sources' wishes now, beside the sources' own errors. Costs the number of issues.
  [[nodiscard]] std::vector<config::Issue> issues() const;
  /// Costs the number of Services with slices: for whoever asks, not for every change.
  [[nodiscard]] std::vector<config::Issue> notices() const;
  /// Over all Services in force.
  [[nodiscard]] const ServiceCounts& total() const { return total_; }

  /// Virtual addresses outside the service CIDRs: this host must take packets to each for its own.
  [[nodiscard]] const std::set<IpAddress>& outside_addresses() const { return outside_; }

  /// Services with a health check node port. Kept as they change: asking costs nothing.
  [[nodiscard]] const std::map<config::ServiceName, Port>& health_checked() const { return health_checked_; }

  /// Tries again to record what could not be recorded.
  void save_allocations() { allocations_.save(); }

 private:
  void update_pools();
  void reallocate(const Affected& affected);
  [[nodiscard]] bool allocate(const std::vector<Allocations::ServicePtr>& batch);
  [[nodiscard]] std::vector<Allocations::ServicePtr> batch_for(const Affected& affected, bool released) const;
  void settle(const Allocations::ServicePtr& service, AllocationOutcome outcome, ServiceSet& to_compile);
  void note_pending(const config::ServiceName& name, const std::string& reason);
  bool release_deleted(const Affected& affected);

  void update_node();
  void update_origins(const std::set<std::pair<std::string, std::string>>& pods);
  void tell_pods(const config::ServiceName& name, const ServiceInForce* service);
  void tell_pod(const std::pair<std::string, std::string>& name);
  void update_zones();
  void update_namespaces(const std::set<std::string>& names);
  void update_pods(const Affected& affected);
  void recompile_all();
  void recompile(const config::ServiceName& name);
  [[nodiscard]] std::vector<Family> families_of(const config::Service& service) const;
  void retract(const config::ServiceName& name, ServiceInForce& service);
  void replace_frontends(const config::ServiceName& name, ServiceInForce& service, const CompiledService& next);
  void replace_ports(const CompiledService& before, const CompiledService& next);
  void replace_virtual_addresses(const config::ServiceName& name, const std::vector<IpAddress>& addresses);
  [[nodiscard]] bool is_outside(const IpAddress& ip) const;
  [[nodiscard]] config::Issue taken_frontend(const ServiceInForce& service, const proxy::FrontendKey& key,
                                             const proxy::Frontend& holder) const;

  PlannerConfig config_;
  DesiredState desired_;
  FollowedNames names_;
  Allocations allocations_;
  Registry registry_;
  OriginsTracker origins_;
  bool knows_pods_{};  // one by one, as origins_ wants them
  NodeContext node_;
  std::map<config::ServiceName, ServiceInForce> in_force_;
  ServiceCounts total_;
  std::map<config::ServiceName, std::vector<config::Issue>> refused_;
  std::map<config::ServiceName, std::vector<config::Issue>> compile_issues_;
  lb::PoolAllocator::Pools pools_;
  std::vector<config::Issue> pool_issues_;
  std::map<config::ServiceName, std::string> pending_;
  ServiceSet pending_changes_;
  std::map<IpAddress, ServiceSet> virtual_owners_;  // several share an address of the load balancer
  std::map<config::ServiceName, Port> health_checked_;
  std::set<IpAddress> outside_;  // of them, those that the service CIDRs' routes do not cover
  std::map<config::ServiceName, std::vector<IpAddress>> virtual_addresses_;
  ServiceSet to_compile_;
  PlannerChange last_change_;
  ServiceSet blocked_;  // have a frontend that another Service holds
  proxy::Table table_;
  dns::Zone zone_;
  std::vector<dns::HostRecord> hosts_;
  bool first_{true};
  bool changed_{};
};

}  // namespace naru::daemon
