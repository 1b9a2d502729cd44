#include "daemon/desired_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "lb/pod_slices.h"
#include "lb/service_families.h"

namespace naru::daemon {

using config::ServiceName;

Affected DesiredState::apply(const config::SourceUpdate& update) {
  Affected affected;
  for (const config::ObjectKey& key : update.removed) remove(key, affected);
  // Services before the rest: a Pod then finds those that select it, and no Service has to look through all Pods.
  const auto is_service = [](const config::Object& object) { return config::kind_of(object) == config::Kind::service; };
  for (const bool services : {true, false}) {
    for (const config::Object& object : update.upserted) {
      if (is_service(object) == services) std::visit([&](const auto& held) { put(held, affected); }, object);
    }
  }
  affected.touched_services.insert(affected.changed_services.begin(), affected.changed_services.end());
  return affected;
}

// ---- Services ----

void DesiredState::put(const ServicePtr& service, Affected& affected) {
  const ServiceName name = service->service_name();
  auto& at = services_[name];
  if (at) unindex_selector(*at);
  at = service;
  index_selector(*service);
  affected.changed_services.insert(name);
}

void DesiredState::remove_service(const ServiceName& name, Affected& affected) {
  const auto found = services_.find(name);
  if (found == services_.end()) return;
  unindex_selector(*found->second);
  services_.erase(found);
  affected.changed_services.insert(name);
}

void DesiredState::index_selector(const config::Service& service) {
  if (service.selector.empty()) return;
  const auto& [key, value] = *service.selector.begin();
  services_by_label_[{service.meta.name_space, key, value}].insert(service.service_name());
  auto& members = pods_by_service_[service.service_name()];
  const auto first = pods_.lower_bound({service.meta.name_space, {}});
  for (auto it = first; it != pods_.end() && it->first.first == service.meta.name_space; ++it) {
    if (config::selects(service.selector, it->second->meta.labels)) members.insert(it->first.second);
  }
}

void DesiredState::unindex_selector(const config::Service& service) {
  if (service.selector.empty()) return;
  const auto& [key, value] = *service.selector.begin();
  const auto found = services_by_label_.find({service.meta.name_space, key, value});
  found->second.erase(service.service_name());
  if (found->second.empty()) services_by_label_.erase(found);
  pods_by_service_.erase(service.service_name());
}

// ---- what stands behind them ----

void DesiredState::put(const SlicePtr& slice, Affected& affected) {
  const PodName key{slice->meta.name_space, slice->meta.name};
  remove_slice(key, affected);  // it may have been another Service's
  slices_[key] = slice;
  if (slice->service.empty()) return;
  const ServiceName service{slice->meta.name_space, slice->service};
  slices_by_service_[service][slice->meta.name] = slice;
  affected.touched_services.insert(service);
}

void DesiredState::remove_slice(const PodName& key, Affected& affected) {
  const auto found = slices_.find(key);
  if (found == slices_.end()) return;
  const ServiceName service{key.first, found->second->service};
  if (const auto of_service = slices_by_service_.find(service); of_service != slices_by_service_.end()) {
    of_service->second.erase(key.second);
    if (of_service->second.empty()) slices_by_service_.erase(of_service);
    affected.touched_services.insert(service);
  }
  slices_.erase(found);
}

void DesiredState::put(const std::shared_ptr<const config::Endpoints>& endpoints, Affected& affected) {
  const ServiceName service{endpoints->meta.name_space, endpoints->meta.name};
  endpoints_[service] = endpoints;
  affected.touched_services.insert(service);
}

ServiceSet DesiredState::selecting(const config::Pod& pod) const {
  ServiceSet found;
  for (const auto& [key, value] : pod.meta.labels) {
    const auto candidates = services_by_label_.find({pod.meta.name_space, key, value});
    if (candidates == services_by_label_.end()) continue;
    for (const ServiceName& name : candidates->second) {
      if (config::selects(services_.at(name)->selector, pod.meta.labels)) found.insert(name);
    }
  }
  return found;
}

void DesiredState::put(const PodPtr& pod, Affected& affected) {
  const PodName key{pod->meta.name_space, pod->meta.name};
  remove_pod(key, affected);
  affected.pods.insert(key);
  pods_[key] = pod;
  if (pod->weight) ++weighted_pods_;
  for (const ServiceName& name : selecting(*pod)) {
    pods_by_service_[name].insert(pod->meta.name);
    affected.touched_services.insert(name);
  }
}

void DesiredState::remove_pod(const PodName& key, Affected& affected) {
  const auto found = pods_.find(key);
  if (found == pods_.end()) return;
  affected.pods.insert(key);
  for (const ServiceName& name : selecting(*found->second)) {
    pods_by_service_[name].erase(key.second);
    affected.touched_services.insert(name);
  }
  if (found->second->weight) --weighted_pods_;
  pods_.erase(found);
}

void DesiredState::put(const std::shared_ptr<const config::ServicePolicy>& policy, Affected& affected) {
  const PodName key{policy->meta.name_space, policy->meta.name};
  remove_policy(key, affected);
  policies_[key] = policy;
  for (const config::TargetRef& target : policy->target_refs) {
    const ServiceName service{policy->meta.name_space, target.name};
    policies_by_service_[service].insert(policy->meta.name);
    affected.touched_services.insert(service);
  }
}

void DesiredState::remove_policy(const PodName& key, Affected& affected) {
  const auto found = policies_.find(key);
  if (found == policies_.end()) return;
  for (const config::TargetRef& target : found->second->target_refs) {
    const ServiceName service{key.first, target.name};
    policies_by_service_[service].erase(key.second);
    if (policies_by_service_[service].empty()) policies_by_service_.erase(service);
    affected.touched_services.insert(service);
  }
  policies_.erase(found);
}

void DesiredState::put(const std::shared_ptr<const config::Node>& node, Affected& affected) {
  nodes_[node->meta.name] = node;
  affected.nodes = true;
  const auto zone = node->meta.labels.find("topology.kubernetes.io/zone");
  affected.zones |= zones_.set(node->meta.name, zone == node->meta.labels.end() ? std::string{} : zone->second);
}

void DesiredState::put(const std::shared_ptr<const config::Namespace>& name_space, Affected& affected) {
  namespaces_[name_space->meta.name] = name_space;
  affected.namespaces.insert(name_space->meta.name);
  affected.pools = true;
}

void DesiredState::put(const std::shared_ptr<const config::IpAddressPool>& pool, Affected& affected) {
  pools_[{pool->meta.name_space, pool->meta.name}] = pool;
  affected.pools = true;
}

void DesiredState::remove(const config::ObjectKey& key, Affected& affected) {
  const ServiceName name{key.name_space, key.name};
  switch (key.kind) {
    case config::Kind::service:
      return remove_service(name, affected);
    case config::Kind::endpoint_slice:
      return remove_slice({key.name_space, key.name}, affected);
    case config::Kind::endpoints:
      if (endpoints_.erase(name) > 0) affected.touched_services.insert(name);
      return;
    case config::Kind::pod:
      return remove_pod({key.name_space, key.name}, affected);
    case config::Kind::node:
      affected.nodes |= nodes_.erase(key.name) > 0;
      affected.zones |= zones_.erase(key.name);
      return;
    case config::Kind::name_space:
      if (namespaces_.erase(key.name) > 0) affected.namespaces.insert(key.name);
      affected.pools = true;
      return;
    case config::Kind::ip_address_pool:
      affected.pools |= pools_.erase({key.name_space, key.name}) > 0;
      return;
    case config::Kind::service_policy:
      return remove_policy({key.name_space, key.name}, affected);
    default:
      affected.announcing |= announcing_.erase(key);
  }
}

// ---- questions ----

DesiredState::ServicePtr DesiredState::service(const ServiceName& name) const {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : found->second;
}

std::vector<DesiredState::SlicePtr> DesiredState::slices_of(const config::Service& service) const {
  const ServiceName name = service.service_name();
  std::vector<SlicePtr> slices;
  if (const auto given = slices_by_service_.find(name); given != slices_by_service_.end()) {
    for (const auto& [slice_name, slice] : given->second) slices.push_back(slice);
    return slices;
  }
  if (const auto endpoints = endpoints_.find(name); endpoints != endpoints_.end()) {
    // Aliased to their object, which owns them.
    for (const auto& subset : endpoints->second->subsets) slices.emplace_back(endpoints->second, &subset);
    return slices;
  }
  const auto members = pods_by_service_.find(name);
  if (members == pods_by_service_.end()) return slices;
  std::vector<PodPtr> pods;
  for (const std::string& pod : members->second) pods.push_back(pods_.at({name.name_space, pod}));
  return lb::slices_from_pods(service, pods, lb::service_families(service, families_));
}

std::shared_ptr<const config::ServicePolicy> DesiredState::policy_of(const ServiceName& name) const {
  const auto found = policies_by_service_.find(name);
  if (found == policies_by_service_.end()) return nullptr;
  const auto older = [&](const std::string& a, const std::string& b) {
    const auto key = [&](const std::string& policy) {
      return std::pair(policies_.at({name.name_space, policy})->meta.creation_timestamp, policy);
    };
    return key(a) < key(b);
  };
  return policies_.at({name.name_space, *std::ranges::min_element(found->second, older)});
}

std::shared_ptr<const config::Pod> DesiredState::pod(const std::string& name_space, const std::string& name) const {
  const auto found = pods_.find({name_space, name});
  return found == pods_.end() ? nullptr : found->second;
}

std::shared_ptr<const config::Node> DesiredState::node(const std::string& name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

lb::PoolAllocator::Pools DesiredState::pools() const {
  lb::PoolAllocator::Pools all;
  for (const auto& [name, pool] : pools_) all.push_back(pool);
  return all;
}

lb::PoolAllocator::NamespaceLabels DesiredState::namespace_labels() const {
  lb::PoolAllocator::NamespaceLabels labels;
  for (const auto& [name, name_space] : namespaces_) labels[name] = name_space->meta.labels;
  return labels;
}

std::vector<config::Issue> DesiredState::orphans() const {
  std::vector<config::Issue> issues;
  for (const auto& [service, slices] : slices_by_service_) {
    if (services_.contains(service)) continue;
    for (const auto& [name, slice] : slices) {
      issues.push_back({slice->meta.location, fmt::format("EndpointSlice {}/{}", service.name_space, name),
                        "metadata.labels[kubernetes.io/service-name]",
                        fmt::format("there is no Service {}; the slice is kept until there is", service.to_string())});
    }
  }
  return issues;
}

}  // namespace naru::daemon
