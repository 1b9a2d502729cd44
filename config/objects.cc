#include "config/objects.h"

namespace naru::config {

std::string_view to_string(ServiceType type) {
  switch (type) {
    case ServiceType::cluster_ip:
      return "ClusterIP";
    case ServiceType::node_port:
      return "NodePort";
    case ServiceType::load_balancer:
      return "LoadBalancer";
    case ServiceType::external_name:
      return "ExternalName";
  }
  return "?";
}

std::string_view to_string(TrafficPolicy policy) {
  return policy == TrafficPolicy::cluster ? "Cluster" : "Local";
}

std::string_view to_string(IpFamilyPolicy policy) {
  switch (policy) {
    case IpFamilyPolicy::single_stack:
      return "SingleStack";
    case IpFamilyPolicy::prefer_dual_stack:
      return "PreferDualStack";
    case IpFamilyPolicy::require_dual_stack:
      return "RequireDualStack";
  }
  return "?";
}

std::string_view to_string(AddressType type) {
  switch (type) {
    case AddressType::ipv4:
      return "IPv4";
    case AddressType::ipv6:
      return "IPv6";
    case AddressType::fqdn:
      return "FQDN";
  }
  return "?";
}

std::vector<IpAddress> Node::internal_ips() const {
  std::vector<IpAddress> ips;
  for (const NodeAddress& address : addresses) {
    if (address.type == NodeAddressType::internal_ip) ips.push_back(address.ip);
  }
  return ips;
}

// The order of the variant is the order of the enum.
Kind kind_of(const Object& object) {
  return static_cast<Kind>(object.index());
}

const Meta& meta_of(const Object& object) {
  return std::visit([](const auto& held) -> const Meta& { return held->meta; }, object);
}

ObjectKey key_of(const Object& object) {
  const Meta& meta = meta_of(object);
  return {kind_of(object), meta.name_space, meta.name};
}

}  // namespace naru::config
