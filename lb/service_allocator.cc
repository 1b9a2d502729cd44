#include "lb/service_allocator.h"

#include <algorithm>

#include "lb/service_plan.h"

namespace naru::lb {

using config::Service;
using config::ServiceName;

void Requested::add(const Service& service) {
  cluster_ips.insert(service.cluster_ips.begin(), service.cluster_ips.end());
  for (const auto& port : service.ports) {
    if (port.node_port) node_ports.insert(*port.node_port);
  }
  if (service.health_check_node_port) node_ports.insert(*service.health_check_node_port);
}

ServiceAllocator::Plan::Plan(const ServiceAllocator& owner, const Service& service, const Requested& batch)
    : owner_(owner), service_(service), batch_(batch), name_(service.service_name()) {
  if (const auto found = owner.held_.find(name_); found != owner.held_.end()) held_ = found->second;
}

ServiceAllocator::Outcome ServiceAllocator::Plan::make() {
  if (service_.has_cluster_ip()) plan_cluster_ips();
  plan_node_ports();
  plan_health_check_port();
  return std::move(outcome_);
}

void ServiceAllocator::Plan::complain(int line, std::string field, std::string reason) {
  const config::Location where{service_.meta.location.file, line > 0 ? line : service_.meta.location.line};
  outcome_.issues.push_back({where, "Service " + name_.to_string(), std::move(field), std::move(reason)});
}

Held ServiceAllocator::restore(const ServiceName& name, Held held) {
  const auto is_others = [&](const ServiceName* owner) { return owner != nullptr && *owner != name; };
  std::erase_if(held.cluster_ips,
                [&](const IpAddress& ip) { return !gives(ip) || is_reserved(ip) || is_others(owner_of(ip)); });
  const auto not_ours = [&](Port port) { return !config_.node_ports.contains(port) || is_others(owner_of(port)); };
  std::erase_if(held.node_ports, [&](const auto& entry) { return not_ours(entry.second); });
  if (held.health_check_node_port && not_ours(*held.health_check_node_port)) held.health_check_node_port.reset();
  adopt(name, held);
  return held;
}

ServiceAllocator::Outcome ServiceAllocator::allocate(const Service& service, const Requested& batch) {
  Outcome outcome = Plan(*this, service, batch).make();
  if (outcome.issues.empty()) adopt(service.service_name(), held_of(service, outcome.allocation));
  return outcome;
}

void ServiceAllocator::release(const ServiceName& name) {
  const auto found = held_.find(name);
  if (found == held_.end()) return;
  for (const IpAddress& ip : found->second.cluster_ips) ip_owners_.erase(ip);
  for (const auto& [key, port] : found->second.node_ports) port_owners_.erase(port);
  if (found->second.health_check_node_port) port_owners_.erase(*found->second.health_check_node_port);
  held_.erase(found);
}

void ServiceAllocator::adopt(const ServiceName& name, Held held) {
  release(name);
  for (const IpAddress& ip : held.cluster_ips) ip_owners_.emplace(ip, name);
  for (const auto& [key, port] : held.node_ports) port_owners_.emplace(port, name);
  if (held.health_check_node_port) port_owners_.emplace(*held.health_check_node_port, name);
  held_.emplace(name, std::move(held));
}

const ServiceName* ServiceAllocator::owner_of(const IpAddress& cluster_ip) const {
  const auto found = ip_owners_.find(cluster_ip);
  return found == ip_owners_.end() ? nullptr : &found->second;
}

const ServiceName* ServiceAllocator::owner_of(Port node_port) const {
  const auto found = port_owners_.find(node_port);
  return found == port_owners_.end() ? nullptr : &found->second;
}

const Cidr* ServiceAllocator::cidr_of(Family family) const {
  const auto found = std::ranges::find(config_.service_cidrs, family, &Cidr::family);
  return found == config_.service_cidrs.end() ? nullptr : &*found;
}

bool ServiceAllocator::gives(const IpAddress& ip) const {
  const Cidr* cidr = cidr_of(ip.family());
  if (cidr == nullptr || !cidr->contains(ip) || ip == cidr->base()) return false;
  return ip.family() == Family::ipv6 || ip != cidr->last();
}

bool ServiceAllocator::is_reserved(const IpAddress& ip) const {
  return std::ranges::find(config_.reserved, ip) != config_.reserved.end();
}

}  // namespace naru::lb
