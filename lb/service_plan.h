// One Service's allocation in the making. Only for service_allocator.cc and the two halves of the plan.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lb/service_allocator.h"

namespace naru::lb {

/// Reads the owners, changes nothing. Lives for one call of allocate().
class ServiceAllocator::Plan {
 public:
  Plan(const ServiceAllocator& owner, const config::Service& service, const Requested& batch);

  Outcome make();

 private:
  void complain(int line, std::string field, std::string reason);

  // cluster_ip_plan.cc
  void plan_cluster_ips();
  void take_cluster_ip(const IpAddress& ip);
  std::vector<Family> families_to_allocate();
  void allocate_cluster_ip(Family family);

  // node_port_plan.cc
  void plan_node_ports();
  void plan_explicit_node_ports();
  void plan_health_check_port();
  std::optional<Port> take_port(Port number, int line, std::string field);
  std::optional<Port> allocate_node_port(std::size_t index);
  [[nodiscard]] std::optional<Port> port_of_other_protocol(std::size_t index) const;
  std::optional<Port> allocate_port(std::uint64_t seed, std::string field, int line);
  [[nodiscard]] bool planned(Port number) const;
  [[nodiscard]] bool same_protocol_has(Port number, std::size_t index) const;

  const ServiceAllocator& owner_;
  const config::Service& service_;
  const Requested& batch_;
  config::ServiceName name_;
  Held held_;
  Outcome outcome_;
};

}  // namespace naru::lb
