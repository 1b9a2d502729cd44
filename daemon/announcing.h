// Announcing, as the control loop sees it.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "config/configuration.h"
#include "daemon/announce_inputs.h"
#include "daemon/announce_thread.h"

namespace naru::daemon {

[[nodiscard]] lb::announce::AnnouncerOptions announcer_options(const config::NodeLiveness& liveness);

/// Nothing of it is started before the first advertisement. Thread: the control thread.
class Announcing {
 public:
  /// `on_interfaces_changed` on the control thread.
  Announcing(boost::asio::io_context& control, const config::Configuration& configuration,
             std::function<void()> on_interfaces_changed);

  /// After planner.apply() and before its state is published: what it takes away is withdrawn before workers stop to
  /// serve it; what it adds is announced once they all serve `generation`. True if there is any change.
  bool follow(const Planner& planner, std::uint64_t generation);
  void in_force(std::uint64_t generation);

  /// On which nothing could be opened here.
  void set_unopened(std::set<IpAddress> addresses);

  [[nodiscard]] bool active() const { return thread_ != nullptr && inputs_.wanted(); }
  /// For which no one but this is to speak on the segment.
  [[nodiscard]] std::set<IpAddress> addresses() const { return inputs_.addresses(); }

  /// Withdraws everything for good; `done` once others know.
  void withdraw(std::function<void()> done);
  /// The same, but another naru goes on here.
  void hand_over();

  /// All empty where nothing was ever announced.
  [[nodiscard]] lb::announce::Report report() const;

 private:
  void tell();

  boost::asio::io_context& control_;
  lb::announce::AnnouncerOptions options_;
  AnnounceInputs inputs_;
  std::unique_ptr<AnnounceThread> thread_;
};

}  // namespace naru::daemon
