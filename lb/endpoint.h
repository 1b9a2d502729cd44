// An endpoint as the data plane sees it, and which of a Service's endpoints may be used.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/counter.h"
#include "base/time.h"
#include "config/objects.h"
#include "lb/maglev.h"
#include "lb/slow_start.h"
#include "lb/weight.h"

namespace naru::lb {

/// What has been observed of one endpoint of one Service port. It outlives snapshots: the endpoint keeps it for as long
/// as it is the same address of the same Service port. Shared by all workers, so that the load and the failures that
/// one worker sees are known to all; touched once per connection, never per byte.
class EndpointState {
 public:
  SharedCounter active;       // connections and flows now
  SharedCounter connections;  // since it appeared
  SharedCounter failures;     // attempts that failed, since it appeared
  // Requests by the first digit of the response's status, 1..5; 0: without a response.
  std::array<SharedCounter, 6> responses;

  /// Another endpoint is to be preferred: it is ejected, or its active probe fails.
  [[nodiscard]] bool avoided(TimePoint now) const { return ejected(now) || probe_failed(); }

  /// For having failed, until some time.
  [[nodiscard]] bool ejected(TimePoint now) const {
    return now.time_since_epoch().count() < ejected_until_.load(std::memory_order_relaxed);
  }
  /// After a failure: out for `base`, doubling with each further failure in a row, at most `cap`. Failures of attempts
  /// that were already under way when the ejection began do not double it. True if this call began an ejection.
  bool eject(TimePoint now, Duration base, Duration cap);
  /// After a success: the next ejection starts from the base again. Where requests are seen that is a response other
  /// than a gateway's failure, not a connection alone: an endpoint may take those and answer nothing.
  void succeeded() {
    if (consecutive_.load(std::memory_order_relaxed) != 0) consecutive_.store(0, std::memory_order_relaxed);
    if (gateway_failures_.load(std::memory_order_relaxed) != 0) gateway_failures_.store(0, std::memory_order_relaxed);
  }
  /// After a request that it took and did not answer, or answered as a gateway that reaches nobody (502, 503, 504): the
  /// `threshold`th in a row ejects it as above. 0: never. True if this call began an ejection.
  bool gateway_failed(TimePoint now, int threshold, Duration base, Duration cap);

  [[nodiscard]] TimePoint ejected_until() const {
    return TimePoint(Duration(ejected_until_.load(std::memory_order_relaxed)));
  }

  /// It is new, or its probe succeeds again: slow start begins. It begins by itself when an ejection ends.
  void begin_slow_start(TimePoint now) {
    fresh_since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  /// What it is to get of its share.
  [[nodiscard]] double grown(TimePoint now, const config::SlowStart& rule) const {
    const auto since =
        std::max(fresh_since_.load(std::memory_order_relaxed), ejected_until_.load(std::memory_order_relaxed));
    return since == 0 ? 1 : slow_start_factor(now - TimePoint(Duration(since)), rule);
  }

  /// By who probes it.
  void set_probe_failed(bool failed) { probe_failed_.store(failed, std::memory_order_relaxed); }
  [[nodiscard]] bool probe_failed() const { return probe_failed_.load(std::memory_order_relaxed); }

 private:
  std::atomic<Duration::rep> ejected_until_{0};
  std::atomic<std::uint32_t> consecutive_{0};  // ejections
  std::atomic<int> gateway_failures_{0};       // in a row, since the last ejection
  std::atomic<bool> probe_failed_{false};
  std::atomic<Duration::rep> fresh_since_{0};  // 0: it was there from the beginning
};

struct Endpoint {
  SocketAddress address;
  std::string pod;   // its name, where known: for people
  std::string node;  // its node's name; empty: unknown
  bool local{};      // on this node
  bool ready{true};
  bool serving{true};
  bool terminating{};
  std::shared_ptr<EndpointState> state;
  Weight weight{1};
};

enum class Tier : std::uint8_t { none, terminating, ready };

/// What an endpoint may be used for. One that is shutting down is never `ready`, even if it says so, as
/// publishNotReadyAddresses makes it: an endpoint that will stay is better.
[[nodiscard]] constexpr Tier tier_of(bool ready, bool serving, bool terminating) {
  if (terminating) return serving ? Tier::terminating : Tier::none;
  return ready ? Tier::ready : Tier::none;
}

/// Positions in the Service port's endpoints.
struct Usable {
  std::vector<std::uint32_t> indices;
  Tier tier{Tier::none};
  std::shared_ptr<const MaglevTable> maglev{};  // of `indices`' addresses, where the policy asks for one; else null
  WeightedSlots slots{};                        // of `indices`, where their weights differ; else empty

  [[nodiscard]] bool empty() const { return indices.empty(); }

  friend bool operator==(const Usable&, const Usable&) = default;
};

/// Endpoints that a new connection may use. Ready ones; only if there is none, those that are shutting down but still
/// serving, so that a rolling restart of a one-replica Service refuses nobody (KEP-1669). Never those of weight 0.
/// `local` considers only endpoints on this node, and decides for itself.
[[nodiscard]] Usable usable_endpoints(std::span<const Endpoint> all, config::TrafficPolicy policy);

/// Sets `usable.slots` by the endpoints' weights. Once it is known which endpoints remain.
void weigh(Usable& usable, std::span<const Endpoint> all);

}  // namespace naru::lb
