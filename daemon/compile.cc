#include "daemon/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/compile_usable.h"
#include "daemon/http_settings.h"
#include "lb/resolve.h"

namespace naru::daemon {

using config::Service;
using config::ServiceName;
using config::ServiceType;
using proxy::FrontendKind;

namespace {

proxy::ProxyProtocolSettings proxy_protocol_of(const config::ProxyProtocolPolicy& policy) {
  proxy::ProxyProtocolSettings settings;
  settings.required = policy.required.value_or(false);
  settings.trusted = policy.trusted.value_or(std::vector<Cidr>{});
  if (policy.send) {
    const bool v1 = *policy.send == config::ProxyHeaderVersion::v1;
    settings.to_endpoints = v1 ? proxy::ProxyVersion::v1 : proxy::ProxyVersion::v2;
  }
  return settings;
}

}  // namespace

proxy::Settings settings_of(const Service& service, const config::ServicePort& port,
                            const config::ServicePolicy* policy) {
  proxy::Settings settings;
  settings.http = http_settings_of(port, policy);
  // Requests differ in length more than connections do: taking turns would queue behind the slow endpoint.
  if (speaks_http(settings.http)) settings.algorithm = config::Algorithm::least_connections;
  if (service.client_ip_affinity) settings.affinity = service.affinity_timeout;
  settings.source_ranges = service.load_balancer_source_ranges;
  if (policy == nullptr) return settings;
  const auto overlay = [](auto& to, const auto& from) {
    if (from) to = *from;
  };
  overlay(settings.algorithm, policy->algorithm);
  settings.slow_start = policy->slow_start;
  overlay(settings.replay, policy->replay);
  overlay(settings.max_attempts, policy->max_attempts);
  overlay(settings.connect_timeout, policy->connect_timeout);
  overlay(settings.idle_timeout, policy->idle_timeout);
  overlay(settings.udp_idle_timeout, policy->udp_idle_timeout);
  overlay(settings.drain_timeout, policy->drain_timeout);
  overlay(settings.ejection_time, policy->ejection_time);
  overlay(settings.max_ejection_time, policy->max_ejection_time);
  overlay(settings.max_connections, policy->max_connections);
  if (port.protocol == Protocol::tcp) settings.active_health = policy->active_health;
  settings.proxy_protocol = proxy_protocol_of(policy->proxy_protocol);
  overlay(settings.source_address, policy->source_address);
  return settings;
}

std::vector<IpAddress> virtual_addresses(const Service& service, const lb::Allocation& allocation) {
  std::vector<IpAddress> all = allocation.cluster_ips;
  all.insert(all.end(), allocation.load_balancer_ips.begin(), allocation.load_balancer_ips.end());
  if (service.has_cluster_ip()) all.insert(all.end(), service.external_ips.begin(), service.external_ips.end());
  std::ranges::sort(all);
  const auto duplicates = std::ranges::unique(all);
  all.erase(duplicates.begin(), duplicates.end());
  return all;
}

namespace {

/// Why traffic to an endpoint would come back to naru, or nothing. kube-proxy's documentation forbids virtual addresses
/// as endpoints too, as it cannot serve them.
std::string loop_reason(const CompileInput& input, const IpAddress& ip) {
  const ServiceName* owner = input.owner_of(ip);
  if (owner == nullptr) return {};
  if (*owner == input.service.service_name()) {
    return fmt::format("{} is an address of the Service itself: traffic would loop; the endpoint is left out",
                       ip.to_string());
  }
  return fmt::format(
      "{} is an address of Service {}: a Service's address can't be an endpoint; the endpoint is left out",
      ip.to_string(), owner->to_string());
}

/// A name's address stands for an endpoint whose place in the slice is another than in the file.
config::Issue looping_endpoint(const lb::ResolvedEndpoint& endpoint, std::string reason) {
  const config::Meta& slice = endpoint.slice->meta;
  const std::string object = fmt::format("EndpointSlice {}/{}", slice.name_space, slice.name);
  const auto& names = endpoint.slice->endpoints[endpoint.index].fqdns;
  if (!names.empty()) return {slice.location, object, "endpoints", fmt::format("{}: {}", names.front(), reason)};
  return {slice.location, object, fmt::format("endpoints[{}].addresses[0]", endpoint.index), std::move(reason)};
}

struct PlacedEndpoints {
  std::vector<lb::Endpoint> endpoints;
  std::vector<lb::Place> places;  // of each
};

lb::Weight weight_of(const CompileInput& input, const lb::ResolvedEndpoint& endpoint, const lb::Place& place) {
  const config::Pod* pod = input.pod && !endpoint.pod.empty() ? input.pod(endpoint.pod) : nullptr;
  const std::span<const config::WeightRule> rules =
      input.policy != nullptr ? input.policy->weights : std::span<const config::WeightRule>();
  return lb::weight_of(rules, {endpoint.address.ip, place.node, place.zone, pod, endpoint.slice});
}

bool has_weights_by_zone(const config::ServicePolicy* policy) {
  return policy != nullptr &&
         std::ranges::any_of(policy->weights, [](const auto& rule) { return !rule.zones.empty(); });
}

PlacedEndpoints endpoints_of(const CompileInput& input, const config::ServicePort& port, Family family,
                             Registry::Entry& entry, std::vector<config::Issue>& issues) {
  PlacedEndpoints found;
  for (auto& resolved : lb::resolve_endpoints(port, input.slices, input.service.publish_not_ready_addresses)) {
    if (resolved.address.ip.family() != family) continue;
    if (std::string reason = loop_reason(input, resolved.address.ip); !reason.empty()) {
      issues.push_back(looping_endpoint(resolved, std::move(reason)));
      continue;
    }
    const bool local = !resolved.node.empty() && resolved.node == input.node.name;
    found.places.push_back(lb::place_of(resolved.slice->endpoints[resolved.index], input.zones));
    const lb::Weight weight = weight_of(input, resolved, found.places.back());
    found.endpoints.push_back({resolved.address, std::move(resolved.pod), std::move(resolved.node), local,
                               resolved.ready, resolved.serving, resolved.terminating,
                               Registry::endpoint(entry, resolved.address), weight});
  }
  Registry::keep_only(entry, found.endpoints);
  return found;
}

bool same_endpoint(const lb::Endpoint& a, const lb::Endpoint& b) {
  return a.address == b.address && a.ready == b.ready && a.serving == b.serving && a.terminating == b.terminating &&
         a.local == b.local && a.pod == b.pod && a.node == b.node && a.weight == b.weight;
}

bool same_port(const proxy::ServicePort& a, const proxy::ServicePort& b) {
  return a.id == b.id && a.settings == b.settings && a.cluster == b.cluster && a.local == b.local &&
         std::ranges::equal(a.endpoints, b.endpoints, same_endpoint);
}

std::shared_ptr<const proxy::ServicePort> port_of(const CompiledService* service, const ServicePortKey& key) {
  if (service == nullptr) return nullptr;
  const auto found = service->ports.find(key);
  return found == service->ports.end() ? nullptr : found->second;
}

/// Takes part as one of those that are to stay.
bool is_ready(const lb::Endpoint& endpoint) {
  return endpoint.weight > 0 && lb::tier_of(endpoint.ready, endpoint.serving, endpoint.terminating) == lb::Tier::ready;
}

bool has_ready(const std::vector<lb::Endpoint>& endpoints) {
  return std::ranges::any_of(endpoints, [](const lb::Endpoint& endpoint) { return is_ready(endpoint); });
}

/// Those that may be used since this change have to grow into their share, unless nobody else had one: a Service that
/// is new, or back, is not to be slow.
void begin_slow_starts(const std::vector<lb::Endpoint>& endpoints, const proxy::ServicePort* before, TimePoint now) {
  if (before == nullptr || !has_ready(before->endpoints)) return;
  for (const lb::Endpoint& endpoint : endpoints) {
    if (!is_ready(endpoint)) continue;
    const auto old = std::ranges::lower_bound(before->endpoints, endpoint.address, {}, &lb::Endpoint::address);
    const bool was_ready = old != before->endpoints.end() && old->address == endpoint.address && is_ready(*old);
    if (!was_ready) endpoint.state->begin_slow_start(now);
  }
}

std::shared_ptr<const proxy::ServicePort> compile_port(const CompileInput& input, const config::ServicePort& port,
                                                       const ServicePortKey& key, Registry& registry,
                                                       const CompiledService* before, CompiledService& service) {
  Registry::Entry& entry = registry.entry(key);
  proxy::ServicePort compiled;
  compiled.id = entry.id;
  compiled.service = key.service;
  compiled.port_name = port.name;
  compiled.protocol = port.protocol;
  compiled.port = port.port;
  compiled.settings = settings_of(input.service, port, input.policy);
  compiled.state = entry.state;
  if (speaks_http(compiled.settings.http) && !entry.state->http) {
    entry.state->http = std::make_unique<proxy::HttpPortState>();
  }
  compiled.family = key.family;
  auto found = endpoints_of(input, port, key.family, entry, service.issues);
  compiled.endpoints = std::move(found.endpoints);
  service.follows_zones |=
      std::ranges::any_of(found.places, &lb::Place::has_hints) || has_weights_by_zone(input.policy);
  const auto old = port_of(before, key);
  set_usable(input, found.places, old.get(), compiled);
  if (old != nullptr && same_port(*old, compiled)) return old;
  begin_slow_starts(compiled.endpoints, old.get(), input.now);
  return std::make_shared<const proxy::ServicePort>(std::move(compiled));
}

/// Every address of the family that the Service port answers on. A key that two kinds share (an external IP that is
/// also a load balancer address) is one frontend: the first stands.
void add_frontends(const CompileInput& input, std::size_t index, const proxy::ServicePort& service_port,
                   CompiledService& compiled) {
  const Service& service = input.service;
  const config::ServicePort& port = service.ports[index];
  const auto add = [&](FrontendKind kind, const std::vector<IpAddress>& ips, Port number,
                       config::TrafficPolicy policy) {
    for (const IpAddress& ip : ips) {
      if (ip.family() != service_port.family) continue;
      compiled.frontends.try_emplace({{ip, number}, port.protocol}, proxy::Frontend{kind, policy, service_port.id});
    }
  };
  const auto external = service.external_traffic_policy;
  add(FrontendKind::cluster_ip, input.allocation.cluster_ips, port.port, service.internal_traffic_policy);
  add(FrontendKind::load_balancer, input.allocation.load_balancer_ips, port.port, external);
  add(FrontendKind::external_ip, service.external_ips, port.port, external);
  if (index < input.allocation.node_ports.size() && input.allocation.node_ports[index]) {
    add(FrontendKind::node_port, input.node.node_port_addresses, *input.allocation.node_ports[index], external);
  }
}

}  // namespace

CompiledService compile(const CompileInput& input, Registry& registry, const CompiledService* before) {
  CompiledService compiled;
  compiled.records = dns::records_of(input.service, input.allocation.cluster_ips, input.slices);
  if (!input.service.has_cluster_ip()) return compiled;
  compiled.follows_zones = lb::distribution_of(input.service.traffic_distribution) != lb::Distribution::anywhere;
  for (const IpAddress& ip : input.allocation.cluster_ips) {
    for (std::size_t i = 0; i < input.service.ports.size(); ++i) {
      const config::ServicePort& port = input.service.ports[i];
      const ServicePortKey key{input.service.service_name(), port.name, port.protocol, port.port, ip.family()};
      const auto service_port = compile_port(input, port, key, registry, before, compiled);
      add_frontends(input, i, *service_port, compiled);
      compiled.ports.emplace(key, service_port);
    }
  }
  return compiled;
}

}  // namespace naru::daemon
