#include "config/check_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "config/load_meta.h"
#include "config/names.h"

namespace naru::config {
namespace {

bool is_external(const Service& service) {
  return service.type == ServiceType::node_port || service.type == ServiceType::load_balancer ||
         (service.type == ServiceType::cluster_ip && !service.external_ips.empty());
}

void check_port_name(const Field& field, const ServicePort& port, bool several, std::set<std::string>& names) {
  const Field name = field["name"];
  if (port.name.empty()) {
    const bool wrong_type = name && name.value()->type != Value::Type::scalar;
    if (several && !wrong_type) name.fail_required();
  } else if (!names.insert(port.name).second) {
    name.fail(fmt::format("Duplicate value: {}", quote(port.name)));
  }
}

void check_node_port(const Field& field, const Service& service, const ServicePort& port,
                     std::set<std::pair<Protocol, Port>>& seen) {
  if (!port.node_port) return;
  const bool fits = service.type == ServiceType::node_port || service.type == ServiceType::load_balancer;
  if (!fits)
    return field.fail_at("nodePort", fmt::format("may not be used when `type` is '{}'", to_string(service.type)));
  if (seen.emplace(port.protocol, *port.node_port).second) return;
  field.fail_at("nodePort", fmt::format("Duplicate value: {} {}", to_string(port.protocol), port.node_port->value()));
}

void check_ports(const Field& spec, const Service& service) {
  const Field ports = spec["ports"];
  const bool may_have_none = service.headless || service.type == ServiceType::external_name;
  if (ports.none_listed() && !may_have_none) return ports.fail_required();
  if (!ports.is_list()) return;
  std::set<std::string> names;
  std::set<std::pair<Protocol, Port>> numbers;
  std::set<std::pair<Protocol, Port>> node_ports;
  std::size_t i = 0;
  ports.each([&](const Field& field) {
    const ServicePort& port = service.ports[i++];
    if (!field.is_map()) return;
    check_port_name(field, port, service.ports.size() > 1, names);
    check_node_port(field, service, port, node_ports);
    const bool kubelet = service.type == ServiceType::load_balancer && port.port == Port(10250);
    if (kubelet) field.fail_at("port", "may not expose port 10250 externally since it is used by kubelet");
    if (port.port == Port{} || numbers.emplace(port.protocol, port.port).second) return;
    field.fail(fmt::format("Duplicate value: {} {}", to_string(port.protocol), port.port.value()));
  });
}

void forbid(const Field& spec, std::string_view key, const std::string& reason) {
  const Field field = spec[key];
  const bool empty = field.none_listed() || (field.value()->type == Value::Type::scalar && field.value()->text.empty());
  if (!empty) field.fail(reason);
}

void check_external_name(const Field& spec, const Service& service) {
  for (const std::string_view key : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}) {
    forbid(spec, key, "may not be set for ExternalName services");
  }
  const Field name = spec["externalName"];
  if (service.external_name.empty()) return name.fail_required();
  std::string_view text = service.external_name;
  if (text.ends_with('.')) text.remove_suffix(1);  // a full name may say that it is one
  if (auto reason = bad_dns_subdomain(text)) name.fail(*reason);
}

void check_type(const Field& spec, const Service& service) {
  if (service.type == ServiceType::external_name) return check_external_name(spec, service);
  const bool needs_ip = service.type == ServiceType::node_port || service.type == ServiceType::load_balancer;
  if (service.headless && needs_ip) {
    spec.fail_at("clusterIP", fmt::format("may not be set to 'None' for {} services", to_string(service.type)));
  }
}

void check_load_balancer_fields(const Field& spec, const Service& service) {
  if (service.type != ServiceType::load_balancer) {
    for (const std::string_view key :
         {"loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"}) {
      forbid(spec, key, "may only be used when type is 'LoadBalancer'");
    }
  }
  const bool has_health_port =
      service.type == ServiceType::load_balancer && service.external_traffic_policy == TrafficPolicy::local;
  if (service.health_check_node_port && !has_health_port) {
    spec.fail_at("healthCheckNodePort",
                 "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  }
  if (!is_external(service))
    forbid(spec, "externalTrafficPolicy", "may only be set for externally-accessible services");
}

/// Two families or two addresses say dual stack even where the policy does not.
void check_families(const Field& spec, Service& service) {
  const Field families = spec["ipFamilies"];
  const auto& given = service.ip_families;
  if (given.size() > 2) return families.fail("may only hold up to 2 values");
  if (given.size() == 2 && given[0] == given[1])
    families.fail(fmt::format("Duplicate value: \"{}\"", to_string(given[0])));
  const bool two_families = given.size() == 2;
  const bool two_ips = service.cluster_ips.size() == 2;
  if (!two_families && !two_ips) return;
  if (!service.ip_family_policy) service.ip_family_policy = IpFamilyPolicy::require_dual_stack;
  if (service.ip_family_policy != IpFamilyPolicy::single_stack) return;
  spec.fail_at("ipFamilyPolicy",
               fmt::format("must be 'RequireDualStack' or 'PreferDualStack' when multiple {} are specified",
                           two_families ? "IP families" : "cluster IPs"));
}

}  // namespace

void check_service(const Field& spec, Service& service) {
  check_ports(spec, service);
  check_type(spec, service);
  check_load_balancer_fields(spec, service);
  check_families(spec, service);
}

}  // namespace naru::config
