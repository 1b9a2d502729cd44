#include "lb/pick.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using namespace std::chrono_literals;
using config::Algorithm;

constexpr Algorithm kAll[] = {Algorithm::random, Algorithm::round_robin, Algorithm::least_connections};

/// A Service port with `count` ready endpoints, picked from with a fixed seed.
struct Lab {
  explicit Lab(std::uint32_t count) : all(endpoints(count)) {
    for (std::uint32_t i = 0; i < count; ++i) usable.indices.push_back(i);
    if (count > 0) usable.tier = Tier::ready;
  }

  std::optional<std::uint32_t> pick_one(Algorithm algorithm, std::vector<std::uint32_t> tried = {},
                                        std::optional<std::uint64_t> client = {}) {
    return pick(all, usable, {algorithm, now, random, round_robin, tried, client});
  }
  std::map<std::uint32_t, int> count(Algorithm algorithm, int picks, const std::vector<std::uint32_t>& tried = {}) {
    std::map<std::uint32_t, int> counts;
    for (int i = 0; i < picks; ++i) ++counts[pick_one(algorithm, tried).value()];
    return counts;
  }
  void eject(std::uint32_t index) { all[index].state->eject(now, 10s, 60s); }

  std::vector<Endpoint> all;
  Usable usable;
  TimePoint now{1000s};
  Random random{42};
  std::atomic<std::uint64_t> round_robin{0};
};

TEST_CASE("nothing to pick from") {
  for (const Algorithm algorithm : kAll) {
    CHECK_FALSE(Lab(0).pick_one(algorithm));
    CHECK_FALSE(Lab(0).pick_one(algorithm, {}, 7));
    CHECK_FALSE(Lab(1).pick_one(algorithm, {0}));
    CHECK_FALSE(Lab(1).pick_one(algorithm, {0}, 7));
    CHECK(Lab(1).pick_one(algorithm) == 0U);
  }
}

TEST_CASE("only usable endpoints are picked") {
  for (const Algorithm algorithm : kAll) {
    Lab lab(5);
    lab.usable.indices = {1, 3};
    const auto counts = lab.count(algorithm, 200);
    CHECK(counts.size() == 2);
    CHECK(counts.contains(1));
    CHECK(counts.contains(3));
  }
}

TEST_CASE("an endpoint that was tried is never picked again, until none is left") {
  for (const Algorithm algorithm : kAll) {
    for (const bool affine : {false, true}) {
      for (const bool all_ejected : {false, true}) {
        Lab lab(6);
        for (std::uint32_t i = 0; all_ejected && i < 6; ++i) lab.eject(i);
        std::vector<std::uint32_t> tried;
        for (int i = 0; i < 6; ++i) {
          const auto picked = lab.pick_one(algorithm, tried, affine ? std::optional(7UL) : std::nullopt);
          REQUIRE(picked);
          REQUIRE(std::ranges::count(tried, *picked) == 0);
          tried.push_back(*picked);
        }
        CHECK_FALSE(lab.pick_one(algorithm, tried, affine ? std::optional(7UL) : std::nullopt));
      }
    }
  }
}

TEST_CASE("an ejected endpoint is picked only where no other is left, and again once its time is over") {
  for (const Algorithm algorithm : kAll) {
    Lab lab(3);
    lab.eject(1);
    CHECK_FALSE(lab.count(algorithm, 300).contains(1));
    CHECK(lab.pick_one(algorithm, {0, 2}) == 1U);
    lab.now += 10s;
    CHECK(lab.count(algorithm, 300).contains(1));
  }
}

TEST_CASE("each algorithm spreads evenly over equal endpoints") {
  for (const Algorithm algorithm : kAll) {
    Lab lab(4);
    const auto counts = lab.count(algorithm, 40000);
    CHECK(counts.size() == 4);
    for (const auto& [index, count] : counts) {
      CAPTURE(index);
      // Binomial: 10000 with a deviation of 87; five of them.
      CHECK(std::abs(count - 10000) < (algorithm == Algorithm::round_robin ? 1 : 435));
    }
  }
}

// The neighbour of an endpoint that is out must not carry that one's share beside its own.
TEST_CASE("the share of an ejected endpoint is spread over all others") {
  for (const Algorithm algorithm : kAll) {
    Lab lab(5);
    lab.eject(2);
    for (const auto& [index, count] : lab.count(algorithm, 40000)) {
      CAPTURE(index);
      CHECK(std::abs(count - 10000) < (algorithm == Algorithm::round_robin ? 2 : 435));
    }
  }
}

// Looking for a healthy endpoint in vain must not use up turns: with an even number, half would never be reached.
TEST_CASE("when all are ejected, all are used") {
  for (const Algorithm algorithm : kAll) {
    for (const std::uint32_t size : {2U, 3U, 4U}) {
      Lab lab(size);
      for (std::uint32_t i = 0; i < size; ++i) lab.eject(i);
      const auto counts = lab.count(algorithm, 12000);
      CHECK(counts.size() == size);
      for (const auto& [index, count] : counts) CHECK(std::abs(count - 12000 / static_cast<int>(size)) < 400);
    }
  }
}

TEST_CASE("round robin takes turns, and workers that share the counter share the turns") {
  Lab lab(3);
  Random other(7);
  std::vector<std::uint32_t> order;
  for (int i = 0; i < 6; ++i) {
    Random& random = i % 2 == 0 ? lab.random : other;
    order.push_back(
        pick(lab.all, lab.usable, {Algorithm::round_robin, lab.now, random, lab.round_robin, {}, {}}).value());
  }
  CHECK(order == std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2});
}

TEST_CASE("least connections: of two endpoints, always the one with fewer") {
  Lab lab(2);
  lab.all[0].state->active.add(1);
  CHECK(lab.count(Algorithm::least_connections, 500) == std::map<std::uint32_t, int>{{1, 500}});
}

// With the same sample twice, one hung endpoint of n would still get one connection in n squared.
TEST_CASE("least connections: the two samples are distinct, so the busiest endpoint gets nothing") {
  Lab lab(5);
  lab.all[3].state->active.add(1000);
  CHECK_FALSE(lab.count(Algorithm::least_connections, 20000).contains(3));
  lab.eject(1);
  lab.eject(4);
  CHECK_FALSE(lab.count(Algorithm::least_connections, 20000).contains(3));
  CHECK(lab.count(Algorithm::least_connections, 10, {0, 2}).contains(3));
}

TEST_CASE("least connections levels the load") {
  Lab lab(8);
  for (int i = 0; i < 8000; ++i) lab.all[*lab.pick_one(Algorithm::least_connections)].state->active.add(1);
  for (const Endpoint& one : lab.all) CHECK(std::abs(one.state->active.value() - 1000) < 10);
}

TEST_CASE("with a client, the choice is the client's: the same on every worker and whatever the algorithm") {
  Lab one(7);
  Lab two(7);
  two.random = Random(99);
  std::set<std::uint32_t> seen;
  for (std::uint64_t client = 0; client < 200; ++client) {
    const auto picked = one.pick_one(Algorithm::random, {}, client);
    REQUIRE(picked);
    seen.insert(*picked);
    for (const Algorithm algorithm : kAll) CHECK(two.pick_one(algorithm, {}, client) == picked);
  }
  CHECK(seen.size() == 7);
}

TEST_CASE("clients spread evenly") {
  Lab lab(5);
  std::map<std::uint32_t, int> counts;
  for (std::uint64_t client = 0; client < 50000; ++client) ++counts[*lab.pick_one(Algorithm::random, {}, client)];
  for (const auto& [index, count] : counts) CHECK(std::abs(count - 10000) < 450);
}

TEST_CASE("when an endpoint goes, only its clients move; when it comes back, they return") {
  Lab before(6);
  Lab gone(6);
  gone.all.erase(gone.all.begin() + 2);
  gone.usable.indices.pop_back();
  Lab ejected(6);
  ejected.eject(2);
  int moved = 0;
  for (std::uint64_t client = 0; client < 3000; ++client) {
    const auto& first = before.all[*before.pick_one(Algorithm::random, {}, client)].address;
    const auto& later = gone.all[*gone.pick_one(Algorithm::random, {}, client)].address;
    CHECK(ejected.all[*ejected.pick_one(Algorithm::random, {}, client)].address == later);
    if (first == before.all[2].address) {
      ++moved;
    } else {
      REQUIRE(first == later);
    }
  }
  CHECK(std::abs(moved - 500) < 105);
  ejected.now += 10s;
  for (std::uint64_t client = 0; client < 300; ++client) {
    CHECK(ejected.pick_one(Algorithm::random, {}, client) == before.pick_one(Algorithm::random, {}, client));
  }
}

TEST_CASE("an endpoint whose probe fails is picked only when no other is left") {
  for (const Algorithm algorithm : kAll) {
    Lab lab(3);
    lab.all[0].state->set_probe_failed(true);
    lab.eject(1);
    CHECK(lab.count(algorithm, 100) == std::map<std::uint32_t, int>{{2, 100}});
    CHECK(lab.count(algorithm, 100, {2}).size() == 2);
    CHECK(lab.pick_one(algorithm, {1, 2}) == 0U);
  }
}

}  // namespace
}  // namespace naru::lb
