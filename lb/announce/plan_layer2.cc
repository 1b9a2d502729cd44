#include <algorithm>

#include "lb/announce/plan.h"
#include "lb/announce/scope.h"
#include "lb/layer2/elect.h"

namespace naru::lb::announce {
namespace {

/// An advertisement, and what it is to the nodes that it selects.
struct Offer {
  const config::L2Advertisement* object{};
  std::map<std::string, std::int64_t> preferences;  // by node
};

/// A Service that has the address.
struct Claimant {
  const ServiceInput* service{};
  const ServiceAddress* address{};
  std::vector<const Offer*> offers;
};

std::int64_t preference_of(const config::L2Advertisement& advertisement, const NodeInput& node) {
  std::int64_t sum = 0;
  for (const config::NodePreference& preference : advertisement.preferences) {
    if (preference.selector.matches(node.labels)) sum += preference.weight;
  }
  return sum;
}

class Layer2Plan {
 public:
  Layer2Plan(const Input& input, const Presence& presence) : input_(input), presence_(presence) {
    self_ = self_of(input, without_objects_);
    for (const auto& [name, node] : input.nodes) nodes_.push_back(&node);
    if (input.nodes.empty()) nodes_.push_back(&without_objects_);
    for (const auto& advertisement : input.layer2) offers_.push_back(offer_of(*advertisement));
  }

  std::vector<Layer2Decision> make() {
    std::map<IpAddress, std::vector<Claimant>> claims;
    for (const auto& [name, service] : input_.services) {
      const auto offers = offers_for(*service);
      if (offers.empty()) continue;
      for (const ServiceAddress& address : service->addresses) {
        claims[address.ip].push_back({service.get(), &address, offers});
      }
    }
    std::vector<Layer2Decision> decisions;
    for (const auto& [ip, claimants] : claims) decisions.push_back(decide(ip, claimants));
    return decisions;
  }

 private:
  [[nodiscard]] Offer offer_of(const config::L2Advertisement& advertisement) const {
    Offer offer{&advertisement, {}};
    for (const NodeInput* node : nodes_) {
      if (selects(advertisement.scope, *node)) offer.preferences[node->name] = preference_of(advertisement, *node);
    }
    return offer;
  }

  [[nodiscard]] std::vector<const Offer*> offers_for(const ServiceInput& service) const {
    std::vector<const Offer*> offers;
    for (const Offer& offer : offers_) {
      if (covers(offer.object->scope, service, input_.pools)) offers.push_back(&offer);
    }
    return offers;
  }

  [[nodiscard]] bool present(const std::string& node) const {
    return node == input_.self ? presence_.candidate() : presence_.others.contains(node);
  }

  [[nodiscard]] bool waiting(const std::string& node) const {
    return node == input_.self ? presence_.waiting() : presence_.newcomers.contains(node);
  }

  /// Why the node is no candidate, whether it is there or not.
  [[nodiscard]] static std::optional<Reason> unfit(const NodeInput& node, const std::vector<Claimant>& claimants) {
    std::optional<Reason> why = Reason::node_not_selected;
    for (const Claimant& claimant : claimants) {
      const auto selects_it = [&](const Offer* offer) { return offer->preferences.contains(node.name); };
      if (!std::ranges::any_of(claimant.offers, selects_it)) continue;
      why = without_endpoint(*claimant.service, *claimant.address, node.name);
      if (!why) return barred(node);
    }
    return why;
  }

  [[nodiscard]] static std::int64_t preference(const std::string& node, const std::vector<Claimant>& claimants) {
    std::int64_t best = 0;
    for (const Claimant& claimant : claimants) {
      std::int64_t sum = 0;
      for (const Offer* offer : claimant.offers) {
        const auto found = offer->preferences.find(node);
        if (found != offer->preferences.end()) sum += found->second;
      }
      best = std::max(best, sum);
    }
    return best;
  }

  [[nodiscard]] std::string owner_of(const std::vector<Claimant>& claimants) const {
    std::vector<layer2::ElectionCandidate> candidates;
    std::vector<layer2::ElectionCandidate> newcomers;
    for (const NodeInput* node : nodes_) {
      const bool here = present(node->name);
      if ((!here && !waiting(node->name)) || unfit(*node, claimants)) continue;
      (here ? candidates : newcomers).push_back({node->name, preference(node->name, claimants)});
    }
    // One that is new waits for the sake of those that have the address; where none is fit to have it, for nobody's.
    if (candidates.empty()) candidates = std::move(newcomers);
    // Of Services that share an address the first by name: every node must count with the same one.
    const auto winner = layer2::elect(candidates, claimants.front().service->addresses.front().ip);
    return winner ? std::string(*winner) : std::string();
  }

  [[nodiscard]] Reason reason_of_self(const std::string& owner, const std::vector<Claimant>& claimants) const {
    const auto nowhere = [](const Claimant& claimant) { return !claimant.address->endpoints.anywhere; };
    if (std::ranges::all_of(claimants, nowhere)) return Reason::no_endpoint;
    if (self_ == nullptr) return Reason::node_unknown;
    if (const auto why = barred(*self_)) return *why;
    if (const auto why = unfit(*self_, claimants)) return *why;
    if (!presence_.able) return Reason::no_privilege;
    if (presence_.phase == Phase::starting) return Reason::starting;
    if (owner != input_.self) return presence_.waiting() ? Reason::settling : Reason::lost_election;
    const auto served = [](const Claimant& claimant) { return claimant.address->served; };
    return std::ranges::any_of(claimants, served) ? Reason::announced : Reason::not_served;
  }

  [[nodiscard]] layer2::InterfaceSelection interfaces(const std::vector<Claimant>& claimants) const {
    auto selection = layer2::InterfaceSelection::only({});
    for (const Claimant& claimant : claimants) {
      for (const Offer* offer : claimant.offers) {
        if (!offer->preferences.contains(input_.self)) continue;
        const auto& names = offer->object->interfaces;
        selection.include(names.empty() ? layer2::InterfaceSelection{}
                                        : layer2::InterfaceSelection::only({names.begin(), names.end()}));
      }
    }
    return selection;
  }

  [[nodiscard]] Layer2Decision decide(const IpAddress& ip, const std::vector<Claimant>& claimants) const {
    Layer2Decision decision;
    decision.address = ip;
    for (const Claimant& claimant : claimants) decision.services.push_back(claimant.service->name);
    decision.owner = owner_of(claimants);
    decision.reason = reason_of_self(decision.owner, claimants);
    if (decision.reason == Reason::announced) decision.interfaces = interfaces(claimants);
    return decision;
  }

  const Input& input_;
  const Presence& presence_;
  NodeInput without_objects_;
  const NodeInput* self_{};
  std::vector<const NodeInput*> nodes_;
  std::vector<Offer> offers_;
};

}  // namespace

std::vector<Layer2Decision> plan_layer2(const Input& input, const Presence& presence) {
  return Layer2Plan(input, presence).make();
}

}  // namespace naru::lb::announce
