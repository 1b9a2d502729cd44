// Short ways to say the objects that these tests are about.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "config/objects.h"
#include "lb/allocation.h"
#include "lb/endpoint.h"

namespace naru::lb {

inline IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}
inline Cidr cidr(std::string_view text) {
  return Cidr::parse(text).value();
}

inline config::ServicePort service_port(std::uint16_t number, Protocol protocol = Protocol::tcp, int node_port = 0) {
  config::ServicePort port;
  port.protocol = protocol;
  port.port = Port(number);
  port.target_port = port.port;
  if (node_port != 0) port.node_port = Port(static_cast<std::uint16_t>(node_port));
  return port;
}

/// In namespace shop, with one TCP port 80.
inline config::Service service(const std::string& name, config::ServiceType type = config::ServiceType::cluster_ip) {
  config::Service made;
  made.meta.name = name;
  made.meta.name_space = "shop";
  made.type = type;
  made.ports = {service_port(80)};
  return made;
}

inline std::vector<std::string> texts(const std::vector<IpAddress>& ips) {
  std::vector<std::string> all;
  for (const IpAddress& address : ips) all.push_back(address.to_string());
  return all;
}

/// "spec.ports[0].nodePort: reason", one per issue.
inline std::vector<std::string> texts(const std::vector<config::Issue>& issues) {
  std::vector<std::string> all;
  for (const config::Issue& issue : issues) all.push_back(issue.field + ": " + issue.reason);
  return all;
}

using Texts = std::vector<std::string>;

/// 10.0.0.<last octet>:8080, ready.
inline Endpoint endpoint(std::uint32_t last_octet) {
  Endpoint made;
  made.address = {IpAddress::v4(0x0a000000 + last_octet), Port(8080)};
  made.state = std::make_shared<EndpointState>();
  return made;
}

inline std::vector<Endpoint> endpoints(std::uint32_t count) {
  std::vector<Endpoint> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back(endpoint(i + 1));
  return all;
}

}  // namespace naru::lb
