// Service, with the fields in the order of the API's ServiceSpec.
#include "daemon/json_fields.h"
#include "daemon/to_json.h"
#include "lb/pool_allocator.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;
using config::Service;
using config::ServiceType;

json::value target_port(const config::TargetPort& target) {
  if (const auto* port = std::get_if<Port>(&target)) return port->value();
  return json::value(std::get<std::string>(target));
}

json::object port_object(const config::ServicePort& port, std::optional<Port> node_port) {
  json::object object;
  set_text(object, "name", port.name);
  object["protocol"] = to_string(port.protocol);
  set_text(object, "appProtocol", port.app_protocol);
  object["port"] = port.port.value();
  object["targetPort"] = target_port(port.target_port);
  if (node_port) object["nodePort"] = node_port->value();
  return object;
}

json::array ports_array(const ServiceView& view) {
  json::array ports;
  const auto& node_ports = view.allocation.node_ports;
  for (std::size_t i = 0; i < view.object->ports.size(); ++i) {
    ports.push_back(port_object(view.object->ports[i], i < node_ports.size() ? node_ports[i] : std::nullopt));
  }
  return ports;
}

void set_cluster_ips(json::object& spec, const ServiceView& view) {
  if (view.object->type == ServiceType::external_name) return;
  if (view.object->headless) {
    spec["clusterIP"] = "None";
    spec["clusterIPs"] = json::array{"None"};
  } else if (!view.allocation.cluster_ips.empty()) {
    spec["clusterIP"] = view.allocation.cluster_ips.front().to_string();
    set_array(spec, "clusterIPs", view.allocation.cluster_ips, as_text);
  }
}

bool externally_accessible(const Service& service) {
  return service.type == ServiceType::node_port || service.type == ServiceType::load_balancer ||
         (service.type == ServiceType::cluster_ip && !service.external_ips.empty());
}

void set_external(json::object& spec, const ServiceView& view) {
  const Service& service = *view.object;
  if (service.load_balancer_ip) spec["loadBalancerIP"] = service.load_balancer_ip->to_string();
  set_array(spec, "loadBalancerSourceRanges", service.load_balancer_source_ranges, as_text);
  set_text(spec, "externalName", service.external_name);
  if (externally_accessible(service)) spec["externalTrafficPolicy"] = to_string(service.external_traffic_policy);
  if (view.allocation.health_check_node_port) {
    spec["healthCheckNodePort"] = view.allocation.health_check_node_port->value();
  }
}

config::IpFamilyPolicy family_policy(const Service& service, std::size_t families) {
  if (service.ip_family_policy) return *service.ip_family_policy;
  return families > 1 ? config::IpFamilyPolicy::require_dual_stack : config::IpFamilyPolicy::single_stack;
}

void set_families(json::object& spec, const ServiceView& view) {
  if (view.object->type == ServiceType::external_name) return;
  const std::vector<Family> families = families_in_force(view);
  set_array(spec, "ipFamilies", families, [](Family family) { return to_string(family); });
  spec["ipFamilyPolicy"] = to_string(family_policy(*view.object, families.size()));
}

void set_policies(json::object& spec, const Service& service) {
  if (service.type == ServiceType::load_balancer) {
    spec["allocateLoadBalancerNodePorts"] = service.allocate_load_balancer_node_ports;
    set_text(spec, "loadBalancerClass", service.load_balancer_class);
  }
  if (service.type != ServiceType::external_name) {
    spec["internalTrafficPolicy"] = to_string(service.internal_traffic_policy);
  }
  set_text(spec, "trafficDistribution", service.traffic_distribution);
}

json::object spec_object(const ServiceView& view) {
  const Service& service = *view.object;
  json::object spec;
  if (!service.ports.empty()) spec["ports"] = ports_array(view);
  if (!service.selector.empty()) spec["selector"] = to_json(service.selector);
  set_cluster_ips(spec, view);
  spec["type"] = to_string(service.type);
  set_array(spec, "externalIPs", service.external_ips, as_text);
  spec["sessionAffinity"] = service.client_ip_affinity ? "ClientIP" : "None";
  set_external(spec, view);
  if (service.publish_not_ready_addresses) spec["publishNotReadyAddresses"] = true;
  if (service.client_ip_affinity) {
    spec["sessionAffinityConfig"] = {{"clientIP", {{"timeoutSeconds", service.affinity_timeout.count()}}}};
  }
  set_families(spec, view);
  set_policies(spec, service);
  return spec;
}

json::object ingress_object(const config::LoadBalancerIngress& ingress) {
  json::object object;
  if (ingress.ip) object["ip"] = ingress.ip->to_string();
  set_text(object, "hostname", ingress.hostname);
  if (ingress.proxy_mode) object["ipMode"] = "Proxy";
  return object;
}

json::object load_balancer_object(const ServiceView& view) {
  json::object status;
  if (!view.allocation.load_balancer_ips.empty()) {
    set_array(status, "ingress", view.allocation.load_balancer_ips, [](const IpAddress& ip) {
      return json::object{{"ip", ip.to_string()}};
    });
  } else if (view.object->type == ServiceType::load_balancer && !lb::is_ours(*view.object)) {
    set_array(status, "ingress", view.object->ingress, ingress_object);
  }
  return status;
}

json::object condition_object(const Condition& condition) {
  json::object object;
  object["type"] = condition.type;
  object["status"] = condition.status ? "True" : "False";
  set_text(object, "reason", condition.reason);
  set_text(object, "message", condition.message);
  return object;
}

}  // namespace

namespace {

/// MetalLB's mark beside a status of ours: which pool the address came from. What the object itself says of that is of
/// another time.
json::object metadata_object(const ServiceView& view) {
  json::object metadata = to_json(view.object->meta);
  if (!lb::is_ours(*view.object)) return metadata;
  constexpr const char* kFromPool = "metallb.io/ip-allocated-from-pool";
  json::object annotations = to_json(view.object->meta.annotations);
  annotations.erase(kFromPool);
  if (!view.allocation.load_balancer_ips.empty()) annotations[kFromPool] = view.allocation.pool;
  metadata.erase("annotations");
  if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
  return metadata;
}

}  // namespace

std::vector<Family> families_in_force(const ServiceView& view) {
  std::vector<Family> families;
  for (const IpAddress& ip : view.allocation.cluster_ips) families.push_back(ip.family());
  if (families.empty()) families = view.object->ip_families;
  if (!families.empty()) return families;
  // The API's defaults for a headless Service: without a selector nothing tells of which family its endpoints are.
  if (view.object->selector.empty()) return {Family::ipv4, Family::ipv6};
  return {Family::ipv4};
}

json::object to_json(const ServiceView& view) {
  json::object status;
  status["loadBalancer"] = load_balancer_object(view);
  set_array(status, "conditions", view.conditions, condition_object);
  return {{"apiVersion", "v1"},
          {"kind", "Service"},
          {"metadata", metadata_object(view)},
          {"spec", spec_object(view)},
          {"status", std::move(status)}};
}

}  // namespace naru::daemon
