#include "daemon/announce_inputs.h"

#include <algorithm>

#include "daemon/announcing_references.h"

namespace naru::daemon {

using lb::announce::ServiceInput;

lb::announce::NodeInput announce_node(const config::Node& node) {
  // As /healthz takes it: the autoscaler is about to remove the node.
  constexpr std::string_view kLeavingTaint = "ToBeDeletedByClusterAutoscaler";
  const bool tainted = std::ranges::find(node.taints, kLeavingTaint) != node.taints.end();
  return {node.meta.name, node.meta.labels, node.internal_ips(), node.meta.deleting() || tainted,
          node.network_unavailable};
}

std::shared_ptr<ServiceInput> announce_service(const Planner& planner, const config::ServiceName& name) {
  const auto found = planner.in_force().find(name);
  if (found == planner.in_force().end()) return nullptr;
  const config::Service& service = *found->second.object;
  const lb::Allocation& allocation = found->second.allocation;
  if (!lb::is_ours(service) || allocation.load_balancer_ips.empty()) return nullptr;
  auto input = std::make_shared<ServiceInput>();
  input->name = name;
  input->labels = service.meta.labels;
  input->pool = allocation.pool;
  input->policy = service.external_traffic_policy;
  const auto slices = planner.slices_of(service);
  for (const IpAddress& ip : allocation.load_balancer_ips) {
    input->addresses.push_back({ip, true, lb::announce::endpoint_nodes(slices, ip.family())});
  }
  return input;
}

bool AnnounceInputs::follow(const Planner& planner, std::uint64_t generation) {
  const bool had = wanted_;
  const AnnouncingObjects& objects = planner.desired().announcing();
  wanted_ = !objects.l2_advertisements().empty() || !objects.bgp_advertisements().empty();
  if (!wanted_) {
    input_ = {input_.self, input_.ready, {}, {}, {}, {}, {}, {}};
    waiting_.clear();
    return had;
  }
  const PlannerChange& change = planner.last_change();
  bool changed = change.surroundings || !had;
  if (changed) take_surroundings(planner);
  if (had) {
    for (const auto& name : change.services) changed |= take_service(planner, name, generation);
  } else {
    for (const auto& [name, service] : planner.in_force()) take_service(planner, name, generation);
  }
  return changed;
}

void AnnounceInputs::take_surroundings(const Planner& planner) {
  const DesiredState& desired = planner.desired();
  const auto values = [](const auto& by_name, auto& to) {
    to.clear();
    for (const auto& [name, object] : by_name) to.push_back(object);
  };
  input_.nodes.clear();
  for (const auto& [name, node] : desired.nodes()) input_.nodes.emplace(name, announce_node(*node));
  input_.pools.clear();
  for (const auto& pool : planner.pools()) input_.pools.emplace(pool->meta.name, pool->meta.labels);
  values(desired.announcing().l2_advertisements(), input_.layer2);
  input_.bgp = resolve_bgp_advertisements(desired);
  input_.peers = resolve_peers(desired);
}

bool AnnounceInputs::take_service(const Planner& planner, const config::ServiceName& name, std::uint64_t generation) {
  const auto had = input_.services.find(name);
  const ServiceInput* before = had == input_.services.end() ? nullptr : had->second.get();
  auto next = announce_service(planner, name);
  if (next == nullptr) {
    std::erase_if(waiting_, [&](const auto& entry) { return entry.first.first == name; });
    return input_.services.erase(name) > 0;
  }
  for (lb::announce::ServiceAddress& address : next->addresses) {
    const auto same = [&](const auto& other) { return other.ip == address.ip; };
    const bool is_new = before == nullptr || std::ranges::none_of(before->addresses, same);
    if (is_new && generation > in_force_) waiting_[{name, address.ip}] = generation;
    address.served = is_served({name, address.ip});
  }
  if (before != nullptr && *before == *next) return false;
  input_.services[name] = std::move(next);
  return true;
}

bool AnnounceInputs::in_force(std::uint64_t generation) {
  in_force_ = generation;
  bool changed = wanted_ && !input_.ready;
  input_.ready = true;
  std::set<config::ServiceName> names;
  std::erase_if(waiting_, [&](const auto& entry) {
    if (entry.second > generation) return false;
    names.insert(entry.first.first);
    return true;
  });
  for (const auto& name : names) changed |= update_served(name);
  return changed;
}

bool AnnounceInputs::set_unopened(std::set<IpAddress> addresses) {
  if (addresses == unopened_) return false;
  unopened_ = std::move(addresses);
  bool changed = false;
  for (const auto& [name, service] : input_.services) changed |= update_served(name);
  return changed;
}

bool AnnounceInputs::update_served(const config::ServiceName& name) {
  const auto service = input_.services.find(name);
  if (service == input_.services.end()) return false;
  auto next = std::make_shared<ServiceInput>(*service->second);
  for (auto& address : next->addresses) address.served = is_served({name, address.ip});
  if (*next == *service->second) return false;
  service->second = std::move(next);
  return true;
}

std::set<IpAddress> AnnounceInputs::addresses() const {
  std::set<IpAddress> all;
  for (const auto& [name, service] : input_.services) {
    for (const auto& address : service->addresses) all.insert(address.ip);
  }
  return all;
}

}  // namespace naru::daemon
