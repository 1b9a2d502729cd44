// Asking upstreams: which one, the next one too, again, and when to give up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "dns/forward_message.h"
#include "dns/forward_options.h"
#include "dns/loop_watch.h"
#include "dns/metrics.h"
#include "dns/upstream_attempts.h"
#include "dns/upstream_health.h"
#include "runtime/reactor.h"

namespace naru::dns {

/// One worker's.
class Forwarder {
 public:
  /// The upstream's answer, good or its own failure, as tidied() leaves it; empty: no upstream gave one.
  using Done = std::function<void(std::span<const std::uint8_t> message)>;

  Forwarder(runtime::Reactor& reactor, const ForwardOptions& options, Metrics& metrics, std::uint64_t seed);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// `group`: 0 is the upstreams for all names, then come the stub zones' as listed. `done` is called once, never from
  /// within ask(), and not at all once the Forwarder is destroyed or the question is given up. Returns what to name the
  /// question by.
  std::uint64_t ask(std::size_t group, UpstreamQuestion question, Done done);
  void give_up(std::uint64_t id);
  [[nodiscard]] std::size_t in_flight() const { return jobs_.size(); }

  /// A question of ours that came back: whoever sent it here is not asked any more. False: it is none of ours.
  bool take_probe(std::string_view lower_name);

 private:
  struct Job;
  using Jobs = std::unordered_map<std::uint64_t, std::unique_ptr<Job>>;
  /// A group's part of all upstreams.
  struct Group {
    Name apex;
    std::size_t first{};
    std::size_t size{};
  };
  /// What an attempt is for.
  struct Purpose {
    enum class Kind : std::uint8_t { job, health_check, loop_probe };
    Kind kind{};
    std::uint64_t job{};
    LoopWatch::Probe probe;
  };

  [[nodiscard]] std::vector<std::size_t> order_of(std::size_t group);
  void start_attempt(std::uint64_t id, Job& job);
  void on_end(const AttemptEnd& end);
  void on_job_attempt(std::uint64_t id, const AttemptEnd& end);
  void on_timer(std::uint64_t id);
  void finish(std::uint64_t id, std::vector<std::uint8_t> message);
  void abandon_attempts(Job& job);
  /// Those of a job that has ended: what they say is of use for the upstreams' health only.
  void leave_attempts(const Job& job, bool answered);
  void note_health(std::size_t upstream, Purpose::Kind kind, ForwardResult result);
  void count(const AttemptEnd& end, Purpose::Kind kind);
  [[nodiscard]] bool may_try_again(const Job& job, ForwardResult result) const;
  void check_health();
  void arm_health_timer();
  void probe_loops();
  void on_probe_end(const LoopWatch::Probe& probe, ForwardResult result);

  runtime::Reactor& reactor_;
  ForwardOptions options_;
  Metrics& metrics_;
  Random random_;
  std::vector<SocketAddress> addresses_;  // of all groups
  std::vector<Group> groups_;
  std::vector<UpstreamHealth> health_;  // of addresses_
  std::shared_ptr<LoopWatch> loops_;
  LatencyWindow latencies_;
  Jobs jobs_;
  std::unordered_map<std::uint64_t, Purpose> purposes_;  // of attempts
  std::uint64_t next_id_{1};
  runtime::Timer health_timer_;
  runtime::Timer loop_timer_;
  std::shared_ptr<int> alive_{std::make_shared<int>(0)};  // what is deferred looks whether we still are
  UpstreamAttempts attempts_;
};

}  // namespace naru::dns
