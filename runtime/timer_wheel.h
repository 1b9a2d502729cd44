// Deadlines by the thousand at the price of a list insertion each.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>

#include "base/time.h"

namespace naru::runtime {

class TimerWheel;

/// A deadline that its owner embeds. Fires once per arming, on the owner's worker; disarms itself when destroyed.
/// The callback may arm the timer again, and may destroy the timer.
class Timer {
 public:
  explicit Timer(std::function<void()> on_fire) : on_fire_(std::move(on_fire)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { disarm(); }

  void disarm();
  [[nodiscard]] bool armed() const { return wheel_ != nullptr; }

 private:
  friend class TimerWheel;
  struct Link {
    Link* next{};
    Link* previous{};
  };
  struct Hook : Link {
    Timer* timer{};
  };

  std::function<void()> on_fire_;
  TimerWheel* wheel_{};
  TimePoint deadline_{};
  unsigned slot_{};
  Hook hook_;
};

/// A wheel of 512 slots of 16 ms (8 s); a later deadline stays in its slot and is looked at once per turn of the wheel.
/// Timers fire up to one slot late, never early. One thread.
class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(16);

  explicit TimerWheel(TimePoint now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel();

  /// Arms `timer` for `deadline`, in place of any deadline it had.
  void arm(Timer& timer, TimePoint deadline);
  /// Fires all that are due at `now`.
  void advance(TimePoint now);
  /// When advance() is next worth calling; TimePoint::max() if nothing is armed.
  [[nodiscard]] TimePoint next_deadline() const;

 private:
  friend class Timer;
  static constexpr unsigned kSlots = 512;

  [[nodiscard]] std::int64_t tick_of(TimePoint time) const { return (time - start_) / kTick; }
  void fire_slot(unsigned slot, TimePoint now);
  void unlink(Timer& timer);

  TimePoint start_;
  std::int64_t tick_{0};  // last tick that advance() has dealt with
  std::array<Timer::Link, kSlots> slots_;
  std::bitset<kSlots> occupied_;
};

}  // namespace naru::runtime
