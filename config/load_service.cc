#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "config/check_service.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 5> kServiceFields = {"apiVersion", "kind", "metadata", "spec", "status"};
constexpr std::array<std::string_view, 20> kSpecFields = {"ports",
                                                          "selector",
                                                          "type",
                                                          "clusterIP",
                                                          "clusterIPs",
                                                          "externalIPs",
                                                          "externalName",
                                                          "externalTrafficPolicy",
                                                          "internalTrafficPolicy",
                                                          "healthCheckNodePort",
                                                          "ipFamilies",
                                                          "ipFamilyPolicy",
                                                          "loadBalancerClass",
                                                          "loadBalancerIP",
                                                          "loadBalancerSourceRanges",
                                                          "allocateLoadBalancerNodePorts",
                                                          "publishNotReadyAddresses",
                                                          "sessionAffinity",
                                                          "sessionAffinityConfig",
                                                          "trafficDistribution"};
constexpr std::array<std::string_view, 6> kPortFields = {"name",       "protocol", "port",
                                                         "targetPort", "nodePort", "appProtocol"};
constexpr std::array<std::string_view, 4> kIngressFields = {"ip", "hostname", "ipMode", "ports"};

/// A number or a name; a name of digits in quotes ("8080") is refused as kube-apiserver refuses it.
TargetPort load_target_port(const Field& field, Port port) {
  if (!field) return port;
  if (field.value()->type != Value::Type::scalar || scalar_type(*field.value()) != ScalarType::string) {
    return field.port().value_or(port);
  }
  auto name = nonempty(field);
  if (!name) return port;
  if (auto reason = bad_port_name(*name)) field.fail(*reason);
  return std::move(*name);
}

/// 0 stands for none, as the API has it.
std::optional<Port> load_optional_port(const Field& field) {
  if (field && integer_of(*field.value()) == 0) return std::nullopt;
  return field.port();
}

ServicePort load_port(const Field& field) {
  ServicePort port;
  port.line = field.line();
  if (!field.map(kPortFields)) return port;
  port.name = load_name(field["name"], bad_dns_label).value_or("");
  port.protocol = load_protocol(field["protocol"]);
  const Field number = field["port"];
  if (!number) number.fail_required();
  port.port = number.port().value_or(Port{});
  port.target_port = load_target_port(field["targetPort"], port.port);
  const Field node_port = field["nodePort"];
  port.node_port = load_optional_port(node_port);
  port.node_port_line = node_port.line();
  port.app_protocol = load_name(field["appProtocol"], bad_qualified_name).value_or("");
  return port;
}

void load_affinity(const Field& spec, Service& service) {
  constexpr std::array<std::string_view, 1> kConfigFields = {"clientIP"};
  constexpr std::array<std::string_view, 1> kClientIpFields = {"timeoutSeconds"};
  service.client_ip_affinity =
      spec["sessionAffinity"].one_of<bool>({{"ClientIP", true}, {"None", false}}).value_or(false);
  const Field config = spec["sessionAffinityConfig"];
  if (!config.map(kConfigFields)) return;
  if (!service.client_ip_affinity) return config.fail("must not be set when session affinity is None");
  const Field client_ip = config["clientIP"];
  if (!client_ip.map(kClientIpFields)) return;
  const Field timeout = client_ip["timeoutSeconds"];
  const auto seconds = timeout.integer();
  if (!seconds) return;
  if (*seconds < 1 || *seconds > 86400)
    return timeout.fail(fmt::format("{}: must be greater than 0 and less than or equal to 86400", *seconds));
  service.affinity_timeout = std::chrono::seconds(*seconds);
}

std::optional<TrafficPolicy> load_policy(const Field& field) {
  return field.one_of<TrafficPolicy>({{"Cluster", TrafficPolicy::cluster}, {"Local", TrafficPolicy::local}});
}

void load_families(const Field& spec, Service& service) {
  spec["ipFamilies"].each([&](const Field& field) {
    const auto family = field.one_of<Family>({{"IPv4", Family::ipv4}, {"IPv6", Family::ipv6}});
    if (family) service.ip_families.push_back(*family);
  });
  service.ip_family_policy =
      spec["ipFamilyPolicy"].one_of<IpFamilyPolicy>({{"SingleStack", IpFamilyPolicy::single_stack},
                                                     {"PreferDualStack", IpFamilyPolicy::prefer_dual_stack},
                                                     {"RequireDualStack", IpFamilyPolicy::require_dual_stack}});
}

void load_source_ranges(const Field& field, Service& service) {
  field.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    const auto cidr = Cidr::parse(trim(*given));
    if (cidr) return service.load_balancer_source_ranges.push_back(*cidr);
    element.fail(fmt::format("{}: must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)", quote(*given)));
  });
}

void load_load_balancer(const Field& spec, Service& service) {
  service.load_balancer_class = load_name(spec["loadBalancerClass"], bad_qualified_name).value_or("");
  const Field ip = spec["loadBalancerIP"];
  if (nonempty(ip)) service.load_balancer_ip = load_servable_ip(ip);
  service.load_balancer_ip_line = ip.line();
  load_source_ranges(spec["loadBalancerSourceRanges"], service);
  service.allocate_load_balancer_node_ports = spec["allocateLoadBalancerNodePorts"].boolean_or(true);
  service.health_check_node_port = load_optional_port(spec["healthCheckNodePort"]);
}

void load_external(const Field& spec, Service& service) {
  const Field ips = spec["externalIPs"];
  service.external_ips_line = ips.line();
  ips.each([&](const Field& field) {
    if (const auto ip = load_servable_ip(field)) service.external_ips.push_back(*ip);
  });
  service.external_name = nonempty(spec["externalName"]).value_or("");
}

void load_spec(const Field& spec, Service& service) {
  service.type = spec["type"]
                     .one_of<ServiceType>({{"ClusterIP", ServiceType::cluster_ip},
                                           {"ExternalName", ServiceType::external_name},
                                           {"LoadBalancer", ServiceType::load_balancer},
                                           {"NodePort", ServiceType::node_port}})
                     .value_or(ServiceType::cluster_ip);
  spec["ports"].each([&](const Field& field) { service.ports.push_back(load_port(field)); });
  service.selector = load_labels(spec["selector"]);
  load_families(spec, service);
  load_affinity(spec, service);
  load_load_balancer(spec, service);
  load_external(spec, service);
  service.external_traffic_policy = load_policy(spec["externalTrafficPolicy"]).value_or(TrafficPolicy::cluster);
  service.internal_traffic_policy = load_policy(spec["internalTrafficPolicy"]).value_or(TrafficPolicy::cluster);
  service.publish_not_ready_addresses = spec["publishNotReadyAddresses"].boolean_or(false);
  service.traffic_distribution = spec["trafficDistribution"]
                                     .one_of<std::string>({{"PreferClose", "PreferClose"},
                                                           {"PreferSameZone", "PreferSameZone"},
                                                           {"PreferSameNode", "PreferSameNode"}})
                                     .value_or("");
}

void load_ingress(const Field& field, Service& service) {
  if (!field.map(kIngressFields)) return;
  LoadBalancerIngress ingress;
  ingress.ip = nonempty(field["ip"]) ? field["ip"].ip() : std::nullopt;
  ingress.hostname = field["hostname"].text_or("");
  ingress.proxy_mode = field["ipMode"].one_of<bool>({{"VIP", false}, {"Proxy", true}}).value_or(false);
  service.ingress.push_back(std::move(ingress));
}

void load_status(const Field& status, Service& service) {
  constexpr std::array<std::string_view, 2> kStatusFields = {"loadBalancer", "conditions"};
  constexpr std::array<std::string_view, 1> kBalancerFields = {"ingress"};
  if (!status.map(kStatusFields)) return;
  const Field balancer = status["loadBalancer"];
  if (!balancer.map(kBalancerFields)) return;
  balancer["ingress"].each([&](const Field& field) { load_ingress(field, service); });
}

}  // namespace

std::shared_ptr<const Service> load_service(const Field& object, Meta meta) {
  auto service = std::make_shared<Service>();
  service->meta = std::move(meta);
  if (!object.map(kServiceFields)) return service;
  const Field spec = object["spec"];
  if (!spec) spec.fail_required();
  if (spec.map(kSpecFields)) {
    load_spec(spec, *service);
    load_cluster_ips(spec, *service);
    check_service(spec, *service);
  }
  load_status(object["status"], *service);
  return service;
}

}  // namespace naru::config
