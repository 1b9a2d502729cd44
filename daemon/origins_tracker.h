// Which addresses are this host's and which are Pods', kept in step with what is known of nodes and Pods.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/objects.h"
#include "proxy/origins.h"

namespace naru::daemon {

/// Pods are known by prefixes: those that the configuration names, and the nodes' podCIDRs. Of a family that has none
/// they are known one by one, by the Pods and endpoints there are; that costs time with their number at each change
/// among them, so it is for clusters that are small, and done only while somebody asks for it.
///
/// Thread: one at a time (the control thread).
class OriginsTracker {
 public:
  using Nodes = std::map<std::string, std::shared_ptr<const config::Node>>;

  explicit OriginsTracker(std::vector<Cidr> cluster_cidrs);

  /// The addresses of the host's interfaces, and the subnets that they are on.
  void set_host(std::vector<IpAddress> addresses, std::vector<Cidr> subnets);
  /// All nodes; `own`: this one's name.
  void set_nodes(const Nodes& nodes, const std::string& own);

  /// Whether Pods of some family are known one by one.
  [[nodiscard]] bool wants_pods() const { return !by_address_.empty(); }
  /// Addresses of Pods that `owner` (a Pod, or a Service by its endpoints) tells of, in place of those before.
  void set_pods(const std::string& owner, std::vector<IpAddress> addresses);
  void forget_pods();

  /// The same object while nothing changes. Never null.
  [[nodiscard]] std::shared_ptr<const proxy::Origins> origins();

 private:
  [[nodiscard]] proxy::Origins make() const;
  void find_families();

  std::vector<Cidr> cluster_cidrs_;
  std::vector<Cidr> pod_cidrs_;  // of nodes
  std::vector<Family> by_address_;
  std::vector<IpAddress> host_;
  std::vector<Cidr> subnets_;
  std::vector<IpAddress> node_;  // of this node's object
  std::map<std::string, std::vector<IpAddress>> told_;
  std::map<IpAddress, std::size_t> pods_;  // by how many they are told of
  bool changed_{true};
  std::shared_ptr<const proxy::Origins> origins_{std::make_shared<const proxy::Origins>()};
};

}  // namespace naru::daemon
