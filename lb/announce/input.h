// What is to be announced, as far as it is known without a word from other nodes: immutable, made by the control
// thread, read by the announcing one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "config/objects.h"

namespace naru::lb::announce {

struct NodeInput {
  std::string name;
  config::Labels labels;
  std::vector<IpAddress> internal_ips;
  bool leaving{};  // being deleted, or tainted by an autoscaler that is about to
  bool network_unavailable{};

  /// By its label, with whatever value.
  [[nodiscard]] bool excluded() const {
    return labels.contains("node.kubernetes.io/exclude-from-external-load-balancers");
  }
  friend bool operator==(const NodeInput&, const NodeInput&) = default;
};

/// The nodes with an endpoint that is usable for announcing.
struct EndpointNodes {
  bool anywhere{};  // on whatever node, a known one or not
  std::set<std::string> nodes;

  friend bool operator==(const EndpointNodes&, const EndpointNodes&) = default;
};

/// `ready` unset or true, or `serving` true: one that is shutting down keeps its node announcing for as long as it
/// serves. Not the rule by which the proxy chooses. `family`: of the address that is announced.
[[nodiscard]] EndpointNodes endpoint_nodes(std::span<const std::shared_ptr<const config::EndpointSlice>> slices,
                                           Family family);

/// A load balancer address as one Service has it.
struct ServiceAddress {
  IpAddress ip;
  bool served{};  // by the snapshot that is in force on all workers
  EndpointNodes endpoints;

  friend bool operator==(const ServiceAddress&, const ServiceAddress&) = default;
};

/// A Service with load balancer addresses that naru gave it.
struct ServiceInput {
  config::ServiceName name;
  config::Labels labels;
  std::string pool;
  config::TrafficPolicy policy{config::TrafficPolicy::cluster};  // external
  std::vector<ServiceAddress> addresses;                         // in the order of its status

  friend bool operator==(const ServiceInput&, const ServiceInput&) = default;
};

template <class T>
using Objects = std::vector<std::shared_ptr<const T>>;

/// A peer with what its object only names.
struct PeerInput {
  std::shared_ptr<const config::BgpPeer> object;
  std::shared_ptr<const config::BfdProfile> bfd;  // null: none
  std::string password;
  std::string fault;  // why there can be no session with it; empty: nothing is wrong
};

/// An advertisement with the values of the communities that it names.
struct BgpInput {
  std::shared_ptr<const config::BgpAdvertisement> object;
  std::vector<config::CommunityValue> communities;
  std::string fault;  // why nothing is announced by it; empty: nothing is wrong
};

struct Input {
  std::string self;  // this node's name
  bool ready{};      // a snapshot is in force: what is not served now is not about to be
  std::map<std::string, NodeInput> nodes;
  std::map<std::string, config::Labels> pools;  // labels by name
  std::map<config::ServiceName, std::shared_ptr<const ServiceInput>> services;
  Objects<config::L2Advertisement> layer2;
  std::vector<BgpInput> bgp;
  std::vector<PeerInput> peers;
};

}  // namespace naru::lb::announce
