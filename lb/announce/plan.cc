#include "lb/announce/plan.h"

#include "lb/announce/scope.h"

namespace naru::lb::announce {

std::optional<Reason> barred(const NodeInput& node) {
  if (node.excluded()) return Reason::node_excluded;
  if (node.leaving) return Reason::node_leaving;
  if (node.network_unavailable) return Reason::network_unavailable;
  return std::nullopt;
}

std::optional<Reason> without_endpoint(const ServiceInput& service, const ServiceAddress& address,
                                       const std::string& node) {
  if (!address.endpoints.anywhere) return Reason::no_endpoint;
  const bool local = service.policy == config::TrafficPolicy::local;
  if (local && !address.endpoints.nodes.contains(node)) return Reason::no_local_endpoint;
  return std::nullopt;
}

Plan make_plan(const Input& input, const Presence& presence) {
  Plan plan;
  plan.layer2 = plan_layer2(input, presence);
  plan_bgp(input, plan);
  std::set<IpAddress> seen;
  for (const Layer2Decision& decision : plan.layer2) seen.insert(decision.address);
  for (const BgpDecision& decision : plan.bgp) seen.insert(decision.address);
  for (const auto& [name, service] : input.services) {
    for (const ServiceAddress& address : service->addresses) {
      if (!seen.contains(address.ip)) plan.unannounced.push_back({address.ip, name, {}, Reason::no_advertisement, {}});
    }
  }
  return plan;
}

}  // namespace naru::lb::announce
