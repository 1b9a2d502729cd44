#include "daemon/announcing.h"

#include <boost/asio/post.hpp>

namespace naru::daemon {

lb::announce::AnnouncerOptions announcer_options(const config::NodeLiveness& liveness) {
  lb::announce::AnnouncerOptions options;
  options.node_sessions.desired_min_tx = std::chrono::duration_cast<lb::bfd::Micros>(liveness.transmit_interval);
  options.node_sessions.required_min_rx = std::chrono::duration_cast<lb::bfd::Micros>(liveness.receive_interval);
  options.node_sessions.detect_multiplier = static_cast<std::uint8_t>(liveness.detect_multiplier);
  options.liveness.hold = liveness.hold;
  options.liveness.settle = liveness.settle;
  return options;
}

Announcing::Announcing(boost::asio::io_context& control, const config::Configuration& configuration,
                       std::function<void()> on_interfaces_changed)
    : control_(control), options_(announcer_options(configuration.node_liveness)), inputs_(configuration.node) {
  options_.on_interfaces_changed = [&control, told = std::move(on_interfaces_changed)] {
    boost::asio::post(control, told);
  };
}

bool Announcing::follow(const Planner& planner, std::uint64_t generation) {
  if (!inputs_.follow(planner, generation)) return false;
  tell();
  return true;
}

void Announcing::in_force(std::uint64_t generation) {
  if (inputs_.in_force(generation)) tell();
}

void Announcing::set_unopened(std::set<IpAddress> addresses) {
  if (inputs_.set_unopened(std::move(addresses))) tell();
}

void Announcing::tell() {
  if (!thread_) thread_ = std::make_unique<AnnounceThread>(control_, options_);
  thread_->set_input(inputs_.make());
}

void Announcing::withdraw(std::function<void()> done) {
  if (!thread_) return done();
  thread_->shut_down(false, std::move(done));
}

void Announcing::hand_over() {
  if (thread_) thread_->shut_down(true, [] {});
}

lb::announce::Report Announcing::report() const {
  return thread_ ? thread_->report() : lb::announce::Report{};
}

}  // namespace naru::daemon
