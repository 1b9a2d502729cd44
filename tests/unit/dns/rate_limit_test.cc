#include "dns/rate_limit.h"

#include <catch2/catch.hpp>
#include <map>
#include <thread>

namespace naru::dns {
namespace {

using namespace std::chrono_literals;

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

/// How many of `count` at once get which verdict.
std::map<RateVerdict, int> take(RateLimiter& limiter, const char* client, int count, TimePoint now) {
  std::map<RateVerdict, int> verdicts;
  for (int i = 0; i < count; ++i) ++verdicts[limiter.take(ip(client), now)];
  return verdicts;
}

TEST_CASE("a second's worth at once, and then as it comes in") {
  RateLimiter limiter({10, 1, {}}, 1);
  const TimePoint start{100s};
  CHECK(take(limiter, "192.0.2.1", 12, start) ==
        std::map<RateVerdict, int>{{RateVerdict::pass, 10}, {RateVerdict::slip, 2}});
  CHECK(take(limiter, "192.0.2.1", 1, start + 99ms)[RateVerdict::pass] == 0);
  CHECK(take(limiter, "192.0.2.1", 2, start + 100ms)[RateVerdict::pass] == 1);
  CHECK(take(limiter, "192.0.2.1", 20, start + 600ms)[RateVerdict::pass] == 5);
  CHECK(take(limiter, "192.0.2.1", 20, start + 1h)[RateVerdict::pass] == 10);
}

TEST_CASE("whose limit is whose") {
  struct Row {
    const char* first;
    const char* second;
    bool shared;
  };
  const Row rows[] = {
      {"192.0.2.0", "192.0.2.255", true},
      {"192.0.2.0", "192.0.3.0", false},
      {"2001:db8:0:1200::1", "2001:db8:0:12ff:ffff::1", true},
      {"2001:db8:0:1200::1", "2001:db8:0:1300::1", false},
  };
  for (const Row& row : rows) {
    RateLimiter limiter({5, 1, {}}, 7);
    const TimePoint now{1s};
    CHECK(take(limiter, row.first, 5, now)[RateVerdict::pass] == 5);
    CHECK(take(limiter, row.second, 5, now)[RateVerdict::pass] == (row.shared ? 0 : 5));
  }
}

TEST_CASE("what happens to those above the limit") {
  const TimePoint now{1s};
  const auto verdicts = [&](std::uint32_t slip) {
    RateLimiter limiter({1, slip, {}}, 1);
    auto all = take(limiter, "192.0.2.1", 7, now);
    return std::pair(all[RateVerdict::slip], all[RateVerdict::drop]);
  };
  CHECK(verdicts(0) == std::pair(0, 6));
  CHECK(verdicts(1) == std::pair(6, 0));
  CHECK(verdicts(2) == std::pair(3, 3));
  CHECK(verdicts(7) == std::pair(0, 6));
}

TEST_CASE("those that are trusted, and no limit at all") {
  const TimePoint now{1s};
  RateLimiter limiter({1, 0, {*Cidr::parse("10.0.0.0/8"), *Cidr::parse("fd00::/8")}}, 1);
  CHECK(take(limiter, "10.1.2.3", 100, now)[RateVerdict::pass] == 100);
  CHECK(take(limiter, "fd12::1", 100, now)[RateVerdict::pass] == 100);
  CHECK(take(limiter, "11.1.2.3", 100, now)[RateVerdict::pass] == 1);
  RateLimiter none({0, 0, {}}, 1);
  CHECK(take(none, "11.1.2.3", 100, now)[RateVerdict::pass] == 100);
}

TEST_CASE("the limit is of all workers together") {
  RateLimiter limiter({1000, 0, {}}, 1);
  std::atomic<int> passed{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        if (limiter.take(ip("192.0.2.1"), TimePoint{1s}) == RateVerdict::pass) ++passed;
      }
    });
  }
  for (auto& worker : workers) worker.join();
  CHECK(passed == 1000);
}

}  // namespace
}  // namespace naru::dns
