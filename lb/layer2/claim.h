// One address announced on one interface: what to say when, and what to make of somebody else who claims it. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "base/time.h"
#include "lb/layer2/conflict.h"

namespace naru::lb::layer2 {

/// What a claim has to do at some time.
struct ClaimDuties {
  bool announce{};
  bool probe{};             // ask whether somebody else has the address
  bool report{};            // tell of the conflict
  bool conflict_cleared{};  // one that was reported is no more

  friend bool operator==(const ClaimDuties&, const ClaimDuties&) = default;
};

/// Announces at once and then again for a while, since frames get lost and switches are slow to come up.
///
/// Probing for a duplicate never delays a takeover. It begins with the second announcement, not with the first: until
/// the previous owner has heard that it lost, it would answer, and over IPv6 it would answer to all and take the
/// neighbours' caches back. An orderly move is no conflict: nodes decide some milliseconds apart, so that the new owner
/// hears the old one's last words, and the old one the new one's first. So foreign claims within kSettling of winning
/// count for nothing if no later one follows, and a later one is reported if we still own the address kSettling after.
/// But every foreign claim is answered at once, as far as kDefendEvery allows: the newcomer has the last word.
class Claim {
 public:
  static constexpr Duration kRepeatEvery = std::chrono::milliseconds(1100);
  static constexpr Duration kRepeatFor = std::chrono::seconds(5);
  static constexpr Duration kSettling = std::chrono::seconds(1);
  static constexpr int kProbes = 3;                                     // PROBE_NUM, RFC 5227 section 1.1
  static constexpr Duration kDefendEvery = std::chrono::seconds(10);    // DEFEND_INTERVAL
  static constexpr Duration kConflictLasts = std::chrono::seconds(30);  // after the last foreign claim
  static constexpr Duration kAskAgainEvery = std::chrono::seconds(10);  // while there is a conflict
  static constexpr Duration kReportEvery = std::chrono::seconds(10);    // where owners take turns

  explicit Claim(TimePoint won) : won_(won), next_round_(won) {}

  /// When advance() has something to do next; TimePoint::max() if nothing unless somebody claims the address.
  [[nodiscard]] TimePoint due() const;
  /// What is to be done at `now`. A round that comes late is not made up for.
  [[nodiscard]] ClaimDuties advance(TimePoint now);
  /// Somebody else claimed the address. True: announce it, now.
  [[nodiscard]] bool contradicted(const MacAddress& owner, TimePoint now);

  /// All rounds of announcements are through.
  [[nodiscard]] bool settled() const { return next_round_ == TimePoint::max(); }
  [[nodiscard]] const std::optional<Conflict>& conflict() const { return conflict_; }

 private:
  void next_round(ClaimDuties& duties, TimePoint now);
  void follow_conflict(ClaimDuties& duties, TimePoint now);

  TimePoint won_;
  TimePoint next_round_;
  int rounds_{0};
  std::optional<TimePoint> defended_;
  std::optional<Conflict> conflict_;
  // These count while there is a conflict.
  TimePoint contradicted_at_{};  // last
  TimePoint ask_again_{};
  TimePoint report_at_{TimePoint::max()};
  TimePoint reported_at_{};  // last
};

}  // namespace naru::lb::layer2
