// How weights and slow start show in what is picked.
#include <cmath>
#include <map>

#include "lb/pick.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using namespace std::chrono_literals;
using config::Algorithm;
using Counts = std::map<std::uint32_t, int>;

constexpr Algorithm kByTurn[] = {Algorithm::random, Algorithm::round_robin, Algorithm::least_connections};

/// An endpoint for each weight, picked from with a fixed seed.
struct Lab {
  explicit Lab(const std::vector<Weight>& weights) : all(endpoints(static_cast<std::uint32_t>(weights.size()))) {
    for (std::size_t i = 0; i < weights.size(); ++i) all[i].weight = weights[i];
    usable = usable_endpoints(all, config::TrafficPolicy::cluster);
    weigh(usable, all);
  }

  std::optional<std::uint32_t> pick_one(Algorithm algorithm, std::vector<std::uint32_t> tried = {},
                                        std::optional<std::uint64_t> client = {}) {
    return pick(all, usable, {algorithm, now, random, round_robin, tried, client, slow_start ? &*slow_start : nullptr});
  }
  Counts count(Algorithm algorithm, int picks, const std::vector<std::uint32_t>& tried = {}) {
    Counts counts;
    for (int i = 0; i < picks; ++i) ++counts[pick_one(algorithm, tried).value()];
    return counts;
  }
  Counts count_clients(int clients) {
    Counts counts;
    for (int i = 0; i < clients; ++i)
      ++counts[pick_one(Algorithm::random, {}, mix(static_cast<std::uint64_t>(i))).value()];
    return counts;
  }
  void eject(std::uint32_t index) { all[index].state->eject(now, 10s, 10s); }
  void use_maglev() {
    std::vector<SocketAddress> addresses;
    std::vector<Weight> weights;
    for (const std::uint32_t index : usable.indices) {
      addresses.push_back(all[index].address);
      weights.push_back(all[index].weight);
    }
    usable.maglev = std::make_shared<const MaglevTable>(addresses, weights);
  }

  std::vector<Endpoint> all;
  Usable usable;
  std::optional<config::SlowStart> slow_start;
  TimePoint now{1000s};
  Random random{42};
  std::atomic<std::uint64_t> round_robin{0};
};

/// Each within five standard deviations of its share of what was counted.
void check_shares(const Counts& counts, const std::vector<double>& shares) {
  double sum = 0;
  int all = 0;
  for (const double share : shares) sum += share;
  for (const auto& [index, count] : counts) all += count;
  for (std::uint32_t i = 0; i < shares.size(); ++i) {
    const double part = shares[i] / sum;
    const int count = counts.contains(i) ? counts.at(i) : 0;
    CAPTURE(i, count, part * all);
    CHECK(std::abs(count - part * all) <= 5 * std::sqrt(all * part * (1 - part)));
  }
}

TEST_CASE("each algorithm gives endpoints their weight's share") {
  const std::vector<std::vector<Weight>> rows = {{1, 2}, {1, 3, 6}, {256, 1}, {10, 10, 20, 60}, {3, 0, 1}};
  for (const auto& weights : rows) {
    for (const Algorithm algorithm : kByTurn) {
      Lab lab(weights);
      const auto counts = lab.count(algorithm, 40000);
      // Of two samples the first counts while nobody has a connection.
      check_shares(counts, {weights.begin(), weights.end()});
    }
    Lab lab(weights);
    check_shares(lab.count_clients(40000), {weights.begin(), weights.end()});
    lab.use_maglev();
    check_shares(lab.count_clients(40000), {weights.begin(), weights.end()});
  }
}

TEST_CASE("an endpoint of weight 0 is never picked, not as the last one either") {
  for (const Algorithm algorithm : kByTurn) {
    CHECK_FALSE(Lab({0}).pick_one(algorithm));
    CHECK_FALSE(Lab({0, 0}).pick_one(algorithm));
    Lab lab({0, 1});
    CHECK(lab.count(algorithm, 100) == Counts{{1, 100}});
    CHECK_FALSE(lab.pick_one(algorithm, {1}));
    lab.eject(1);
    CHECK(lab.pick_one(algorithm) == 1U);
  }
}

TEST_CASE("one endpoint gets everything, whatever its weight") {
  for (const Algorithm algorithm : kByTurn) {
    for (const Weight weight : {Weight{1}, Weight{256}}) CHECK(Lab({weight}).pick_one(algorithm) == 0U);
  }
}

TEST_CASE("the share of a heavy endpoint that is out goes to the others by their weights") {
  for (const Algorithm algorithm : kByTurn) {
    for (const bool tried : {false, true}) {
      Lab lab({256, 3, 1});
      if (!tried) lab.eject(0);
      check_shares(lab.count(algorithm, 20000, tried ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{}),
                   {0, 3, 1});
    }
  }
}

TEST_CASE("when all are ejected, all are used by their weights") {
  for (const Algorithm algorithm : kByTurn) {
    Lab lab({6, 3, 1});
    for (std::uint32_t i = 0; i < 3; ++i) lab.eject(i);
    check_shares(lab.count(algorithm, 20000), {6, 3, 1});
  }
}

TEST_CASE("least connections levels the load for the weight, and the busiest for its weight gets nothing") {
  Lab lab({1, 2, 5});
  for (int i = 0; i < 8000; ++i) lab.all[*lab.pick_one(Algorithm::least_connections)].state->active.add(1);
  CHECK(std::abs(lab.all[0].state->active.value() - 1000) < 20);
  CHECK(std::abs(lab.all[1].state->active.value() - 2000) < 20);
  CHECK(std::abs(lab.all[2].state->active.value() - 5000) < 20);
  lab.all[2].state->active.add(1000);
  CHECK_FALSE(lab.count(Algorithm::least_connections, 2000).contains(2));
}

TEST_CASE("clients that are kept by hashing move only to the endpoint whose weight grows") {
  Lab before({2, 2, 3});
  Lab after({2, 2, 6});
  int moved = 0;
  for (std::uint64_t client = 0; client < 7000; ++client) {
    const auto first = before.pick_one(Algorithm::random, {}, mix(client));
    const auto later = after.pick_one(Algorithm::random, {}, mix(client));
    if (first == later) continue;
    ++moved;
    REQUIRE(later == 2U);
  }
  // From 3/7 to 6/10 of all.
  CHECK(std::abs(moved - 1200) < 180);
}

// ---- slow start ----

struct Growing : Lab {
  /// The last of the endpoints is new.
  explicit Growing(const std::vector<Weight>& weights) : Lab(weights) {
    slow_start = config::SlowStart{10s, 1, 0.1};
    all.back().state->begin_slow_start(now);
  }
};

TEST_CASE("a fresh endpoint among others begins with little and ends with its share") {
  for (const Algorithm algorithm : {Algorithm::random, Algorithm::round_robin}) {
    Growing lab({1, 1, 1, 1});
    check_shares(lab.count(algorithm, 20000), {1, 1, 1, 0.1});
    lab.now += 5s;
    check_shares(lab.count(algorithm, 20000), {1, 1, 1, 0.5});
    lab.now += 5s;
    check_shares(lab.count(algorithm, 20000), {1, 1, 1, 1});
  }
}

// It has no connections, and would get every second choice else: the herd that slow start is against.
TEST_CASE("least connections does not send a fresh endpoint all there is") {
  Growing lab({1, 1, 1, 1});
  for (std::uint32_t i = 0; i < 3; ++i) lab.all[i].state->active.add(1000);
  CHECK(lab.count(Algorithm::least_connections, 20000)[3] < 20000 * 0.12);
  lab.slow_start.reset();
  CHECK(lab.count(Algorithm::least_connections, 20000)[3] > 20000 * 0.45);
}

TEST_CASE("least connections takes a fresh endpoint for as busy as its share of now says") {
  Growing lab({1, 1});
  lab.all[0].state->active.add(100);
  lab.all[1].state->active.add(11);  // a tenth of a share
  CHECK_FALSE(lab.count(Algorithm::least_connections, 1000).contains(1));
  lab.now += 5s;
  CHECK_FALSE(lab.count(Algorithm::least_connections, 1000).contains(0));
}

TEST_CASE("a fresh endpoint's weight counts beside its age") {
  for (const Algorithm algorithm : {Algorithm::random, Algorithm::round_robin}) {
    Growing lab({1, 2, 4});
    lab.now += 5s;
    check_shares(lab.count(algorithm, 20000), {1, 2, 2});
  }
}

TEST_CASE("endpoints of one age share evenly, however young they are, and one alone gets everything") {
  for (const Algorithm algorithm : kByTurn) {
    Growing lab({1, 1, 1});
    for (const Endpoint& one : lab.all) one.state->begin_slow_start(lab.now);
    check_shares(lab.count(algorithm, 20000), {1, 1, 1});
    CHECK(Growing({1}).pick_one(algorithm) == 0U);
  }
}

TEST_CASE("a fresh endpoint is taken at once where it is the only one left") {
  for (const Algorithm algorithm : kByTurn) {
    Growing lab({1, 1});
    CHECK(lab.count(algorithm, 100, {0}) == Counts{{1, 100}});
    lab.eject(0);
    CHECK(lab.count(algorithm, 100) == Counts{{1, 100}});
  }
}

TEST_CASE("an endpoint that comes back from its ejection grows anew") {
  Growing lab({1, 1});
  lab.now += 60s;
  lab.eject(0);
  lab.now += 10s;
  check_shares(lab.count(Algorithm::random, 20000), {0.1, 1});
  lab.now += 10s;
  check_shares(lab.count(Algorithm::random, 20000), {1, 1});
}

// All nodes must agree on whom a client gets, and their clocks began at other times.
TEST_CASE("a choice by the client knows no slow start") {
  for (const bool maglev : {false, true}) {
    Growing lab({1, 1, 1, 1});
    Lab old({1, 1, 1, 1});
    if (maglev) lab.use_maglev(), old.use_maglev();
    for (std::uint64_t client = 0; client < 1000; ++client) {
      CHECK(lab.pick_one(Algorithm::maglev, {}, mix(client)) == old.pick_one(Algorithm::maglev, {}, mix(client)));
    }
  }
}

}  // namespace
}  // namespace naru::lb
