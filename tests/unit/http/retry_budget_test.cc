#include "http/retry_budget.h"

#include <catch2/catch.hpp>

using namespace naru;
using namespace naru::http;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint kStart{5000s};

void count_requests(RetryBudget& budget, int count, TimePoint now) {
  for (int i = 0; i < count; ++i) budget.count_request(now);
}

int take_all(RetryBudget& budget, TimePoint now, const RetryBudgetRules& rules) {
  int taken = 0;
  while (budget.take(now, rules)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("a Service without requests may have ten retries per second, over ten seconds") {
  RetryBudget budget;
  CHECK(budget.left(kStart, {}) == 100);
  CHECK(take_all(budget, kStart, {}) == 100);
  CHECK(budget.left(kStart, {}) == 0);
  CHECK_FALSE(budget.take(kStart + 9s, {}));
}

TEST_CASE("a fifth of the requests may be retried beside those") {
  RetryBudget budget;
  count_requests(budget, 1000, kStart);
  CHECK(budget.left(kStart, {}) == 300);
  CHECK(take_all(budget, kStart, {}) == 300);
}

TEST_CASE("shares at their bounds") {
  struct Row {
    const char* sentence;
    int requests;
    RetryBudgetRules rules;
    int left;
  };
  const Row row =
      GENERATE(Row{"nothing allowed, nothing left", 50, {0, 0}, 0}, Row{"four requests earn no fifth", 4, {20, 0}, 0},
               Row{"five requests earn one", 5, {20, 0}, 1}, Row{"every request may be retried once", 50, {100, 0}, 50},
               Row{"one per second is ten in the window", 0, {20, 1}, 10});
  INFO(row.sentence);
  RetryBudget budget;
  count_requests(budget, row.requests, kStart);
  CHECK(take_all(budget, kStart, row.rules) == row.left);
}

TEST_CASE("requests count for ten seconds") {
  const RetryBudgetRules rules{20, 0};
  RetryBudget budget;
  count_requests(budget, 100, kStart);
  CHECK(budget.left(kStart + 9999ms, rules) == 20);
  CHECK(budget.left(kStart + 10s, rules) == 0);
}

TEST_CASE("retries are forgotten after ten seconds, those of each second by themselves") {
  RetryBudget budget;
  CHECK(take_all(budget, kStart, {}) == 100);
  CHECK(take_all(budget, kStart + 10s, {}) == 100);
  RetryBudget spread;
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 10; ++i) CHECK(spread.take(kStart + std::chrono::seconds(second), {}));
  }
  CHECK_FALSE(spread.take(kStart + 9s, {}));
  CHECK(take_all(spread, kStart + 10s, {}) == 10);
}

TEST_CASE("a second's bucket starts anew when its turn comes again") {
  const RetryBudgetRules rules{20, 0};
  RetryBudget budget;
  count_requests(budget, 100, kStart);
  count_requests(budget, 10, kStart + 10s);
  CHECK(budget.left(kStart + 10s, rules) == 2);
}

TEST_CASE("a pause of an hour leaves nothing behind") {
  RetryBudget budget;
  count_requests(budget, 1000, kStart);
  CHECK(take_all(budget, kStart, {}) == 300);
  CHECK(budget.left(kStart + 1h, {}) == 100);
}

TEST_CASE("a worker whose clock reading is old does not set the count back") {
  const RetryBudgetRules rules{20, 0};
  RetryBudget budget;
  count_requests(budget, 100, kStart);
  budget.count_request(kStart - 10s);
  CHECK(budget.left(kStart, rules) == 20);
}

TEST_CASE("the clock may start at zero") {
  RetryBudget budget;
  CHECK(budget.left(TimePoint{}, {}) == 100);
  CHECK(take_all(budget, TimePoint{}, {}) == 100);
  CHECK(take_all(budget, TimePoint{10s}, {}) == 100);
}
