#include "daemon/compile_usable.h"

#include <algorithm>

namespace naru::daemon {
namespace {

struct UsableOf {
  const proxy::ServicePort& port;
  const lb::Usable& usable;

  [[nodiscard]] std::vector<SocketAddress> addresses() const {
    std::vector<SocketAddress> all;
    for (const std::uint32_t index : usable.indices) all.push_back(port.endpoints[index].address);
    return all;
  }
  [[nodiscard]] std::vector<lb::Weight> weights() const {
    std::vector<lb::Weight> all;
    for (const std::uint32_t index : usable.indices) all.push_back(port.endpoints[index].weight);
    return all;
  }
};

/// Null where there is no choice, or too much of it for a table: then rendezvous hashing keeps clients where they are.
std::shared_ptr<const lb::MaglevTable> maglev_table(const UsableOf& wanted, const std::vector<UsableOf>& made) {
  const auto addresses = wanted.addresses();
  if (addresses.size() < 2 || addresses.size() > lb::MaglevTable::kMaxEndpoints) return nullptr;
  for (const UsableOf& other : made) {
    if (other.usable.maglev == nullptr || other.addresses() != addresses) continue;
    if (other.weights() == wanted.weights()) return other.usable.maglev;
  }
  return std::make_shared<const lb::MaglevTable>(addresses, wanted.weights());
}

void set_maglev_tables(const config::Service& service, const proxy::ServicePort* before, proxy::ServicePort& compiled) {
  std::vector<UsableOf> made;
  if (before != nullptr) {
    made.push_back({*before, before->cluster});
    made.push_back({*before, before->local});
  }
  compiled.cluster.maglev = maglev_table({compiled, compiled.cluster}, made);
  constexpr auto kLocal = config::TrafficPolicy::local;
  if (service.external_traffic_policy != kLocal && service.internal_traffic_policy != kLocal) return;
  made.push_back({compiled, compiled.cluster});
  compiled.local.maglev = maglev_table({compiled, compiled.local}, made);
}

}  // namespace

void set_usable(const CompileInput& input, std::span<const lb::Place> places, const proxy::ServicePort* before,
                proxy::ServicePort& compiled) {
  const lb::Vantage here{input.node.name, input.zones.zone_of(input.node.name), input.zones,
                         lb::distribution_of(input.service.traffic_distribution)};
  compiled.cluster =
      lb::near_endpoints(lb::usable_endpoints(compiled.endpoints, config::TrafficPolicy::cluster), places, here);
  compiled.local = lb::usable_endpoints(compiled.endpoints, config::TrafficPolicy::local);
  lb::weigh(compiled.cluster, compiled.endpoints);
  lb::weigh(compiled.local, compiled.endpoints);
  if (compiled.settings.algorithm == config::Algorithm::maglev) set_maglev_tables(input.service, before, compiled);
}

}  // namespace naru::daemon
