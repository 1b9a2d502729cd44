// Short ways to make the objects that the tests of the control loop feed it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/source.h"

namespace naru::daemon {

inline IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}

inline config::Meta meta(std::string name, int line = 1) {
  config::Meta made;
  made.name = std::move(name);
  made.name_space = "shop";
  made.location = {std::make_shared<const std::string>("web.yaml"), line};
  return made;
}

/// One TCP port, 80, named "http".
inline config::Service service(const std::string& name, int line = 1) {
  config::Service made;
  made.meta = meta(name, line);
  config::ServicePort port;
  port.name = "http";
  port.port = Port(80);
  port.target_port = Port(8080);
  port.line = line + 5;
  made.ports = {port};
  return made;
}

inline config::EndpointSlice slice(const std::string& service, const std::vector<std::string>& ips,
                                   const std::string& suffix = "-1") {
  config::EndpointSlice made;
  made.meta = meta(service + suffix);
  made.service = service;
  made.ports = {{"http", Protocol::tcp, Port(8080), ""}};
  for (const std::string& text : ips) {
    config::SliceEndpoint endpoint;
    endpoint.addresses = {ip(text)};
    made.endpoints.push_back(endpoint);
  }
  return made;
}

inline config::Pod pod(const std::string& name, const std::string& address, config::Labels labels) {
  config::Pod made;
  made.meta = meta(name);
  made.meta.labels = std::move(labels);
  made.ips = {ip(address)};
  made.ready = true;
  return made;
}

template <class... Objects>
config::SourceUpdate upsert(Objects... objects) {
  config::SourceUpdate update;
  update.any_change = true;
  (update.upserted.emplace_back(std::make_shared<const Objects>(std::move(objects))), ...);
  return update;
}

inline config::SourceUpdate removal(config::Kind kind, const std::string& name, const std::string& space = "shop") {
  config::SourceUpdate update;
  update.any_change = true;
  update.removed = {{kind, space, name}};
  return update;
}

}  // namespace naru::daemon
