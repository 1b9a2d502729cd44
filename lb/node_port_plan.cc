#include <fmt/format.h>

#include <algorithm>

#include "lb/band.h"
#include "lb/service_plan.h"

namespace naru::lb {

using config::Service;
using config::ServiceName;
using config::ServiceType;

namespace {

constexpr const char* kUsedTwice = "provided port is already allocated (by another port of this Service)";

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

std::string field_of(std::size_t index) {
  return fmt::format("spec.ports[{}].nodePort", index);
}

}  // namespace

void ServiceAllocator::Plan::plan_node_ports() {
  auto& numbers = outcome_.allocation.node_ports;
  numbers.resize(service_.ports.size());
  if (!may_have_node_ports(service_)) return;
  // Explicit ones first: the same port in another protocol then takes their number.
  plan_explicit_node_ports();
  if (!wants_node_ports(service_)) return;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!service_.ports[i].node_port) numbers[i] = allocate_node_port(i);
  }
}

void ServiceAllocator::Plan::plan_explicit_node_ports() {
  for (std::size_t i = 0; i < service_.ports.size(); ++i) {
    const config::ServicePort& port = service_.ports[i];
    if (!port.node_port) continue;
    const int line = port.node_port_line > 0 ? port.node_port_line : port.line;
    if (same_protocol_has(*port.node_port, i)) {
      complain(line, field_of(i), kUsedTwice);
    } else {
      outcome_.allocation.node_ports[i] = take_port(*port.node_port, line, field_of(i));
    }
  }
}

std::optional<Port> ServiceAllocator::Plan::take_port(Port number, int line, std::string field) {
  const config::PortRange& range = owner_.config_.node_ports;
  if (!range.contains(number)) {
    complain(line, std::move(field),
             fmt::format("provided port is not in the valid range. The range of valid ports is {}", range.to_string()));
    return std::nullopt;
  }
  if (const ServiceName* other = owner_.owner_of(number); other != nullptr && *other != name_) {
    complain(line, std::move(field),
             fmt::format("provided port is already allocated (by Service {})", other->to_string()));
    return std::nullopt;
  }
  return number;
}

/// What the port had; else the number that it has in another protocol, as kube-apiserver does; else a free one.
std::optional<Port> ServiceAllocator::Plan::allocate_node_port(std::size_t index) {
  const config::ServicePort& port = service_.ports[index];
  const auto had = held_.node_ports.find({port.protocol, port.port});
  if (had != held_.node_ports.end() && !same_protocol_has(had->second, index)) return had->second;
  if (const auto other = port_of_other_protocol(index)) return other;
  const auto seed = hash_bytes(fmt::format("{} {} {}", name_.to_string(), to_string(port.protocol), port.port.value()));
  return allocate_port(seed, field_of(index), port.line);
}

std::optional<Port> ServiceAllocator::Plan::port_of_other_protocol(std::size_t index) const {
  const config::ServicePort& port = service_.ports[index];
  for (std::size_t i = 0; i < service_.ports.size(); ++i) {
    const config::ServicePort& other = service_.ports[i];
    const auto number = outcome_.allocation.node_ports[i];
    const bool same_port = other.port == port.port && other.protocol != port.protocol;
    if (same_port && number && !same_protocol_has(*number, index)) return number;
  }
  return std::nullopt;
}

std::optional<Port> ServiceAllocator::Plan::allocate_port(std::uint64_t seed, std::string field, int line) {
  const config::PortRange& range = owner_.config_.node_ports;
  const std::uint64_t size = std::uint64_t{range.last.value()} - range.first.value() + 1;
  const auto at = [&](std::uint64_t position) {
    return Port(static_cast<std::uint16_t>(range.first.value() + position));
  };
  const auto free = [&](std::uint64_t position) {
    const Port number = at(position);
    return owner_.owner_of(number) == nullptr && !batch_.node_ports.contains(number) && !planned(number) &&
           service_.health_check_node_port != number;
  };
  const auto position = choose_position(make_band(size, size, 32, 128), seed, free);
  if (position) return at(*position);
  complain(line, std::move(field), "failed to allocate a nodePort: range is full");
  return std::nullopt;
}

void ServiceAllocator::Plan::plan_health_check_port() {
  if (!wants_health_check_port(service_)) return;
  auto& allocated = outcome_.allocation.health_check_node_port;
  constexpr const char* kField = "spec.healthCheckNodePort";
  const auto asked = service_.health_check_node_port;
  if (asked && planned(*asked)) {
    complain(0, kField, kUsedTwice);
  } else if (asked) {
    allocated = take_port(*asked, 0, kField);
  } else if (held_.health_check_node_port && !planned(*held_.health_check_node_port)) {
    allocated = held_.health_check_node_port;
  } else {
    allocated = allocate_port(hash_bytes(name_.to_string() + " health"), kField, 0);
  }
}

bool ServiceAllocator::Plan::planned(Port number) const {
  const auto& numbers = outcome_.allocation.node_ports;
  return std::ranges::find(numbers, std::optional(number)) != numbers.end();
}

/// One number may serve TCP and UDP of one Service, but not one protocol twice.
bool ServiceAllocator::Plan::same_protocol_has(Port number, std::size_t index) const {
  for (std::size_t i = 0; i < service_.ports.size(); ++i) {
    const bool same_protocol = i != index && service_.ports[i].protocol == service_.ports[index].protocol;
    if (same_protocol && outcome_.allocation.node_ports[i] == number) return true;
  }
  return false;
}

}  // namespace naru::lb
