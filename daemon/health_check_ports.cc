#include "daemon/health_check_ports.h"

namespace naru::daemon {

void HealthCheckPorts::follow(const Wanted& wanted, const std::vector<IpAddress>& addresses) {
  if (addresses != addresses_) open_.clear();
  addresses_ = addresses;
  std::erase_if(open_, [&](const auto& entry) {
    const auto found = wanted.find(entry.first);
    return found == wanted.end() || found->second != entry.second.port;
  });
  for (const auto& [service, port] : wanted) {
    if (!open_.contains(service)) open_.emplace(service, open(service, port));
  }
  inherited_.clear();
}

HealthCheckPorts::Open HealthCheckPorts::open(const config::ServiceName& service, Port port) {
  Open opened{port, nullptr, {}};
  // Whatever path is asked for, the answer is the same, as kube-proxy's.
  opened.server = std::make_unique<HttpServer>(io_, [this, service](const HttpRequest&) { return answer_(service); });
  for (const IpAddress& ip : addresses_) {
    if (auto socket = inherited_.extract({ip, port})) {
      opened.server->adopt(socket.key(), std::move(socket.mapped()));
      continue;
    }
    const auto listening = opened.server->listen({ip, port}, "spec.healthCheckNodePort");
    if (!listening) opened.failures.push_back(listening.error().message);
  }
  return opened;
}

std::vector<std::pair<SocketAddress, runtime::UniqueFd>> HealthCheckPorts::share() const {
  std::vector<std::pair<SocketAddress, runtime::UniqueFd>> all;
  for (const auto& [service, opened] : open_) {
    for (auto& socket : opened.server->share()) all.push_back(std::move(socket));
  }
  return all;
}

std::vector<config::Issue> HealthCheckPorts::issues() const {
  std::vector<config::Issue> all;
  for (const auto& [service, opened] : open_) {
    for (const std::string& failure : opened.failures) {
      all.push_back({{}, "Service " + service.to_string(), {}, failure});
    }
  }
  return all;
}

}  // namespace naru::daemon
