// The objects that naru reads, as validated plain structs. Field names and defaults are the upstream APIs'.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "config/announcing.h"
#include "config/label_selector.h"
#include "config/meta.h"
#include "config/service_policy.h"

namespace naru::config {

// ---- Service (v1) ----

enum class ServiceType : std::uint8_t { cluster_ip, node_port, load_balancer, external_name };
enum class TrafficPolicy : std::uint8_t { cluster, local };
enum class IpFamilyPolicy : std::uint8_t { single_stack, prefer_dual_stack, require_dual_stack };

[[nodiscard]] std::string_view to_string(ServiceType type);      ///< "ClusterIP"
[[nodiscard]] std::string_view to_string(TrafficPolicy policy);  ///< "Cluster"
[[nodiscard]] std::string_view to_string(IpFamilyPolicy policy);

/// A number, or the name of a port of the Pod.
using TargetPort = std::variant<Port, std::string>;

struct ServicePort {
  std::string name;  // empty only where a Service has one port
  Protocol protocol{Protocol::tcp};
  Port port;
  TargetPort target_port;         // defaults to `port`
  std::optional<Port> node_port;  // as asked for
  std::string app_protocol;
  int line{};            // of the port
  int node_port_line{};  // of its nodePort, else of the port

  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

/// Of status.loadBalancer.ingress. Only read where a controller outside naru writes it.
struct LoadBalancerIngress {
  std::optional<IpAddress> ip;
  std::string hostname;
  bool proxy_mode{};  // ipMode: Proxy

  friend bool operator==(const LoadBalancerIngress&, const LoadBalancerIngress&) = default;
};

struct Service {
  Meta meta;
  ServiceType type{ServiceType::cluster_ip};
  std::vector<ServicePort> ports;
  Labels selector;
  bool headless{};                     // clusterIP: None
  std::vector<IpAddress> cluster_ips;  // as asked for: at most one per family; empty: naru allocates
  std::vector<Family> ip_families;     // as asked for; empty: the first service CIDR's
  std::optional<IpFamilyPolicy> ip_family_policy;
  std::vector<IpAddress> external_ips;
  std::string external_name;
  bool client_ip_affinity{};
  std::chrono::seconds affinity_timeout{10800};
  TrafficPolicy external_traffic_policy{TrafficPolicy::cluster};
  TrafficPolicy internal_traffic_policy{TrafficPolicy::cluster};
  std::optional<Port> health_check_node_port;
  bool publish_not_ready_addresses{};
  bool allocate_load_balancer_node_ports{true};
  std::string load_balancer_class;
  std::optional<IpAddress> load_balancer_ip;  // spec.loadBalancerIP
  std::vector<Cidr> load_balancer_source_ranges;
  std::string traffic_distribution;
  std::vector<LoadBalancerIngress> ingress;  // status, as read
  int cluster_ip_line{};                     // of clusterIP(s), else the object's; allocation reports there
  int load_balancer_ip_line{};
  int external_ips_line{};

  [[nodiscard]] ServiceName service_name() const { return {meta.name_space, meta.name}; }
  /// Has a cluster IP: not headless, not ExternalName.
  [[nodiscard]] bool has_cluster_ip() const { return type != ServiceType::external_name && !headless; }
};

// ---- EndpointSlice (discovery.k8s.io/v1) and Endpoints (v1, converted to slices on loading) ----

enum class AddressType : std::uint8_t { ipv4, ipv6, fqdn };
[[nodiscard]] std::string_view to_string(AddressType type);  ///< "IPv4", "IPv6", "FQDN"

/// Conditions with the API's defaults applied: ready and serving unset count as true, terminating unset as false.
struct SliceEndpoint {
  std::vector<std::string> fqdns;    // addressType FQDN
  std::vector<IpAddress> addresses;  // else
  std::string hostname;
  std::string node_name;
  std::string zone;
  std::string target_pod;  // targetRef of kind Pod: its name
  bool ready{true};
  bool serving{true};
  bool says_serving{};  // the condition was given
  bool terminating{false};
  std::vector<std::string> hint_zones;
  std::vector<std::string> hint_nodes;
};

struct SlicePort {
  std::string name;
  Protocol protocol{Protocol::tcp};
  std::optional<Port> port;  // unset: all ports
  std::string app_protocol;
};

struct EndpointSlice {
  Meta meta;
  std::string service;  // label kubernetes.io/service-name (for Endpoints: its own name); empty: belongs to none
  AddressType address_type{AddressType::ipv4};
  std::vector<SliceEndpoint> endpoints;
  std::vector<SlicePort> ports;
  std::optional<int> weight;  // annotation naru.io/weight: of each endpoint
};

/// An Endpoints object: each of its subsets as a slice of the Service of the same name.
struct Endpoints {
  Meta meta;
  std::vector<EndpointSlice> subsets;
};

// ---- Pod, Node, Namespace (v1): what naru needs of them ----

struct ContainerPort {
  std::string name;
  Protocol protocol{Protocol::tcp};
  Port port;
};

struct Pod {
  Meta meta;
  std::vector<IpAddress> ips;  // status.podIPs, else podIP
  std::string node_name;
  std::string hostname;
  std::string subdomain;
  std::vector<ContainerPort> ports;
  bool ready{};               // condition Ready; without any conditions: phase Running, or no status.phase at all
  bool finished{};            // phase Succeeded or Failed
  std::optional<int> weight;  // annotation naru.io/weight
};

enum class NodeAddressType : std::uint8_t { internal_ip, external_ip, other };

struct NodeAddress {
  NodeAddressType type{NodeAddressType::internal_ip};
  IpAddress ip;
};

struct Node {
  Meta meta;
  std::vector<NodeAddress> addresses;  // those that are IP addresses
  std::vector<Cidr> pod_cidrs;         // spec.podCIDRs, else podCIDR: of the Pods that run on it
  std::vector<std::string> taints;     // keys
  bool unschedulable{};
  std::optional<bool> ready;   // condition Ready, if there is one
  bool network_unavailable{};  // condition NetworkUnavailable

  [[nodiscard]] std::vector<IpAddress> internal_ips() const;
};

struct Namespace {
  Meta meta;
};

// ---- IPAddressPool (metallb.io/v1beta1) ----

struct AddressRange {
  IpAddress first;
  IpAddress last;  // same family, not before first
  std::string text;
  int line{};
};

struct ServiceAllocation {
  int priority{};  // 0: last
  std::vector<std::string> namespaces;
  std::vector<LabelSelector> namespace_selectors;
  std::vector<LabelSelector> service_selectors;
};

struct IpAddressPool {
  Meta meta;
  std::vector<AddressRange> addresses;
  bool auto_assign{true};
  bool avoid_buggy_ips{};
  std::optional<ServiceAllocation> service_allocation;
};

// ---- any of them ----

using Object =
    std::variant<std::shared_ptr<const Service>, std::shared_ptr<const EndpointSlice>, std::shared_ptr<const Endpoints>,
                 std::shared_ptr<const Pod>, std::shared_ptr<const Node>, std::shared_ptr<const Namespace>,
                 std::shared_ptr<const IpAddressPool>, std::shared_ptr<const ServicePolicy>,
                 std::shared_ptr<const L2Advertisement>, std::shared_ptr<const BgpAdvertisement>,
                 std::shared_ptr<const BgpPeer>, std::shared_ptr<const BfdProfile>, std::shared_ptr<const Community>,
                 std::shared_ptr<const Secret>>;

[[nodiscard]] Kind kind_of(const Object& object);
[[nodiscard]] const Meta& meta_of(const Object& object);
[[nodiscard]] ObjectKey key_of(const Object& object);

}  // namespace naru::config
