#include "runtime/timer_wheel.h"

#include <algorithm>

namespace naru::runtime {

void Timer::disarm() {
  if (wheel_ != nullptr) wheel_->unlink(*this);
}

TimerWheel::TimerWheel(TimePoint now) : start_(now) {
  for (auto& head : slots_) head.next = head.previous = &head;
}

TimerWheel::~TimerWheel() {
  for (auto& head : slots_) {
    while (head.next != &head) unlink(*static_cast<Timer::Hook*>(head.next)->timer);
  }
}

void TimerWheel::arm(Timer& timer, TimePoint deadline) {
  timer.disarm();
  // The tick after the one that holds the deadline, so that it never fires early; at least the next to be dealt with.
  const std::int64_t due = std::max(tick_of(deadline) + 1, tick_ + 1);
  timer.wheel_ = this;
  timer.deadline_ = deadline;
  timer.slot_ = static_cast<unsigned>(due % kSlots);
  timer.hook_.timer = &timer;
  Timer::Link& head = slots_[timer.slot_];
  timer.hook_.previous = head.previous;
  timer.hook_.next = &head;
  head.previous->next = &timer.hook_;
  head.previous = &timer.hook_;
  occupied_.set(timer.slot_);
}

void TimerWheel::unlink(Timer& timer) {
  timer.hook_.previous->next = timer.hook_.next;
  timer.hook_.next->previous = timer.hook_.previous;
  timer.wheel_ = nullptr;
  const Timer::Link& head = slots_[timer.slot_];
  if (head.next == &head) occupied_.reset(timer.slot_);
}

void TimerWheel::advance(TimePoint now) {
  const std::int64_t target = tick_of(now);
  // After a long sleep every slot is looked at once, not once per missed turn.
  tick_ = std::max(tick_, target - std::int64_t{kSlots});
  while (tick_ < target) fire_slot(static_cast<unsigned>(++tick_ % kSlots), now);
}

void TimerWheel::fire_slot(unsigned slot, TimePoint now) {
  Timer::Link& head = slots_[slot];
  if (head.next == &head) return;
  // Take the list aside: a callback may arm timers into this very slot, and those wait for the next turn.
  Timer::Link taken{head.next, head.previous};
  taken.next->previous = &taken;
  taken.previous->next = &taken;
  head.next = head.previous = &head;
  occupied_.reset(slot);
  while (taken.next != &taken) {
    Timer& timer = *static_cast<Timer::Hook*>(taken.next)->timer;
    const TimePoint deadline = timer.deadline_;
    unlink(timer);
    if (deadline <= now) {
      timer.on_fire_();
    } else {
      arm(timer, deadline);
    }
  }
}

TimePoint TimerWheel::next_deadline() const {
  if (occupied_.none()) return TimePoint::max();
  for (std::int64_t ahead = 1; ahead <= kSlots; ++ahead) {
    if (occupied_.test(static_cast<std::size_t>((tick_ + ahead) % kSlots))) return start_ + (tick_ + ahead) * kTick;
  }
  return TimePoint::max();
}

}  // namespace naru::runtime
