#include "lb/service_allocator.h"

#include <fmt/format.h>

#include <algorithm>

#include "lb/band.h"

namespace naru::lb {

using config::Service;
using config::ServiceName;
using config::ServiceType;

void Requested::add(const Service& service) {
  cluster_ips.insert(service.cluster_ips.begin(), service.cluster_ips.end());
  for (const auto& port : service.ports) {
    if (port.node_port) node_ports.insert(*port.node_port);
  }
  if (service.health_check_node_port) node_ports.insert(*service.health_check_node_port);
}

namespace {

/// Positions of a CIDR that may be given: not the network's own address, and for IPv4 not the broadcast address.
Band band_of(const Cidr& cidr) {
  const std::uint64_t unusable = cidr.family() == Family::ipv4 ? 2 : 1;
  return make_band(cidr.size(), cidr.size() > unusable ? cidr.size() - unusable : 0, 16, 256);
}

bool is_given_out(const Cidr& cidr, const IpAddress& ip) {
  return cidr.contains(ip) && ip != cidr.base() && (cidr.family() == Family::ipv6 || ip != cidr.last());
}

bool wants_node_ports(const Service& service) {
  return service.type == ServiceType::node_port ||
         (service.type == ServiceType::load_balancer && service.allocate_load_balancer_node_ports);
}

bool may_have_node_ports(const Service& service) {
  return service.type == ServiceType::node_port || service.type == ServiceType::load_balancer;
}

bool wants_health_check_port(const Service& service) {
  return service.type == ServiceType::load_balancer && service.external_traffic_policy == config::TrafficPolicy::local;
}

}  // namespace

/// One Service's allocation in the making: reads the owners, changes nothing.
class ServiceAllocator::Plan {
 public:
  Plan(const ServiceAllocator& owner, const Service& service, const Requested& batch)
      : owner_(owner), service_(service), batch_(batch), name_(service.service_name()) {
    if (const auto found = owner.held_.find(name_); found != owner.held_.end()) held_ = found->second;
  }

  Outcome make() {
    if (service_.has_cluster_ip()) plan_cluster_ips();
    plan_node_ports();
    plan_health_check_port();
    return std::move(outcome_);
  }

 private:
  void complain(int line, std::string field, std::string reason) {
    const config::Location where{service_.meta.location.file, line > 0 ? line : service_.meta.location.line};
    outcome_.issues.push_back({where, "Service " + name_.to_string(), std::move(field), std::move(reason)});
  }

  // ---- cluster IPs ----

  void plan_cluster_ips() {
    for (const IpAddress& ip : service_.cluster_ips) take_cluster_ip(ip);
    for (const Family family : families_to_allocate()) allocate_cluster_ip(family);
  }

  void take_cluster_ip(const IpAddress& ip) {
    const Cidr* cidr = owner_.cidr_of(ip.family());
    if (cidr == nullptr || !is_given_out(*cidr, ip)) {
      const Cidr& shown = cidr != nullptr ? *cidr : owner_.config_.service_cidrs.front();
      return complain(
          service_.cluster_ip_line, "spec.clusterIPs",
          fmt::format("failed to allocate IP {0}: the provided IP ({0}) is not in the valid range. The range of "
                      "valid IPs is {1}",
                      ip.to_string(), shown.to_string()));
    }
    if (is_reserved(ip)) {
      return complain(service_.cluster_ip_line, "spec.clusterIPs",
                      fmt::format("failed to allocate IP {}: provided IP is already allocated (it is the DNS server's)",
                                  ip.to_string()));
    }
    if (const ServiceName* other = owner_.owner_of(ip); other != nullptr && *other != name_) {
      return complain(service_.cluster_ip_line, "spec.clusterIPs",
                      fmt::format("failed to allocate IP {}: provided IP is already allocated (by Service {})",
                                  ip.to_string(), other->to_string()));
    }
    outcome_.allocation.cluster_ips.push_back(ip);
  }

  /// Families of which the Service is to have an address and names none, the primary first.
  std::vector<Family> families_to_allocate() {
    using config::IpFamilyPolicy;
    const auto policy = service_.ip_family_policy.value_or(
        service_.ip_families.size() > 1 || service_.cluster_ips.size() > 1 ? IpFamilyPolicy::require_dual_stack
                                                                           : IpFamilyPolicy::single_stack);
    std::vector<Family> wanted = service_.ip_families;
    for (const IpAddress& ip : service_.cluster_ips) add_once(wanted, ip.family());
    if (wanted.empty() && !owner_.config_.service_cidrs.empty())
      wanted.push_back(owner_.config_.service_cidrs[0].family());
    if (policy != IpFamilyPolicy::single_stack) {
      for (const Cidr& cidr : owner_.config_.service_cidrs) add_once(wanted, cidr.family());
    }
    if (policy == IpFamilyPolicy::require_dual_stack && owner_.config_.service_cidrs.size() < 2) {
      complain(0, "spec.ipFamilyPolicy", "this cluster is not configured for dual-stack services");
      return {};
    }
    std::erase_if(wanted, [&](Family family) {
      return std::ranges::any_of(service_.cluster_ips, [&](const IpAddress& ip) { return ip.family() == family; });
    });
    return wanted;
  }

  static void add_once(std::vector<Family>& families, Family family) {
    if (std::ranges::find(families, family) == families.end()) families.push_back(family);
  }

  void allocate_cluster_ip(Family family) {
    const Cidr* cidr = owner_.cidr_of(family);
    if (cidr == nullptr) {
      return complain(0, "spec.ipFamilies",
                      fmt::format("not configured on this cluster: {} (no such service CIDR)", to_string(family)));
    }
    for (const IpAddress& ip : held_.cluster_ips) {
      if (ip.family() == family) return outcome_.allocation.cluster_ips.push_back(ip);
    }
    const auto free = [&](std::uint64_t position) {
      const IpAddress ip = cidr->base().plus(position + 1);
      return owner_.owner_of(ip) == nullptr && !batch_.cluster_ips.contains(ip) && !is_reserved(ip);
    };
    const auto position =
        choose_position(band_of(*cidr), hash_bytes(name_.to_string(), static_cast<std::uint64_t>(family)), free);
    if (!position) {
      return complain(0, "spec.clusterIPs",
                      fmt::format("failed to allocate a serviceIP: range is full ({})", cidr->to_string()));
    }
    outcome_.allocation.cluster_ips.push_back(cidr->base().plus(*position + 1));
  }

  [[nodiscard]] bool is_reserved(const IpAddress& ip) const {
    return std::ranges::find(owner_.config_.reserved, ip) != owner_.config_.reserved.end();
  }

  // ---- node ports ----

  void plan_node_ports() {
    auto& ports = outcome_.allocation.node_ports;
    ports.resize(service_.ports.size());
    if (!may_have_node_ports(service_)) return;
    // Explicit ones first: a port of the same number in another protocol then shares theirs.
    for (std::size_t i = 0; i < ports.size(); ++i) {
      const config::ServicePort& port = service_.ports[i];
      const int line = port.node_port_line > 0 ? port.node_port_line : port.line;
      if (!port.node_port) continue;
      const std::string field = fmt::format("spec.ports[{}].nodePort", i);
      if (same_protocol_has(*port.node_port, i)) {
        complain(line, field, "provided port is already allocated (by another port of this Service)");
      } else {
        ports[i] = take_port(*port.node_port, line, field);
      }
    }
    if (!wants_node_ports(service_)) return;
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (!service_.ports[i].node_port) ports[i] = allocate_node_port(i);
    }
  }

  /// One number may serve TCP and UDP of one Service, but not one protocol twice.
  [[nodiscard]] bool same_protocol_has(Port number, std::size_t before) const {
    for (std::size_t i = 0; i < before; ++i) {
      const bool same_protocol = service_.ports[i].protocol == service_.ports[before].protocol;
      if (same_protocol && outcome_.allocation.node_ports[i] == number) return true;
    }
    return false;
  }

  std::optional<Port> take_port(Port number, int line, std::string field) {
    if (!owner_.config_.node_ports.contains(number)) {
      complain(line, std::move(field),
               fmt::format("provided port is not in the valid range. The range of valid ports is {}",
                           owner_.config_.node_ports.to_string()));
      return std::nullopt;
    }
    if (const ServiceName* other = owner_.owner_of(number); other != nullptr && *other != name_) {
      complain(line, std::move(field),
               fmt::format("provided port is already allocated (by Service {})", other->to_string()));
      return std::nullopt;
    }
    return number;
  }

  /// As kube-apiserver does: the number that the same port has in another protocol; else what it had; else a free one.
  std::optional<Port> allocate_node_port(std::size_t index) {
    const config::ServicePort& port = service_.ports[index];
    for (std::size_t i = 0; i < service_.ports.size(); ++i) {
      const config::ServicePort& other = service_.ports[i];
      if (other.port == port.port && other.protocol != port.protocol && outcome_.allocation.node_ports[i]) {
        return outcome_.allocation.node_ports[i];
      }
    }
    const auto had = held_.node_ports.find({port.protocol, port.port});
    if (had != held_.node_ports.end() && !planned(had->second)) return had->second;
    const auto seed =
        hash_bytes(fmt::format("{} {} {}", name_.to_string(), to_string(port.protocol), port.port.value()));
    return allocate_port(seed, fmt::format("spec.ports[{}].nodePort", index), port.line);
  }

  std::optional<Port> allocate_port(std::uint64_t seed, std::string field, int line) {
    const config::PortRange& range = owner_.config_.node_ports;
    const std::uint64_t size = std::uint64_t{range.last.value()} - range.first.value() + 1;
    const auto at = [&](std::uint64_t position) {
      return Port(static_cast<std::uint16_t>(range.first.value() + position));
    };
    const auto free = [&](std::uint64_t position) {
      return owner_.owner_of(at(position)) == nullptr && !batch_.node_ports.contains(at(position)) &&
             !planned(at(position));
    };
    const auto position = choose_position(make_band(size, size, 32, 128), seed, free);
    if (position) return at(*position);
    complain(line, std::move(field), "failed to allocate a nodePort: range is full");
    return std::nullopt;
  }

  [[nodiscard]] bool planned(Port port) const {
    return std::ranges::find(outcome_.allocation.node_ports, std::optional(port)) !=
           outcome_.allocation.node_ports.end();
  }

  void plan_health_check_port() {
    auto& allocated = outcome_.allocation.health_check_node_port;
    constexpr const char* kField = "spec.healthCheckNodePort";
    if (!wants_health_check_port(service_)) return;
    if (service_.health_check_node_port && planned(*service_.health_check_node_port)) {
      complain(0, kField, "provided port is already allocated (by another port of this Service)");
    } else if (service_.health_check_node_port) {
      allocated = take_port(*service_.health_check_node_port, 0, kField);
    } else if (held_.health_check_node_port) {
      allocated = held_.health_check_node_port;
    } else {
      allocated = allocate_port(hash_bytes(name_.to_string() + " health"), kField, 0);
    }
  }

  const ServiceAllocator& owner_;
  const Service& service_;
  const Requested& batch_;
  ServiceName name_;
  Held held_;
  Outcome outcome_;
};

Held ServiceAllocator::restore(const ServiceName& name, Held held) {
  std::erase_if(held.cluster_ips, [&](const IpAddress& ip) {
    const Cidr* cidr = cidr_of(ip.family());
    const bool reserved = std::ranges::find(config_.reserved, ip) != config_.reserved.end();
    return cidr == nullptr || !is_given_out(*cidr, ip) || reserved || owner_of(ip) != nullptr;
  });
  const auto not_ours = [&](Port port) { return !config_.node_ports.contains(port) || owner_of(port) != nullptr; };
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

}  // namespace naru::lb
