#include "daemon/learned_state.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace naru::daemon {
namespace {

using Place = std::tuple<config::ServiceName, std::string, SocketAddress>;

}  // namespace

std::vector<Ejection> ejections_in(const proxy::Table& table, TimePoint now) {
  std::vector<Ejection> found;
  table.service_ports.for_each([&](proxy::ServicePortId, const std::shared_ptr<const proxy::ServicePort>& port) {
    for (const lb::Endpoint& endpoint : port->endpoints) {
      if (!endpoint.state->ejected(now)) continue;
      found.push_back({port->service, port->port_name, endpoint.address, endpoint.state->ejected_until()});
    }
  });
  return found;
}

void restore_ejections(const proxy::Table& table, const std::vector<Ejection>& ejections, TimePoint now) {
  if (ejections.empty()) return;
  std::map<Place, TimePoint> until;
  for (const Ejection& each : ejections) until[{each.service, each.port_name, each.endpoint}] = each.until;
  table.service_ports.for_each([&](proxy::ServicePortId, const std::shared_ptr<const proxy::ServicePort>& port) {
    for (const lb::Endpoint& endpoint : port->endpoints) {
      const auto found = until.find({port->service, port->port_name, endpoint.address});
      if (found == until.end() || found->second <= now) continue;
      const Duration left = found->second - now;
      (void)endpoint.state->eject(now, left, left);
    }
  });
}

std::vector<proxy::LearnedAffinity> affinity_of(const Estate& estate) {
  std::map<std::pair<IpAddress, SocketAddress>, proxy::LearnedAffinity> newest;
  for (const proxy::Legacy& legacy : estate.proxies) {
    for (const proxy::LearnedAffinity& known : legacy.affinity) {
      const auto [at, is_new] = newest.try_emplace({known.client, known.address}, known);
      if (!is_new && at->second.at < known.at) at->second = known;
    }
  }
  std::vector<proxy::LearnedAffinity> all;
  for (auto& [place, known] : newest) all.push_back(known);
  // A table that is full forgets those that come first.
  std::ranges::sort(all, {}, &proxy::LearnedAffinity::at);
  return all;
}

}  // namespace naru::daemon
