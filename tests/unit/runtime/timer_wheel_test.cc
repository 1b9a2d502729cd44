#include "runtime/timer_wheel.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

namespace naru::runtime {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  TimePoint start{std::chrono::hours(1)};
  TimerWheel wheel{start};
  int fired{0};
  Timer timer{[this] { ++fired; }};
};

TEST_CASE("a timer never fires early and at most one tick late, at every distance") {
  for (const Duration after : {Duration(0), Duration(1ms), Duration(16ms), Duration(17ms), Duration(8191ms),
                               Duration(8192ms), Duration(8193ms), Duration(60s)}) {
    CAPTURE(std::chrono::duration_cast<std::chrono::milliseconds>(after).count());
    Fixture f;
    f.wheel.arm(f.timer, f.start + after);
    for (Duration t{}; t < after; t += 1ms) f.wheel.advance(f.start + t);
    CHECK(f.fired == 0);
    f.wheel.advance(f.start + after + TimerWheel::kTick);
    CHECK(f.fired == 1);
    f.wheel.advance(f.start + after + 60s);
    CHECK(f.fired == 1);
  }
}

TEST_CASE("a long sleep fires what fell due in it once") {
  Fixture f;
  f.wheel.arm(f.timer, f.start + 5s);
  f.wheel.advance(f.start + 3h);
  CHECK(f.fired == 1);
  CHECK(f.wheel.next_deadline() == TimePoint::max());
}

TEST_CASE("a disarmed or destroyed timer does not fire") {
  Fixture f;
  f.wheel.arm(f.timer, f.start + 10ms);
  f.timer.disarm();
  auto other = std::make_unique<Timer>([&] { ++f.fired; });
  f.wheel.arm(*other, f.start + 10ms);
  other.reset();
  f.wheel.advance(f.start + 1s);
  CHECK(f.fired == 0);
}

TEST_CASE("a callback may arm its timer again and destroy others of the same slot") {
  const TimePoint start{};
  TimerWheel wheel(start);
  std::vector<int> order;
  std::unique_ptr<Timer> second;
  Timer first([&] {
    order.push_back(1);
    second.reset();
    wheel.arm(first, start);
  });
  second = std::make_unique<Timer>([&] { order.push_back(2); });
  wheel.arm(first, start);
  wheel.arm(*second, start);
  wheel.advance(start + TimerWheel::kTick);
  CHECK(order == std::vector<int>{1});
  CHECK(first.armed());
  wheel.advance(start + 2 * TimerWheel::kTick);
  CHECK(order == std::vector<int>{1, 1});
}

TEST_CASE("the next deadline is that of the nearest slot in use") {
  Fixture f;
  CHECK(f.wheel.next_deadline() == TimePoint::max());
  f.wheel.arm(f.timer, f.start + 100ms);
  CHECK(f.wheel.next_deadline() >= f.start + 100ms);
  CHECK(f.wheel.next_deadline() <= f.start + 100ms + TimerWheel::kTick);
}

}  // namespace
}  // namespace naru::runtime
