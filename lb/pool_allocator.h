// Load balancer addresses from IPAddressPools, by MetalLB's contract. Pure: it keeps no file and asks no clock.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "lb/allocation.h"

namespace naru::lb {

/// What a Service asks of the load balancer, read from its annotations (`metallb.io/`, the older `metallb.universe.tf/`
/// where the new one is absent) and spec.
struct LoadBalancerRequest {
  std::vector<IpAddress> ips;
  std::string pool;
  std::string sharing_key;
  std::vector<config::Issue> issues;  // both annotation and spec.loadBalancerIP, not an address, two of one family
};
[[nodiscard]] LoadBalancerRequest load_balancer_request(const config::Service& service);

/// True if the Service's addresses are naru's to give: type LoadBalancer, class unset or `naru.io/lb`.
[[nodiscard]] bool is_ours(const config::Service& service);

struct PoolUsage {
  std::uint64_t assigned_ipv4{};
  std::uint64_t assigned_ipv6{};
  std::uint64_t available_ipv4{};
  std::uint64_t available_ipv6{};
};

/// Every namespace carries its name as a label, whether or not an object describes it.
[[nodiscard]] config::Labels labels_of_namespace(const std::string& name,
                                                 const std::map<std::string, config::Labels>& described);

/// Whether a Service that waits for an address waits for this pool's: the one that it asks for, that has the address it
/// asks for, or, if it asks for none, that would assign to it by itself.
[[nodiscard]] bool concerns(const config::IpAddressPool& pool, const config::Service& service,
                            const config::Labels& namespace_labels);

/// Owners of load balancer addresses. One thread.
class PoolAllocator {
 public:
  using Pools = std::vector<std::shared_ptr<const config::IpAddressPool>>;
  using NamespaceLabels = std::map<std::string, config::Labels>;

  /// The pools and namespaces in force, by name. Does not touch what is allocated: allocate() again whoever may be
  /// concerned.
  void configure(Pools pools, NamespaceLabels namespaces);

  struct Outcome {
    std::vector<IpAddress> ips;  // empty: pending
    std::string pool;
    std::string pending;                // why there is none, or not of both families; empty if all is well
    std::vector<config::Issue> issues;  // faults of the request itself: it keeps what it has, as far as pools still do
  };
  /// What the Service is to have, in MetalLB's order: requested addresses, the requested pool, what it has, pools
  /// pinned to it by ascending priority (0 last), the pools that assign automatically. First free address in the pool's
  /// order; all families from one pool, preferably one that has them all. `families`: the Service's, the primary first;
  /// at least one. With `all_families` nothing less than all.
  Outcome allocate(const config::Service& service, std::span<const Family> families, bool all_families);

  /// Takes what is recorded from before, without asking whether it is still allowed: allocate() decides. Those who are
  /// recorded with one address go on sharing it if their keys and ports, once known, still allow it; a newcomer may not
  /// share it before that, so allocate() for those restored first. For a Service that has just these addresses it does
  /// nothing: its keys and ports stay known when a record is read again.
  void restore(const config::ServiceName& name, const Held& held);
  /// Takes what a Service that has nothing is said to have had elsewhere, as restore() does, but none of what others
  /// are recorded with: they were here before.
  void adopt(const config::ServiceName& name, Held held);
  /// True if the Service had addresses.
  bool release(const config::ServiceName& name);

  [[nodiscard]] PoolUsage usage(const config::IpAddressPool& pool) const;

 private:
  class Plan;
  struct Owner {
    config::ServiceName service;
    std::string sharing_key;
    std::string backend_key;
    std::set<std::pair<Protocol, Port>> ports;
    bool restored{};  // and not allocated since: keys and ports are not known yet
  };
  struct Assigned {
    std::vector<IpAddress> ips;
    std::string pool;
  };
  /// Why an address may not be given beside those who have it.
  struct Conflict {
    enum class Why : std::uint8_t { not_shared, other_backends, same_port } why{};
    const Owner* other{};
    std::pair<Protocol, Port> port{};  // same_port: which
  };

  [[nodiscard]] static std::optional<Conflict> conflict_among(const std::vector<Owner>& owners, const Owner& newcomer);
  [[nodiscard]] std::optional<Conflict> conflict_at(const IpAddress& ip, const Owner& newcomer) const;
  [[nodiscard]] static std::string describe(const IpAddress& ip, const Conflict& conflict);

  [[nodiscard]] const config::IpAddressPool* pool_named(const std::string& name) const;
  /// The pool that has the address: the preferred one if it does.
  [[nodiscard]] const config::IpAddressPool* pool_with(const IpAddress& ip, const std::string& preferred) const;
  void assign(const Owner& owner, const Outcome& outcome);

  Pools pools_;  // by name
  NamespaceLabels namespaces_;
  std::map<IpAddress, std::vector<Owner>> owners_;
  std::map<config::ServiceName, Assigned> assigned_;
};

}  // namespace naru::lb
