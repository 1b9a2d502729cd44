// Asking upstreams: which one, again, and when to give up.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/backoff.h"
#include "base/random.h"
#include "dns/forward_message.h"
#include "dns/metrics.h"
#include "dns/options.h"
#include "dns/upstream_channel.h"
#include "runtime/reactor.h"

namespace naru::dns {

/// What has been seen of an upstream. One that failed is passed over for a while if another is there, so that it costs
/// some queries an attempt and not every query.
struct UpstreamHealth {
  unsigned failures{0};  // in a row
  TimePoint avoid_until{};

  void failed(TimePoint now);
  void succeeded() { *this = {}; }
};

/// The upstreams in the order in which a query tries them: as the policy says, those to be avoided last. `turn` counts
/// queries.
[[nodiscard]] std::vector<std::size_t> attempt_order(std::span<const UpstreamHealth> upstreams, UpstreamPolicy policy,
                                                     std::uint64_t turn, Random& random, TimePoint now);

/// One worker's.
class Forwarder {
 public:
  /// The upstream's answer, good or its own failure; empty: no upstream gave one.
  using Done = std::function<void(std::span<const std::uint8_t> message)>;

  Forwarder(runtime::Reactor& reactor, const ForwardOptions& options, Metrics& metrics, std::uint64_t seed);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// `query` must live until `done` is called: exactly once, never from within ask(), and not at all once the Forwarder
  /// is destroyed. With too many in flight the oldest is given up.
  void ask(const ForwardedQuery& query, Done done);
  [[nodiscard]] std::size_t in_flight() const { return jobs_.size() + ended_.size(); }

 private:
  struct Job;
  struct Upstream;
  using Jobs = std::map<std::uint64_t, Job>;  // by age
  struct Ended {
    Done done;
    std::vector<std::uint8_t> message;
  };

  void start_attempt(Jobs::iterator job);
  void take_answers(std::size_t upstream, UpstreamChannel& channel);
  void attempt_ended(Jobs::iterator job, const UpstreamAnswer& answer);
  void count_attempt(const Job& job, ForwardResult result);
  [[nodiscard]] bool may_try_again(const Job& job, ForwardResult result) const;
  /// Calls `done` at the end of the Reactor's turn.
  void end_soon(Jobs::iterator job, std::vector<std::uint8_t> message);
  void tell_ended();
  /// A channel with room for a query, or null.
  [[nodiscard]] UpstreamChannel* channel_for(std::size_t upstream);
  void let_go_if_spent(std::size_t upstream, UpstreamChannel& channel);
  [[nodiscard]] std::uint16_t random_id();

  runtime::Reactor& reactor_;
  ForwardOptions options_;
  Metrics& metrics_;
  Random random_;
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::vector<UpstreamHealth> health_;  // of upstreams_
  Jobs jobs_;
  std::uint64_t next_tag_{1};
  std::vector<Ended> ended_;
  std::shared_ptr<int> alive_{std::make_shared<int>(0)};  // what is deferred looks whether we still are
  std::array<std::uint16_t, 128> ids_;
  std::size_t ids_left_{0};
};

}  // namespace naru::dns
