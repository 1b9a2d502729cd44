// One BFD session as a state machine: RFC 5880 section 6.8, asynchronous mode, no authentication, no echo. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "lb/bfd/packet.h"
#include "lb/bfd/session_info.h"
#include "lb/bfd/types.h"

namespace naru::lb::bfd {

/// Where a packet that says `received` takes a session in `current` (sections 6.2 and 6.8.6).
[[nodiscard]] State next_state(State current, State received);

/// What an event makes of a session. `send`: at once.
struct Reaction {
  std::optional<Packet> send;
  std::optional<Transition> transition;
  std::optional<Diagnostic> remote_diagnostic;  // another than before, of a peer that stays Up
  std::optional<Discard> discard;
};

/// Time is an argument that never goes back; so is `random`, uniform over all values, which jitter is made of.
class Session {
 public:
  static constexpr TimePoint kNever = TimePoint::max();

  /// In state Down; its first packet is due `now`. `discriminator`: not 0, and no other session's of this system.
  Session(const SessionSettings& settings, std::uint32_t discriminator, TimePoint now);

  /// `packet` has been found to be for this session.
  [[nodiscard]] Reaction receive(const Packet& packet, TimePoint now, std::uint32_t random);

  /// What is due at `now`: a packet, or the end of waiting for the peer's. To be called at deadline().
  [[nodiscard]] Reaction elapse(TimePoint now, std::uint32_t random);
  [[nodiscard]] TimePoint deadline() const { return std::min(next_send_, detect_at_); }

  /// Other settings, agreed upon with the peer by a poll sequence if the session is Up. Not `multihop`: that is another
  /// session.
  void configure(const SessionSettings& settings, TimePoint now, std::uint32_t random);

  /// Holds the session down for good, and tells the peer.
  [[nodiscard]] Reaction admin_down(TimePoint now, std::uint32_t random);

  /// What was not read for `lateness` may not be missing: the peer gets that much longer, at most once its detection
  /// time, and once until it is heard again. Whether it was given: not for what is too short to have hidden a packet.
  bool forgive(Duration lateness, TimePoint now);
  [[nodiscard]] bool silent_too_long(TimePoint now) const { return detect_at_ <= now; }

  /// All but the key and the fault.
  [[nodiscard]] SessionInfo info() const;
  [[nodiscard]] const SessionSettings& settings() const { return settings_; }

 private:
  enum class Poll : std::uint8_t { none, active, again };  // again: parameters changed while one was under way
  struct Remote {
    std::uint32_t discriminator{};
    State state{State::down};
    Diagnostic diagnostic{};
    std::uint8_t multiplier{};
    bool demand{};
    Micros min_rx{1};  // section 6.8.1
    Micros desired_min_tx{};
  };

  void hear(const Packet& packet, TimePoint now, std::uint32_t random);
  Reaction expire(TimePoint now, std::uint32_t random);
  Transition enter(State state, Diagnostic diagnostic, TimePoint now);
  Packet send_now(bool final, TimePoint now, std::uint32_t random);
  void start_poll();
  void finish_poll();
  void take_parameters();
  void follow_interval(Micros before, TimePoint now, std::uint32_t random);
  void schedule(TimePoint now, std::uint32_t random);
  Packet make_packet(bool final, TimePoint now);
  [[nodiscard]] Micros wanted_tx() const;
  [[nodiscard]] Micros interval() const;
  [[nodiscard]] bool may_send() const { return !settings_.passive || remote_.discriminator != 0; }
  [[nodiscard]] bool sends_periodically() const;
  [[nodiscard]] Duration patience() const;

  SessionSettings settings_;
  std::uint32_t discriminator_;
  State state_{State::down};
  Diagnostic diagnostic_{};
  TimePoint since_;
  Remote remote_;
  Micros tx_in_use_;  // differs from what is advertised until a poll sequence ends
  Micros rx_in_use_;
  Poll poll_{};
  bool poll_sent_{};
  TimePoint last_sent_;
  TimePoint next_send_;
  TimePoint last_heard_;
  TimePoint detect_at_{kNever};
  bool forgiven_{};
  std::uint64_t received_{}, sent_{}, times_up_{}, times_down_{};
};

}  // namespace naru::lb::bfd
