// How an endpoint that is new, or back, grows into its share.
#include "lb/slow_start.h"

#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using namespace std::chrono_literals;
using config::SlowStart;

constexpr TimePoint kNow{1000s};

TEST_CASE("the factor by age") {
  const SlowStart linear{10s, 1, 0.1};
  const SlowStart quick{10s, 2, 0.1};
  const SlowStart slow{10s, 0.5, 0.01};
  const struct {
    Duration age;
    SlowStart rule;
    double factor;
  } rows[] = {
      {-5s, linear, 0.1},        {0s, linear, 0.1},        {500ms, linear, 0.1}, {1s, linear, 0.1},
      {5s, linear, 0.5},         {9s, linear, 0.9},        {10s, linear, 1},     {10s - 1ns, linear, 1},
      {1h, linear, 1},           {2500ms, quick, 0.5},     {0s, quick, 0.1},     {10s, quick, 1},
      {5s, slow, 0.25},          {0s, slow, 0.01},         {10s, slow, 1},       {0s, {10s, 1, 1}, 1},
      {0s, {1ms, 1, 0.01}, .01}, {1ms, {1ms, 1, 0.01}, 1},
  };
  for (const auto& row : rows) {
    CAPTURE(row.age.count(), row.rule.aggression);
    CHECK(slow_start_factor(row.age, row.rule) == Approx(row.factor));
  }
}

TEST_CASE("an endpoint that was there from the beginning has its whole share, on a host just booted too") {
  CHECK(EndpointState().grown(kNow, {10s, 1, 0.1}) == 1);
  CHECK(EndpointState().grown(TimePoint(1s), {10s, 1, 0.1}) == 1);
}

TEST_CASE("one that is new grows") {
  EndpointState state;
  state.begin_slow_start(kNow);
  CHECK(state.grown(kNow, {10s, 1, 0.1}) == Approx(0.1));
  CHECK(state.grown(kNow + 5s, {10s, 1, 0.1}) == Approx(0.5));
  CHECK(state.grown(kNow + 10s, {10s, 1, 0.1}) == 1);
}

TEST_CASE("one that comes back from an ejection grows anew, from when that is over") {
  EndpointState state;
  state.begin_slow_start(kNow);
  REQUIRE(state.eject(kNow + 20s, 4s, 60s));
  CHECK(state.grown(kNow + 22s, {10s, 1, 0.1}) == Approx(0.1));
  CHECK(state.grown(kNow + 29s, {10s, 1, 0.1}) == Approx(0.5));
  CHECK(state.grown(kNow + 34s, {10s, 1, 0.1}) == 1);
}

}  // namespace
}  // namespace naru::lb
