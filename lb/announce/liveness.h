// Which nodes may announce now, as this one sees it. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/time.h"

namespace naru::lb::announce {

struct LivenessSettings {
  Duration hold{std::chrono::milliseconds(1500)};  // for others to be heard, after the start
  Duration settle{std::chrono::seconds(5)};        // before a node that is back takes over again
  Duration claim{std::chrono::milliseconds(20)};   // for others to hear that it does now, and to give way

  friend bool operator==(const LivenessSettings&, const LivenessSettings&) = default;
};

/// What this node is in the election.
enum class Phase : std::uint8_t {
  starting,  // has not heard from all others, and still waits for them; no candidate
  settling,  // is back among nodes that were there before; no candidate
  claiming,  // has told others that it is a candidate, and gives them a moment to give way
  live,      // a candidate
  isolated,  // hears none of the others: a candidate, for all that it knows
};

/// A node that is back must not take its addresses from those that took over until it has shown that it stays; but
/// after all nodes have started together nobody is there to be waited for. Nobody can tell one from the other by
/// hearing a neighbour alone, so each node says which it is: until it is a candidate, and while it is alone, its BFD
/// packets carry the diagnostic "Forwarding Plane Reset" (newcomer() here). A neighbour that is up and does not say so
/// is established, and a candidate.
///
/// - After the start, nothing is announced until every other node is up, or `hold` is over.
/// - Then, if a node is heard that was established before, this one settles for `settle`, at most for as long as one is
/// heard. At the
///   end it says that it is a candidate, and takes over a moment later: two that announce an address at once would each
///   take the other for an intruder. Caches lead to the node before, which still serves, until the first announcement.
///   A node that has been heard as a newcomer since our start is no such node: it has started with us.
/// - One that hears nobody is a candidate all the same: alone it would be. In a split network each side elects its own.
/// - When it hears established nodes again, it gives way at once, and settles.
///
/// Time is an argument that never goes back.
class Liveness {
 public:
  Liveness(const LivenessSettings& settings, TimePoint now) : settings_(settings), hold_until_(now + settings.hold) {}

  /// Other timers; they count from the next time that they are set.
  void configure(const LivenessSettings& settings) { settings_ = settings; }
  /// All the other nodes that there are to be. Those that are new have not been heard.
  void expect(const std::set<std::string>& others, TimePoint now);
  /// What is heard of another node; of one that is not expected it counts for nothing.
  void heard(const std::string& node, bool up, bool newcomer, TimePoint now);
  /// To be called at deadline().
  void elapse(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] Phase phase() const { return phase_; }
  /// This node is a candidate.
  [[nodiscard]] bool candidate() const { return phase_ == Phase::live || phase_ == Phase::isolated; }
  /// What this node has to say of itself.
  [[nodiscard]] bool newcomer() const { return phase_ != Phase::live && phase_ != Phase::claiming; }
  /// Those of the others that are candidates.
  [[nodiscard]] std::set<std::string> established() const;
  /// Those of the others that are there and no candidates yet.
  [[nodiscard]] std::set<std::string> newcomers() const;
  [[nodiscard]] bool is_up(const std::string& node) const;

 private:
  struct Other {
    bool up{};
    bool newcomer{};
    bool started_with_us{};
  };
  void update(TimePoint now);
  [[nodiscard]] bool any_established() const;
  [[nodiscard]] bool any_before_us() const;
  [[nodiscard]] bool any_up() const;
  [[nodiscard]] bool all_up() const;

  LivenessSettings settings_;
  Phase phase_{Phase::starting};
  TimePoint hold_until_;
  TimePoint until_;  // settling, claiming
  std::map<std::string, Other> others_;
};

}  // namespace naru::lb::announce
