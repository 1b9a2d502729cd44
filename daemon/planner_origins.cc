// What the planner knows of where clients are.
#include <utility>

#include "daemon/planner.h"

namespace naru::daemon {

using config::ServiceName;

bool Planner::set_host_addresses(const HostAddresses& host) {
  origins_.set_host(host.all, host.subnets);
  const auto before = std::exchange(table_.origins, origins_.origins());
  return table_.origins != before;
}

/// Pods are told one by one only while it matters which they are: while there is a Service with policy Local.
void Planner::update_origins(const std::set<std::pair<std::string, std::string>>& pods) {
  const bool wanted = total_.local_external > 0 && origins_.wants_pods();
  const bool all = wanted && !knows_pods_;
  if (!wanted && knows_pods_) origins_.forget_pods();
  knows_pods_ = wanted;
  if (all) {
    for (const auto& [name, service] : in_force_) tell_pods(name, &service);
    for (const auto& [name, pod] : desired_.pods()) tell_pod(name);
  } else if (wanted) {
    for (const auto& name : pods) tell_pod(name);
  }
  const auto before = std::exchange(table_.origins, origins_.origins());
  changed_ |= table_.origins != before;
}

void Planner::tell_pods(const ServiceName& name, const ServiceInForce* service) {
  std::vector<IpAddress> addresses;
  if (service != nullptr) {
    for (const auto& [key, port] : service->compiled.ports) {
      for (const lb::Endpoint& endpoint : port->endpoints) {
        if (!endpoint.pod.empty()) addresses.push_back(endpoint.address.ip);
      }
    }
  }
  origins_.set_pods("Service " + name.to_string(), std::move(addresses));
}

void Planner::tell_pod(const std::pair<std::string, std::string>& name) {
  const auto pod = desired_.pod(name.first, name.second);
  const bool there = pod != nullptr && !pod->finished;
  origins_.set_pods("Pod " + name.first + "/" + name.second, there ? pod->ips : std::vector<IpAddress>{});
}

}  // namespace naru::daemon
