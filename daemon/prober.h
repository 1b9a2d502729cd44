// Active health checks: who is probed when, and what becomes of the results.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <set>

#include "base/random.h"
#include "lb/probe_state.h"
#include "proxy/table.h"

namespace naru::daemon {

/// Probes the ready endpoints of Service ports whose policy asks for it, and marks those that fail in their
/// EndpointState, which all workers see. Thread: the io_context's.
class Prober {
 public:
  /// `seed`: of the jitter.
  Prober(boost::asio::io_context& io, std::uint64_t seed) : io_(io), timer_(io), random_(seed) {}
  ~Prober() { *alive_ = false; }
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// Begins to probe what is new in `table`, and lets go of what is not in it any more: in time of the size of the
  /// difference. An endpoint that stays keeps what its probes have shown.
  void follow(const proxy::Table& table);

  [[nodiscard]] std::size_t targets() const { return targets_.size(); }
  [[nodiscard]] std::size_t running() const { return running_; }

  /// At most at a time; of more, the longest due come first.
  static constexpr std::size_t kMostRunning = 128;

 private:
  struct Key {
    proxy::ServicePortId port{};
    SocketAddress address;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Target {
    std::uint64_t serial{};  // tells a target from an earlier one of the same key
    std::shared_ptr<const proxy::ServicePort> port;
    std::shared_ptr<lb::EndpointState> state;
    lb::ProbeState health;
    TimePoint due;  // the next one; max while one is running
  };
  using Targets = std::map<Key, Target>;

  void set_port(const std::shared_ptr<const proxy::ServicePort>& port);
  void remove_port(proxy::ServicePortId id);
  void remove(Targets::iterator target);
  void schedule(const Key& key, Target& target, TimePoint due);
  void start_due();
  void start(const Key& key, Target& target, TimePoint now);
  void finished(const Key& key, std::uint64_t serial, lb::ProbeResult result, TimePoint next);
  void apply(const Key& key, Target& target, lb::ProbeResult result);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  Random random_;
  decltype(proxy::Table::service_ports) ports_;  // as last followed
  Targets targets_;
  std::set<std::pair<TimePoint, Key>> due_;
  std::size_t running_{0};
  std::uint64_t next_serial_{1};
  std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};  // false: probes still under way report to nobody
};

}  // namespace naru::daemon
