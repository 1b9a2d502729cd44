// Which upstream is asked, and when the next one too. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "dns/forward_options.h"

namespace naru::dns {

/// What has been seen of an upstream. One that failed is passed over, as long as there is another, until it has
/// answered a question of ours (". NS"): so it costs the queries that are at it then an attempt, and no others.
struct UpstreamHealth {
  unsigned failures{0};  // in a row
  bool usable{true};
  TimePoint check_at{};  // of one that is not usable
  // Both since its last answer:
  unsigned outrun{0};    // queries that the next upstream answered first
  unsigned given_up{0};  // queries that were given up, for there were too many

  /// The first check is `check` from now; each failure after doubles it, up to 20 times as long.
  void failed(TimePoint now, Duration check);
  /// The next upstream, asked later, has answered before. After a few of them, without a word from this one, it has
  /// failed: sooner than its time-out would tell.
  void was_outrun(TimePoint now, Duration check);
  /// Too many were waiting to wait for it any longer. When all that it is asked ends so it may be dead, and its
  /// time-out never comes.
  void was_given_up(TimePoint now, Duration check);
  /// It answers, but may fail with the next query again: then the wait goes on growing.
  void answered_check() {
    usable = true;
    outrun = given_up = 0;
  }
  void succeeded() { *this = {}; }
};

/// The upstreams in the order in which a query tries them: as the policy says, those that are not usable last. `turn`
/// counts queries.
[[nodiscard]] std::vector<std::size_t> attempt_order(std::span<const UpstreamHealth> upstreams, UpstreamPolicy policy,
                                                     std::uint64_t turn, Random& random);

/// How long the last answers took.
class LatencyWindow {
 public:
  void add(Duration took);
  /// Nothing until enough is known.
  [[nodiscard]] std::optional<Duration> percentile95() const { return percentile95_; }

 private:
  static constexpr std::size_t kSize = 64;
  static constexpr std::size_t kEvery = 16;  // answers, then the percentile is found anew

  std::array<Duration, kSize> last_{};
  std::size_t added_{0};
  std::optional<Duration> percentile95_;
};

/// How long the first upstream has for itself. Nothing: for ever. `configured` counts until the percentile is known;
/// that is not taken shorter than 20 ms, or jitter would double the queries of a near upstream.
[[nodiscard]] std::optional<Duration> hedge_delay(std::optional<Duration> percentile95, Duration configured);

}  // namespace naru::dns
