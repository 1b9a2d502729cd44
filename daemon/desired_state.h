// The objects that the sources yield, indexed by what the control loop asks: which Services does a change touch, and
// what stands behind a Service. It holds what is wanted; what is in force may lag behind it where an allocation is
// refused.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "config/source.h"
#include "daemon/announcing_objects.h"
#include "lb/pool_allocator.h"
#include "lb/topology.h"

namespace naru::daemon {

using ServiceSet = std::set<config::ServiceName>;

/// What a change touches.
struct Affected {
  ServiceSet changed_services;  // the object itself is new, other or gone
  ServiceSet touched_services;  // their endpoints or policies are: these and the ones above are to be compiled anew
  bool nodes{};
  bool zones{};                                        // which nodes there are, or in which zones
  bool announcing{};                                   // advertisements, peers, what they name
  bool pools{};                                        // pools, or namespaces whose labels pools may select
  std::set<std::string> namespaces;                    // that came or went or have other labels
  std::set<std::pair<std::string, std::string>> pods;  // namespace and name of those that came, went or changed
};

/// Thread: one at a time (the control thread). Every call costs the size of the change, not of the state.
class DesiredState {
 public:
  using ServicePtr = std::shared_ptr<const config::Service>;
  using SlicePtr = std::shared_ptr<const config::EndpointSlice>;

  /// `families`: of the service CIDRs, the default first.
  explicit DesiredState(std::vector<Family> families = {Family::ipv4}) : families_(std::move(families)) {}

  Affected apply(const config::SourceUpdate& update);

  [[nodiscard]] ServicePtr service(const config::ServiceName& name) const;  ///< null if there is none
  [[nodiscard]] const std::map<config::ServiceName, ServicePtr>& services() const { return services_; }

  /// The slices behind `service`: those given for it; else those of an Endpoints object of its name; else, if it has a
  /// selector, those made from the Pods that it selects.
  [[nodiscard]] std::vector<SlicePtr> slices_of(const config::Service& service) const;

  /// The policy that targets the Service: of several the oldest by name, as Gateway API breaks such ties.
  [[nodiscard]] std::shared_ptr<const config::ServicePolicy> policy_of(const config::ServiceName& name) const;

  [[nodiscard]] std::shared_ptr<const config::Node> node(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, std::shared_ptr<const config::Node>>& nodes() const { return nodes_; }
  [[nodiscard]] const lb::NodeZones& zones() const { return zones_; }
  [[nodiscard]] lb::PoolAllocator::Pools pools() const;
  [[nodiscard]] lb::PoolAllocator::NamespaceLabels namespace_labels() const;
  [[nodiscard]] const AnnouncingObjects& announcing() const { return announcing_; }
  [[nodiscard]] bool has_namespace(const std::string& name) const { return namespaces_.contains(name); }
  /// Null if there is none.
  [[nodiscard]] std::shared_ptr<const config::Pod> pod(const std::string& name_space, const std::string& name) const;
  /// Any at all: else nobody need look at the Pods behind endpoints.
  [[nodiscard]] bool pods_have_weights() const { return weighted_pods_ > 0; }
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, std::shared_ptr<const config::Pod>>& pods() const {
    return pods_;
  }
  /// Slices that name a Service which does not exist: harmless, but perhaps a misspelling.
  [[nodiscard]] std::vector<config::Issue> orphans() const;

 private:
  using PodPtr = std::shared_ptr<const config::Pod>;
  using PodName = std::pair<std::string, std::string>;                  // namespace, name
  using LabelPair = std::tuple<std::string, std::string, std::string>;  // namespace, key, value

  void put(const std::shared_ptr<const config::Service>& service, Affected& affected);
  void put(const std::shared_ptr<const config::EndpointSlice>& slice, Affected& affected);
  void put(const std::shared_ptr<const config::Endpoints>& endpoints, Affected& affected);
  void put(const std::shared_ptr<const config::Pod>& pod, Affected& affected);
  void put(const std::shared_ptr<const config::Node>& node, Affected& affected);
  void put(const std::shared_ptr<const config::Namespace>& name_space, Affected& affected);
  void put(const std::shared_ptr<const config::IpAddressPool>& pool, Affected& affected);
  void put(const std::shared_ptr<const config::ServicePolicy>& policy, Affected& affected);
  template <class T>
  void put(const std::shared_ptr<const T>& object, Affected& affected) {
    announcing_.put(object);
    affected.announcing = true;
  }
  void remove(const config::ObjectKey& key, Affected& affected);
  void remove_service(const config::ServiceName& name, Affected& affected);
  void remove_slice(const PodName& key, Affected& affected);
  void remove_pod(const PodName& key, Affected& affected);
  void remove_policy(const PodName& key, Affected& affected);

  void index_selector(const config::Service& service);
  void unindex_selector(const config::Service& service);
  [[nodiscard]] ServiceSet selecting(const config::Pod& pod) const;

  std::vector<Family> families_;
  std::map<config::ServiceName, ServicePtr> services_;
  std::map<PodName, SlicePtr> slices_;
  std::map<config::ServiceName, std::map<std::string, SlicePtr>> slices_by_service_;
  std::map<config::ServiceName, std::shared_ptr<const config::Endpoints>> endpoints_;
  std::map<PodName, PodPtr> pods_;
  std::size_t weighted_pods_{0};                                          // that have the annotation
  std::map<config::ServiceName, std::set<std::string>> pods_by_service_;  // names, in the Service's namespace
  std::map<LabelPair, ServiceSet> services_by_label_;                     // by the first pair of their selector
  std::map<std::string, std::shared_ptr<const config::Node>> nodes_;
  lb::NodeZones zones_;  // by the nodes' label topology.kubernetes.io/zone
  std::map<std::string, std::shared_ptr<const config::Namespace>> namespaces_;
  std::map<PodName, std::shared_ptr<const config::IpAddressPool>> pools_;
  AnnouncingObjects announcing_;
  std::map<PodName, std::shared_ptr<const config::ServicePolicy>> policies_;
  std::map<config::ServiceName, std::set<std::string>> policies_by_service_;
};

}  // namespace naru::daemon
