// Tables of Kubernetes objects.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "daemon/tables.h"
#include "lb/pool_allocator.h"

namespace naru::daemon {
namespace {

using config::Service;
using config::ServiceType;

std::vector<std::string> texts(std::span<const IpAddress> ips) {
  std::vector<std::string> words;
  for (const IpAddress& ip : ips) words.push_back(ip.to_string());
  return words;
}

std::string cluster_ip_text(const ServiceView& view) {
  if (view.object->type == ServiceType::external_name) return "<none>";
  if (view.object->headless) return "None";
  return view.allocation.cluster_ips.empty() ? "<none>" : view.allocation.cluster_ips.front().to_string();
}

std::vector<std::string> ingress_texts(const ServiceView& view) {
  std::vector<std::string> words = texts(view.allocation.load_balancer_ips);
  if (!words.empty() || lb::is_ours(*view.object)) return words;
  for (const auto& ingress : view.object->ingress) {
    words.push_back(ingress.ip ? ingress.ip->to_string() : ingress.hostname);
  }
  return words;
}

std::string external_ip_text(const ServiceView& view) {
  const Service& service = *view.object;
  if (service.type == ServiceType::external_name) return service.external_name;
  std::vector<std::string> words;
  if (service.type == ServiceType::load_balancer) words = ingress_texts(view);
  for (const std::string& ip : texts(service.external_ips)) words.push_back(ip);
  if (words.empty() && service.type == ServiceType::load_balancer) return "<pending>";
  return joined_or_none(words);
}

/// Why it has no load balancer address, or not all that it could have.
std::string pending_text(const ServiceView& view) {
  for (const Condition& condition : view.conditions) {
    if (condition.type == "LoadBalancerAddress" && condition.reason != "Allocated") return condition.message;
  }
  return "<none>";
}

std::string ports_text(const ServiceView& view) {
  std::vector<std::string> words;
  const auto& node_ports = view.allocation.node_ports;
  for (std::size_t i = 0; i < view.object->ports.size(); ++i) {
    const config::ServicePort& port = view.object->ports[i];
    const bool has_node_port = i < node_ports.size() && node_ports[i];
    const std::string node_port = has_node_port ? fmt::format(":{}", node_ports[i]->value()) : "";
    words.push_back(fmt::format("{}{}/{}", port.port.value(), node_port, to_string(port.protocol)));
  }
  return joined_or_none(words);
}

std::string slice_ports_text(const config::EndpointSlice& slice) {
  std::vector<std::string> words;
  for (const config::SlicePort& port : slice.ports) {
    words.push_back(port.port ? std::to_string(port.port->value()) : "*");
  }
  return words.empty() ? "<unset>" : joined_or_none(words);
}

std::vector<std::string> addresses_of(const config::EndpointSlice& slice) {
  std::vector<std::string> words;
  for (const config::SliceEndpoint& endpoint : slice.endpoints) {
    words.insert(words.end(), endpoint.fqdns.begin(), endpoint.fqdns.end());
    for (const std::string& ip : texts(endpoint.addresses)) words.push_back(ip);
  }
  return words;
}

/// Why an endpoint gets no new traffic, as far as it does not.
std::string_view state_of(const config::EndpointSlice& slice, const config::SliceEndpoint& endpoint,
                          const AvoidedEndpoints& avoided) {
  if (endpoint.terminating) return "terminating";
  if (!endpoint.ready) return "not ready";
  if (endpoint.addresses.empty()) return "";
  const auto found = avoided.find({{slice.meta.name_space, slice.service}, endpoint.addresses.front()});
  return found == avoided.end() ? "" : found->second;
}

std::vector<std::string> states_of(const config::EndpointSlice& slice, const AvoidedEndpoints& avoided) {
  std::vector<std::string> words;
  for (const config::SliceEndpoint& endpoint : slice.endpoints) {
    const auto state = state_of(slice, endpoint, avoided);
    const std::string text = state.empty() ? "" : fmt::format("({})", state);
    for (const std::string& name : endpoint.fqdns) words.push_back(name + text);
    for (const std::string& ip : texts(endpoint.addresses)) words.push_back(ip + text);
  }
  return words;
}

/// The first three, as kubectl shows them.
std::string shortened(std::vector<std::string> words) {
  constexpr std::size_t kShown = 3;
  if (words.size() <= kShown) return words.empty() ? "<unset>" : joined_or_none(words);
  const std::size_t more = words.size() - kShown;
  words.resize(kShown);
  return fmt::format("{} + {} more...", joined_or_none(words), more);
}

std::string ready_text(const config::EndpointSlice& slice) {
  const auto ready = std::ranges::count_if(slice.endpoints, [](const auto& e) { return e.ready && !e.terminating; });
  return fmt::format("{}/{}", ready, slice.endpoints.size());
}

std::string node_status_text(const config::Node& node) {
  const std::string ready = node.ready ? (*node.ready ? "Ready" : "NotReady") : "Unknown";
  return node.unschedulable ? ready + ",SchedulingDisabled" : ready;
}

std::string roles_text(const config::Node& node) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::vector<std::string> roles;
  for (const auto& [key, value] : node.meta.labels) {
    if (key.starts_with(kPrefix)) roles.push_back(key.substr(kPrefix.size()));
  }
  return joined_or_none(roles);
}

std::string node_addresses_text(const config::Node& node, config::NodeAddressType type) {
  std::vector<std::string> words;
  for (const auto& address : node.addresses) {
    if (address.type == type) words.push_back(address.ip.to_string());
  }
  return joined_or_none(words);
}

std::string ranges_text(const config::IpAddressPool& pool) {
  std::vector<std::string> words;
  for (const auto& range : pool.addresses) words.push_back(range.text);
  return joined_or_none(words);
}

/// Saturated: an IPv6 range may hold more than a number can.
std::string sum_text(std::uint64_t a, std::uint64_t b) {
  return std::to_string(a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                                          : a + b);
}

/// The first few who wait for an address of the pool, and why.
std::string waiting_text(const PoolView& view) {
  constexpr std::size_t kMost = 3;
  if (view.pending.empty()) return "<none>";
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, view.pending.size()); ++i) text += (i == 0 ? "" : "; ") + view.pending[i];
  return view.pending.size() > kMost ? fmt::format("{}; and {} more", text, view.pending.size() - kMost) : text;
}

const char* true_false(bool value) {
  return value ? "true" : "false";
}

}  // namespace

Table services_table(std::span<const ServiceView> services, WallTime now) {
  Table table{{{"NAMESPACE"},
               {"NAME"},
               {"TYPE"},
               {"CLUSTER-IP"},
               {"EXTERNAL-IP"},
               {"PORT(S)"},
               {"ENDPOINTS"},
               {"AGE"},
               {"SELECTOR", true},
               {"PENDING", true}},
              {}};
  for (const ServiceView& view : services) {
    const Service& service = *view.object;
    table.rows.push_back({service.meta.name_space, service.meta.name, std::string(to_string(service.type)),
                          cluster_ip_text(view), external_ip_text(view), ports_text(view),
                          fmt::format("{}/{}", view.ready_endpoints, view.endpoints), age_text(service.meta, now),
                          labels_text(service.selector), pending_text(view)});
  }
  drop_unknown_ages(table);
  return table;
}

Table endpoints_table(std::span<const std::shared_ptr<const config::EndpointSlice>> slices,
                      const AvoidedEndpoints& avoided, WallTime now) {
  Table table{{{"NAMESPACE"},
               {"NAME"},
               {"SERVICE"},
               {"ADDRESSTYPE"},
               {"PORTS"},
               {"READY"},
               {"ENDPOINTS"},
               {"AGE"},
               {"STATES", true}},
              {}};
  for (const auto& slice : slices) {
    table.rows.push_back({slice->meta.name_space, slice->meta.name, slice->service.empty() ? "<none>" : slice->service,
                          std::string(to_string(slice->address_type)), slice_ports_text(*slice), ready_text(*slice),
                          shortened(addresses_of(*slice)), age_text(slice->meta, now),
                          joined_or_none(states_of(*slice, avoided))});
  }
  drop_unknown_ages(table);
  return table;
}

Table nodes_table(std::span<const NodeView> nodes, WallTime now) {
  Table table{{{"NAME"},
               {"STATUS"},
               {"ROLES"},
               {"INTERNAL-IP"},
               {"ENDPOINTS"},
               {"LIVENESS"},
               {"AGE"},
               {"EXTERNAL-IP", true},
               {"SELF", true},
               {"TAINTS", true}},
              {}};
  for (const NodeView& view : nodes) {
    const config::Node& node = *view.object;
    table.rows.push_back({node.meta.name, node_status_text(node), roles_text(node),
                          node_addresses_text(node, config::NodeAddressType::internal_ip),
                          std::to_string(view.endpoints), view.liveness.empty() ? "<none>" : view.liveness,
                          age_text(node.meta, now), node_addresses_text(node, config::NodeAddressType::external_ip),
                          true_false(view.self), joined_or_none(node.taints)});
  }
  drop_unknown_ages(table);
  drop_empty_column(table, "LIVENESS");
  return table;
}

Table pools_table(std::span<const PoolView> pools, WallTime now) {
  Table table{{{"NAMESPACE"},
               {"NAME"},
               {"AUTO ASSIGN"},
               {"AVOID BUGGY IPS"},
               {"ADDRESSES"},
               {"ASSIGNED"},
               {"AVAILABLE"},
               {"AGE"},
               {"PENDING", true}},
              {}};
  for (const PoolView& view : pools) {
    const config::IpAddressPool& pool = *view.object;
    table.rows.push_back(
        {pool.meta.name_space, pool.meta.name, true_false(pool.auto_assign), true_false(pool.avoid_buggy_ips),
         ranges_text(pool), sum_text(view.assigned_ipv4, view.assigned_ipv6),
         sum_text(view.available_ipv4, view.available_ipv6), age_text(pool.meta, now), waiting_text(view)});
  }
  drop_unknown_ages(table);
  return table;
}

}  // namespace naru::daemon
