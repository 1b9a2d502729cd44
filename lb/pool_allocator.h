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

/// Owners of load balancer addresses. One thread.
class PoolAllocator {
 public:
  using Pools = std::vector<std::shared_ptr<const config::IpAddressPool>>;
  using NamespaceLabels = std::map<std::string, config::Labels>;

  /// The pools and namespaces in force. Does not touch what is allocated: allocate() again whoever may be concerned.
  void configure(Pools pools, NamespaceLabels namespaces);

  struct Outcome {
    std::vector<IpAddress> ips;  // empty: pending
    std::string pool;
    std::string pending;                // why there is none, or not of both families; empty if all is well
    std::vector<config::Issue> issues;  // faults of the request itself
  };
  /// What the Service is to have, in MetalLB's order: requested addresses, the requested pool, what it has, pools
  /// pinned to it by ascending priority (0 last), the pools that assign automatically. First free address in the pool's
  /// order; all families from one pool. `families`: the Service's, the primary first; with `all_families` nothing less
  /// than all.
  Outcome allocate(const config::Service& service, std::span<const Family> families, bool all_families);

  /// Takes what is recorded from before, without asking whether it is still allowed: allocate() decides.
  void restore(const config::ServiceName& name, const Held& held);
  /// True if the Service had addresses.
  bool release(const config::ServiceName& name);

  [[nodiscard]] PoolUsage usage(const config::IpAddressPool& pool) const;

 private:
  struct Owner {
    config::ServiceName service;
    std::string sharing_key;
    std::string backend_key;
    std::set<std::pair<Protocol, Port>> ports;
  };
  struct Assigned {
    std::vector<IpAddress> ips;
    std::string pool;
  };

  [[nodiscard]] std::vector<const config::IpAddressPool*> candidates(const config::Service& service) const;
  [[nodiscard]] const config::IpAddressPool* pool_of(const IpAddress& ip) const;
  [[nodiscard]] const config::IpAddressPool* pool_named(const std::string& name) const;
  [[nodiscard]] std::string why_not(const IpAddress& ip, const Owner& owner) const;
  [[nodiscard]] std::optional<IpAddress> first_free(const config::IpAddressPool& pool, Family family,
                                                    const Owner& owner) const;

  void take_requested(Outcome& outcome, const LoadBalancerRequest& request, const Owner& owner) const;
  void take_held(Outcome& outcome, const LoadBalancerRequest& request, std::span<const Family> families,
                 const Owner& owner) const;
  void take_from(Outcome& outcome, const config::IpAddressPool& pool, std::span<const Family> families,
                 bool all_families, const Owner& owner) const;
  void assign(const Owner& owner, const Outcome& outcome);

  Pools pools_;  // by name
  NamespaceLabels namespaces_;
  std::map<IpAddress, std::vector<Owner>> owners_;
  std::map<config::ServiceName, Assigned> assigned_;
};

}  // namespace naru::lb
