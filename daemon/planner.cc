#include "daemon/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/announcing_references.h"
#include "daemon/dns_setup.h"
#include "daemon/intercept_setup.h"
#include "lb/service_families.h"

namespace naru::daemon {

using config::ServiceName;

std::vector<SocketAddress> dns_listen_addresses(const config::Configuration& configuration) {
  std::vector<SocketAddress> listen = configuration.dns.listen;
  for (const SocketAddress& address : intercepted_dns_addresses(configuration.intercept)) {
    if (std::ranges::find(listen, address) == listen.end()) listen.push_back(address);
  }
  if (!listen.empty()) return listen;
  return {{configuration.service_cidrs.front().base().plus(10), Port(53)}};
}

PlannerConfig planner_config(const config::Configuration& configuration, const HostAddresses& host) {
  PlannerConfig planner;
  planner.node = configuration.node;
  planner.allocator.service_cidrs = configuration.service_cidrs;
  planner.allocator.node_ports = configuration.node_port_range;
  planner.node_port_addresses = configuration.node_port_addresses;
  planner.host = host;
  planner.cluster_cidrs = configuration.cluster_cidrs;
  planner.zone.domain = configuration.cluster_domain;
  planner.zone.service_cidrs = configuration.service_cidrs;
  planner.zone.ttl = configuration.dns.serving.ttl;
  planner.zone.pods = pod_names(configuration.dns.serving.pods);
  planner.follow_pods = planner.zone.pods == dns::PodNames::verified || configuration.dns.serving.autopath;
  for (const SocketAddress& address : dns_listen_addresses(configuration)) {
    planner.zone.addresses.push_back(address.ip);
    planner.allocator.reserved.push_back(address.ip);
  }
  return planner;
}

Planner::Planner(PlannerConfig config, AllocationStore store)
    : config_(std::move(config)),
      desired_(lb::families_of(config_.allocator.service_cidrs)),
      allocations_(config_.allocator, std::move(store)),
      origins_(config_.cluster_cidrs),
      zone_(config_.zone) {
  update_node();
  set_host_addresses(config_.host);
}

bool Planner::apply(const config::SourceUpdate& update) {
  changed_ = first_;
  const Affected affected = desired_.apply(update);
  to_compile_ = affected.touched_services;
  last_change_ = {{}, affected.nodes || affected.pools || affected.announcing};
  if (affected.nodes) update_node();
  if (affected.zones) update_zones();
  update_namespaces(affected.namespaces);
  if (config_.follow_pods) update_pods(affected);
  reallocate(affected);
  recompile_all();
  update_origins(affected.pods);
  zone_.set_synced(true);
  first_ = false;
  return changed_;
}

void Planner::update_node() {
  const auto object = desired_.node(config_.node);
  origins_.set_nodes(desired_.nodes(), config_.node);
  NodeContext next{config_.node, node_port_addresses(config_.node_port_addresses, object.get(), config_.host)};
  if (next == node_) return;
  node_ = std::move(next);
  for (const auto& [name, service] : in_force_) {
    if (!service.allocation.node_ports.empty()) to_compile_.insert(name);
  }
}

void Planner::update_zones() {
  for (const auto& [name, service] : in_force_) {
    if (service.compiled.follows_zones) to_compile_.insert(name);
  }
}

void Planner::update_namespaces(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    desired_.has_namespace(name) ? zone_.set_namespace(name) : zone_.erase_namespace(name);
    changed_ = true;
  }
}

void Planner::update_pods(const Affected& affected) {
  for (const auto& [name_space, name] : affected.pods) {
    const auto pod = desired_.pod(name_space, name);
    const bool there = pod != nullptr && !pod->finished && !pod->ips.empty();
    changed_ |= there ? zone_.set_pod(name_space, name, pod->ips) : zone_.erase_pod(name_space, name);
  }
}

bool Planner::set_hosts(const std::vector<dns::HostRecord>& hosts) {
  if (hosts == hosts_) return false;
  zone_.set_hosts(hosts);
  hosts_ = hosts;
  return true;
}

bool Planner::resolved(const FollowedName& name, const dns::AddressAnswer& answer, TimePoint now, NameChange& change) {
  change = names_.take(name, answer, now);
  if (!change.addresses) return false;
  changed_ = false;
  last_change_ = {};
  to_compile_ = names_.users(name);
  recompile_all();
  update_origins({});
  return changed_;
}

// ---- compilation ----

/// A frontend that goes may be what another Service waits for: that one is compiled in a second pass.
void Planner::recompile_all() {
  while (!to_compile_.empty()) {
    for (const ServiceName& name : std::exchange(to_compile_, {})) {
      recompile(name);
      last_change_.services.insert(name);
    }
  }
}

std::vector<Family> Planner::families_of(const config::Service& service) const {
  return lb::service_families(service, lb::families_of(config_.allocator.service_cidrs));
}

SlicePtrs Planner::slices_of(const config::Service& service) const {
  return with_addresses(desired_.slices_of(service), families_of(service), names_);
}

void Planner::recompile(const ServiceName& name) {
  const auto found = in_force_.find(name);
  if (found == in_force_.end()) return;  // refused, or slices of a Service that does not exist
  ServiceInForce& service = found->second;
  if (desired_.service(name) == nullptr) return retract(name, service);
  // Before compiling: an endpoint that is one of the Service's own new addresses is found by them.
  replace_virtual_addresses(name, virtual_addresses(*service.object, service.allocation));
  names_.set(name, names_in(desired_.slices_of(*service.object), families_of(*service.object)));
  const auto slices = slices_of(*service.object);
  const auto policy = desired_.policy_of(name);
  const VirtualAddressOwner owner_of = [&](const IpAddress& ip) {
    const auto owner = virtual_owners_.find(ip);
    return owner == virtual_owners_.end() ? nullptr : &*owner->second.begin();
  };
  CompileInput input{*service.object, service.allocation, slices, policy.get(), node_,
                     owner_of,        desired_.zones(),   {},     Clock::now()};
  if (desired_.pods_have_weights() || (policy != nullptr && !policy->weights.empty())) {
    input.pod = [&](const std::string& pod) { return desired_.pod(name.name_space, pod).get(); };
  }
  CompiledService next = compile(input, registry_, &service.compiled);
  replace_ports(service.compiled, next);
  replace_frontends(name, service, next);
  if (!(next.records == service.compiled.records)) {
    zone_.set_service(next.records);
    changed_ = true;
  }
  service.compiled = std::move(next);
  if (knows_pods_) tell_pods(name, &service);
  total_ -= service.counts;
  service.counts = count_service(*service.object, service.compiled);
  total_ += service.counts;
  auto issues = service.compiled.issues;
  for (const auto* more : {&service.request_issues, &service.frontend_issues}) {
    issues.insert(issues.end(), more->begin(), more->end());
  }
  if (issues.empty()) {
    compile_issues_.erase(name);
  } else {
    compile_issues_[name] = std::move(issues);
  }
}

void Planner::retract(const ServiceName& name, ServiceInForce& service) {
  const CompiledService nothing;
  replace_frontends(name, service, nothing);
  replace_ports(service.compiled, nothing);
  replace_virtual_addresses(name, {});
  compile_issues_.erase(name);
  health_checked_.erase(name);
  names_.set(name, {});
  if (knows_pods_) tell_pods(name, nullptr);
  pending_.erase(name);
  zone_.erase_service(name);
  changed_ = true;
  total_ -= service.counts;
  in_force_.erase(name);
}

void Planner::replace_frontends(const ServiceName& name, ServiceInForce& service, const CompiledService& next) {
  // Of the table's entries only those that are this Service's: another's may stand at a key that we wanted too.
  const auto is_ours = [&](const proxy::Frontend& held) {
    const auto* port = table_.service_ports.find(held.service_port);
    return port == nullptr || (*port)->service == name;
  };
  for (const auto& [key, frontend] : service.compiled.frontends) {
    const proxy::Frontend* held = table_.frontends.find(key);
    if (next.frontends.contains(key) || held == nullptr || !is_ours(*held)) continue;
    table_.frontends.erase(key);
    changed_ = true;
    to_compile_.merge(ServiceSet(blocked_));
  }
  service.frontend_issues.clear();
  blocked_.erase(name);
  for (const auto& [key, frontend] : next.frontends) {
    const proxy::Frontend* held = table_.frontends.find(key);
    if (held != nullptr && !is_ours(*held)) {
      service.frontend_issues.push_back(taken_frontend(service, key, *held));
      blocked_.insert(name);
    } else if (held == nullptr || !(*held == frontend)) {
      table_.frontends.set(key, frontend);
      changed_ = true;
    }
  }
}

config::Issue Planner::taken_frontend(const ServiceInForce& service, const proxy::FrontendKey& key,
                                      const proxy::Frontend& holder) const {
  const config::Service& object = *service.object;
  const auto* port = table_.service_ports.find(holder.service_port);
  const bool external = std::ranges::find(object.external_ips, key.address.ip) != object.external_ips.end();
  const int line = external && object.external_ips_line > 0 ? object.external_ips_line : object.meta.location.line;
  return {{object.meta.location.file, line},
          "Service " + object.service_name().to_string(),
          external ? "spec.externalIPs" : "",
          fmt::format("{}/{} is already in use (by Service {})", key.address.to_string(), to_string(key.protocol),
                      (*port)->service.to_string())};
}

void Planner::replace_ports(const CompiledService& before, const CompiledService& next) {
  for (const auto& [key, port] : before.ports) {
    if (next.ports.contains(key)) continue;
    table_.service_ports.erase(port->id);
    registry_.forget(key);
    changed_ = true;
  }
  for (const auto& [key, port] : next.ports) {
    const auto* held = table_.service_ports.find(port->id);
    if (held != nullptr && *held == port) continue;
    table_.service_ports.set(port->id, port);
    changed_ = true;
  }
}

void Planner::replace_virtual_addresses(const ServiceName& name, const std::vector<IpAddress>& addresses) {
  auto& held = virtual_addresses_[name];
  if (held == addresses) return;
  for (const IpAddress& ip : held) {
    const auto owner = virtual_owners_.find(ip);
    owner->second.erase(name);
    if (!owner->second.empty()) continue;
    virtual_owners_.erase(owner);
    outside_.erase(ip);
  }
  for (const IpAddress& ip : addresses) {
    virtual_owners_[ip].insert(name);
    if (is_outside(ip)) outside_.insert(ip);
  }
  held = addresses;
  if (held.empty()) virtual_addresses_.erase(name);
}

// ---- questions ----

std::vector<config::Issue> Planner::issues() const {
  std::vector<config::Issue> all = pool_issues_;
  for (const auto* by_service : {&refused_, &compile_issues_}) {
    for (const auto& [name, issues] : *by_service) all.insert(all.end(), issues.begin(), issues.end());
  }
  if (!allocations_.store_error().empty()) all.push_back({{}, {}, "stateDir", allocations_.store_error()});
  return all;
}

std::vector<config::Issue> Planner::notices() const {
  auto all = desired_.orphans();
  auto more = announcing_notices(desired_);
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return all;
}

bool Planner::is_outside(const IpAddress& ip) const {
  const auto& cidrs = config_.allocator.service_cidrs;
  return !ip.is_loopback() && std::ranges::none_of(cidrs, [&](const Cidr& cidr) { return cidr.contains(ip); });
}

}  // namespace naru::daemon
