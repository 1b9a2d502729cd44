// What the announcing side is given, made from the planner's state in work that grows with the change.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "daemon/planner.h"
#include "lb/announce/input.h"

namespace naru::daemon {

/// Thread: the control thread.
class AnnounceInputs {
 public:
  explicit AnnounceInputs(std::string self) { input_.self = std::move(self); }

  /// After planner.apply(). `generation`: of the snapshot that has or will have that state. True if the input changed.
  bool follow(const Planner& planner, std::uint64_t generation);
  /// All workers serve `generation`. True if the input changed.
  bool in_force(std::uint64_t generation);

  /// Addresses on which nothing could be opened here: a node must not draw what it cannot serve. True if the input
  /// changed.
  bool set_unopened(std::set<IpAddress> addresses);

  /// There is an advertisement: without one nothing is announced, and nothing here costs anything.
  [[nodiscard]] bool wanted() const { return wanted_; }
  [[nodiscard]] std::shared_ptr<const lb::announce::Input> make() const {
    return std::make_shared<const lb::announce::Input>(input_);
  }
  /// Load balancer addresses that are naru's to announce; none if nothing is wanted.
  [[nodiscard]] std::set<IpAddress> addresses() const;

 private:
  using Key = std::pair<config::ServiceName, IpAddress>;

  [[nodiscard]] bool is_served(const Key& key) const {
    return !waiting_.contains(key) && !unopened_.contains(key.second);
  }
  bool update_served(const config::ServiceName& name);
  void take_surroundings(const Planner& planner);
  bool take_service(const Planner& planner, const config::ServiceName& name, std::uint64_t generation);

  lb::announce::Input input_;
  std::map<Key, std::uint64_t> waiting_;  // for this generation to be in force
  std::set<IpAddress> unopened_;
  std::uint64_t in_force_{};
  bool wanted_{};
};

/// What `node` is to those who announce.
[[nodiscard]] lb::announce::NodeInput announce_node(const config::Node& node);
/// The Service as far as it has load balancer addresses that naru gave it; all of them served. Null: it has none.
[[nodiscard]] std::shared_ptr<lb::announce::ServiceInput> announce_service(const Planner& planner,
                                                                           const config::ServiceName& name);

}  // namespace naru::daemon
