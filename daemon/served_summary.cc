#include "daemon/served_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace naru::daemon {
namespace {

constexpr std::size_t kMostLines = 100;

/// "80/TCP,53/UDP"
std::string ports_of(const config::Service& service) {
  std::vector<std::string> ports;
  for (const auto& port : service.ports)
    ports.push_back(fmt::format("{}/{}", port.port.value(), to_string(port.protocol)));
  return fmt::format("{}", fmt::join(ports, ","));
}

std::string addresses(std::string_view what, const std::vector<IpAddress>& ips) {
  std::vector<std::string> texts;
  for (const IpAddress& ip : ips) texts.push_back(ip.to_string());
  return fmt::format(" {} {}", what, fmt::join(texts, ","));
}

std::string node_ports(const ServiceInForce& service, const NodeContext& node) {
  std::vector<std::string> ports;
  for (std::size_t i = 0; i < service.allocation.node_ports.size(); ++i) {
    const auto& number = service.allocation.node_ports[i];
    if (number) ports.push_back(fmt::format("{}/{}", number->value(), to_string(service.object->ports[i].protocol)));
  }
  if (ports.empty()) return {};
  return fmt::format(" nodePort {}{}", fmt::join(ports, ","), addresses("on", node.node_port_addresses));
}

std::string describe(const ServiceInForce& service, const NodeContext& node) {
  const config::Service& object = *service.object;
  std::string line = fmt::format("serving Service {}: {}", object.service_name().to_string(), to_string(object.type));
  if (object.type == config::ServiceType::external_name) return line + " " + object.external_name;
  if (object.headless) return line + " headless (names only)";
  line += addresses("clusterIP", service.allocation.cluster_ips);
  if (!object.ports.empty()) line += " ports " + ports_of(object);
  line += node_ports(service, node);
  if (!service.allocation.load_balancer_ips.empty())
    line += addresses("loadBalancerIP", service.allocation.load_balancer_ips);
  if (!object.external_ips.empty()) line += addresses("externalIPs", object.external_ips);
  if (!service.pending.empty()) line += " (load balancer address pending: " + service.pending + ")";
  return line;
}

std::string texts(const std::vector<IpAddress>& ips) {
  std::vector<std::string> words;
  for (const IpAddress& ip : ips) words.push_back(ip.to_string());
  return fmt::format("{}", fmt::join(words, ","));
}

}  // namespace

std::pair<log::Level, std::string> pending_event(const ServiceInForce& service) {
  const std::string who = "Service " + service.object->service_name().to_string();
  const auto& ips = service.allocation.load_balancer_ips;
  const std::string has = ips.empty() ? "" : fmt::format("{} from pool {}", texts(ips), service.allocation.pool);
  if (service.pending.empty()) return {log::Level::info, fmt::format("{}: load balancer address {}", who, has)};
  if (ips.empty())
    return {log::Level::warn, fmt::format("{}: load balancer address pending: {}", who, service.pending)};
  return {log::Level::warn, fmt::format("{}: load balancer address {}; pending: {}", who, has, service.pending)};
}

std::vector<std::string> served_summary(const std::map<config::ServiceName, ServiceInForce>& services,
                                        const NodeContext& node) {
  std::vector<std::string> lines;
  for (const auto& [name, service] : services) {
    if (lines.size() == kMostLines) {
      lines.push_back(fmt::format("serving {} more Services: naru get services", services.size() - kMostLines));
      break;
    }
    lines.push_back(describe(service, node));
  }
  return lines;
}

}  // namespace naru::daemon
