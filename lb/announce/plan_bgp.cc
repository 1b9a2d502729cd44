#include <algorithm>

#include "lb/announce/plan.h"
#include "lb/announce/scope.h"

namespace naru::lb::announce {
namespace {

using Routes = std::map<Cidr, PlannedRoute>;

/// What one advertisement adds to a peer's routes: of several for one prefix, the communities of all, and the highest
/// preference.
void add_route(const BgpInput& advertisement, const Cidr& prefix, Routes& routes) {
  PlannedRoute& route = routes.try_emplace(prefix, PlannedRoute{prefix, {}, {}}).first->second;
  if (advertisement.object->local_pref) {
    route.local_pref = std::max(route.local_pref.value_or(0), *advertisement.object->local_pref);
  }
  const auto& more = advertisement.communities;
  route.communities.insert(route.communities.end(), more.begin(), more.end());
  std::ranges::sort(route.communities);
  const auto again = std::ranges::unique(route.communities);
  route.communities.erase(again.begin(), again.end());
}

Cidr prefix_of(const config::BgpAdvertisement& advertisement, const IpAddress& ip) {
  return Cidr::of(ip, ip.is_v4() ? advertisement.aggregation_length : advertisement.aggregation_length_v6);
}

bool is_for(const config::BgpAdvertisement& advertisement, const std::string& peer) {
  return advertisement.peers.empty() ||
         std::ranges::find(advertisement.peers, peer, &config::Reference::name) != advertisement.peers.end();
}

class BgpPlan {
 public:
  BgpPlan(const Input& input, Plan& plan) : input_(input), plan_(plan) { self_ = self_of(input, without_objects_); }

  void make() {
    find_peers();
    for (const auto& [name, service] : input_.services) add_service(*service);
    for (auto& [peer, routes] : routes_) {
      auto& list = plan_.routes[peer];
      for (auto& [prefix, route] : routes) list.push_back(std::move(route));
    }
  }

 private:
  void find_peers() {
    if (self_ == nullptr) return;
    for (const PeerInput& peer : input_.peers) {
      if (!peer.fault.empty() || !any_matches(peer.object->node_selectors, self_->labels)) continue;
      plan_.peers.push_back(peer.object->meta.name);
      routes_[peer.object->meta.name];
    }
  }

  void add_service(const ServiceInput& service) {
    std::vector<const BgpInput*> covering;
    for (const BgpInput& advertisement : input_.bgp) {
      if (covers(advertisement.object->scope, service, input_.pools)) covering.push_back(&advertisement);
    }
    if (covering.empty()) return;
    for (const ServiceAddress& address : service.addresses) add_address(service, address, covering);
  }

  void add_address(const ServiceInput& service, const ServiceAddress& address,
                   const std::vector<const BgpInput*>& covering) {
    const auto refuse = [&](Reason why) { plan_.bgp.push_back({address.ip, service.name, {}, why, {}}); };
    if (const auto why = why_not(service, address)) return refuse(*why);
    Reason nothing_done = Reason::node_not_selected;
    std::map<std::string, Cidr> told;  // peers, with the last prefix
    for (const BgpInput* advertisement : covering) {
      if (!selects(advertisement->object->scope, *self_)) continue;
      if (!advertisement->fault.empty()) {
        nothing_done = Reason::not_configured;
        continue;
      }
      if (nothing_done == Reason::node_not_selected) nothing_done = Reason::no_peer;
      const Cidr prefix = prefix_of(*advertisement->object, address.ip);
      for (auto& [peer, routes] : routes_) {
        if (!is_for(*advertisement->object, peer)) continue;
        add_route(*advertisement, prefix, routes);
        told.insert_or_assign(peer, prefix);
      }
    }
    if (told.empty()) return refuse(nothing_done);
    for (const auto& [peer, prefix] : told) {
      plan_.bgp.push_back({address.ip, service.name, peer, Reason::announced, prefix});
    }
  }

  [[nodiscard]] std::optional<Reason> why_not(const ServiceInput& service, const ServiceAddress& address) const {
    if (!address.endpoints.anywhere) return Reason::no_endpoint;
    if (self_ == nullptr) return Reason::node_unknown;
    if (const auto why = barred(*self_)) return why;
    if (const auto why = without_endpoint(service, address, self_->name)) return why;
    return address.served ? std::nullopt : std::optional(Reason::not_served);
  }

  const Input& input_;
  Plan& plan_;
  NodeInput without_objects_;
  const NodeInput* self_{};
  std::map<std::string, Routes> routes_;
};

}  // namespace

void plan_bgp(const Input& input, Plan& plan) {
  BgpPlan(input, plan).make();
}

}  // namespace naru::lb::announce
