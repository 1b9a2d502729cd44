#include "dns/upstream_health.h"

#include <catch2/catch.hpp>
#include <map>

#include "dns/loop_watch.h"

namespace naru::dns {
namespace {

using namespace std::chrono_literals;
using Order = std::vector<std::size_t>;

UpstreamHealth unusable() {
  UpstreamHealth health;
  health.failed(TimePoint{}, 500ms);
  return health;
}

TEST_CASE("an upstream that failed is checked after a while that doubles, and only an answer resets it") {
  UpstreamHealth health;
  CHECK(health.usable);
  const TimePoint now{};
  std::vector<Duration> waits;
  for (int i = 0; i < 7; ++i) {
    health.failed(now, 500ms);
    CHECK_FALSE(health.usable);
    waits.push_back(health.check_at - now);
  }
  CHECK(waits == std::vector<Duration>{500ms, 1s, 2s, 4s, 8s, 10s, 10s});
  health.answered_check();
  CHECK(health.usable);
  health.failed(now, 500ms);
  CHECK(health.check_at - now == 10s);
  health.succeeded();
  CHECK(health.usable);
  health.failed(now, 500ms);
  CHECK(health.check_at - now == 500ms);
}

TEST_CASE("an upstream that the next one outruns again and again has failed, unless it says something between") {
  UpstreamHealth health;
  const auto outrun = [&](int times) {
    for (int i = 0; i < times; ++i) health.was_outrun(TimePoint{}, 500ms);
  };
  outrun(4);
  CHECK(health.usable);
  health.succeeded();
  outrun(4);
  CHECK(health.usable);
  outrun(1);
  CHECK_FALSE(health.usable);
  CHECK(health.failures == 1);
  outrun(9);
  CHECK(health.failures == 1);  // it is not asked, so that is old news
  health.answered_check();
  CHECK(health.usable);
  outrun(4);
  CHECK(health.usable);
}

TEST_CASE("an upstream all of whose queries are given up has failed, unless it says something between") {
  UpstreamHealth health;
  const auto given_up = [&](int times) {
    for (int i = 0; i < times; ++i) health.was_given_up(TimePoint{}, 500ms);
  };
  given_up(63);
  health.succeeded();
  given_up(63);
  CHECK(health.usable);
  given_up(1);
  CHECK_FALSE(health.usable);
  given_up(100);
  CHECK(health.failures == 1);
}

TEST_CASE("upstreams are tried in the policy's order, those that failed last") {
  const UpstreamHealth good;
  const UpstreamHealth bad = unusable();
  struct Row {
    const char* why;
    UpstreamPolicy policy;
    std::uint64_t turn;
    std::vector<UpstreamHealth> upstreams;
    Order expected;
  };
  const Row rows[] = {
      {"none", UpstreamPolicy::round_robin, 3, {}, {}},
      {"one", UpstreamPolicy::round_robin, 3, {good}, {0}},
      {"as listed", UpstreamPolicy::sequential, 3, {good, good, good}, {0, 1, 2}},
      {"as listed, the failed one last", UpstreamPolicy::sequential, 3, {bad, good, good}, {1, 2, 0}},
      {"in turn", UpstreamPolicy::round_robin, 4, {good, good, good}, {1, 2, 0}},
      {"in turn, failed ones last in their turn", UpstreamPolicy::round_robin, 4, {bad, bad, good}, {2, 1, 0}},
      {"all failed: as if none had", UpstreamPolicy::sequential, 0, {bad, bad}, {0, 1}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Random random(1);
    CHECK(attempt_order(row.upstreams, row.policy, row.turn, random) == row.expected);
  }
}

TEST_CASE("the random policy gives each upstream its share") {
  const std::vector<UpstreamHealth> upstreams(3);
  Random random(5);
  std::map<Order, int> orders;
  for (int i = 0; i < 6000; ++i) ++orders[attempt_order(upstreams, UpstreamPolicy::random, 0, random)];
  CHECK(orders.size() == 6);
  for (const auto& [order, count] : orders) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("when the next upstream is asked too") {
  struct Row {
    const char* why;
    std::optional<Duration> percentile95;
    Duration configured;
    std::optional<Duration> expected;
  };
  const Row rows[] = {
      {"nothing known: as configured", std::nullopt, 150ms, 150ms},
      {"by what is known, sooner", 40ms, 150ms, 40ms},
      {"never later than configured", 300ms, 150ms, 150ms},
      {"never at once", 1ms, 150ms, 20ms},
      {"not at all", std::nullopt, 0ms, std::nullopt},
      {"not at all, whatever is known", 40ms, 0ms, std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(hedge_delay(row.percentile95, row.configured) == row.expected);
  }
}

TEST_CASE("the percentile is known after 64 answers, and follows them") {
  LatencyWindow window;
  for (int i = 1; i <= 63; ++i) window.add(std::chrono::milliseconds(i));
  CHECK_FALSE(window.percentile95());
  window.add(64ms);
  CHECK(window.percentile95() == std::optional<Duration>(61ms));
  for (int i = 0; i < 64; ++i) window.add(5ms);
  CHECK(window.percentile95() == std::optional<Duration>(5ms));
}

// ---- loops ----

TEST_CASE("a probe is known by its name, and nothing else is one") {
  const LoopWatch watch(0x1234, 3);
  const LoopWatch other(0x1235, 3);
  const Name root;
  const Name corp = *Name::parse("corp.example");
  const LoopWatch::Probe probe{2, 7};
  CHECK(watch.name_of(probe, root).text() == "00000000000012340002.00000007.");
  CHECK(watch.name_of(probe, corp).text() == "00000000000012340002.00000007.corp.example.");
  CHECK(watch.probe_of(watch.name_of(probe, root).wire()) == std::optional(probe));
  CHECK(watch.probe_of(watch.name_of(probe, corp).wire()) == std::optional(probe));
  CHECK_FALSE(other.probe_of(watch.name_of(probe, root).wire()));
  CHECK_FALSE(watch.probe_of(watch.name_of({3, 7}, root).wire()));  // no such upstream
  for (const char* name : {"", "www.example.com", "00000000000012340002", "00000000000012340002.0000000x",
                           "00000000000012340002.000000007", "000000000000123400020.00000007"}) {
    INFO(name);
    CHECK_FALSE(watch.probe_of(Name::parse(name).value_or(root).wire()));
  }
}

TEST_CASE("an upstream loops from the probe that comes back until one that is answered by others") {
  LoopWatch watch(1, 2);
  CHECK_FALSE(watch.loops(0));
  CHECK(watch.came_back({0, 1}));
  CHECK_FALSE(watch.came_back({0, 1}));  // told once
  CHECK(watch.loops(0));
  CHECK_FALSE(watch.loops(1));
  CHECK_FALSE(watch.answered({0, 1}));  // that was our own answer, on its way back
  CHECK(watch.loops(0));
  CHECK(watch.answered({0, 2}));
  CHECK_FALSE(watch.loops(0));
  CHECK_FALSE(watch.answered({0, 3}));
}

TEST_CASE("of all workers one begins a round, and the next not before its time") {
  LoopWatch watch(1, 1);
  const TimePoint now = TimePoint{} + 1h;
  CHECK(watch.begin_round(now) == std::optional<std::uint32_t>(1));
  CHECK_FALSE(watch.begin_round(now));
  CHECK_FALSE(watch.begin_round(now + LoopWatch::kInterval - 1ms));
  CHECK(watch.begin_round(now + LoopWatch::kInterval) == std::optional<std::uint32_t>(2));
}

}  // namespace
}  // namespace naru::dns
