// Where clients are, as far as their addresses tell. externalTrafficPolicy binds who comes from outside only.
#pragma once

#include "base/cidr_set.h"
#include "proxy/table.h"

namespace naru::proxy {

/// Immutable; the same object from one Table to the next while nothing changes.
struct Origins {
  /// This host's own addresses. Loopback addresses only where nodes are known by others: where they are not, several
  /// nodes share the loopback interface, and anybody may be behind such an address.
  CidrSet node;
  CidrSet pods;
  std::vector<Cidr> subnets;  // that this host is on: hosts of one send to each other without it

  friend bool operator==(const Origins&, const Origins&) = default;
};

/// Whether two hosts are on one of this host's subnets, so that what one says to the other does not come through it.
[[nodiscard]] bool are_neighbours(const Origins& origins, const IpAddress& one, const IpAddress& other);

enum class Origin : std::uint8_t { outside, pod, node };

/// Where `client` is, who has connected to `address`. An address of a Service that is this host's by a route alone is
/// what the kernel takes for the source too, when a process of this host connects to it.
[[nodiscard]] Origin origin_of(const Origins& origins, const IpAddress& client, const IpAddress& address);

/// The traffic policy that counts. Pods and nodes may use all endpoints of a node port, a load balancer's or an
/// external address, as with kube-proxy, which cuts their way short: what they send does not come from a load balancer
/// that had chosen this node. internalTrafficPolicy binds them.
[[nodiscard]] config::TrafficPolicy policy_for(const Frontend& frontend, Origin origin);

/// Whom an address answers.
enum class Audience : std::uint8_t {
  nobody,   // not listened on: the kernel refuses at once what nobody could serve
  silence,  // nobody, and not even that: only other nodes have endpoints, and a client's next attempt may go there
  cluster,  // pods and nodes; silence for all others
  everyone,
};

/// While there is an endpoint that may be used, or requests are to wait for one. No silence on loopback addresses,
/// which several naru of one host may share: clients would be lost that the others could serve.
[[nodiscard]] Audience audience_of(const ServicePort& port, const IpAddress& address, const Frontend& frontend,
                                   const Origins& origins);

}  // namespace naru::proxy
