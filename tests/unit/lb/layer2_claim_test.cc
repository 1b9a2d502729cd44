#include "lb/layer2/claim.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/unit/lb/layer2_make.h"

namespace naru::lb::layer2 {
namespace {

using namespace std::chrono_literals;
using test::mac;

const TimePoint kWon{1h};

struct Done {
  Duration after;
  ClaimDuties duties;
  friend bool operator==(const Done&, const Done&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Done& done) {
    return out << done.after / 1ms << " ms: announce " << done.duties.announce << ", probe " << done.duties.probe
               << ", cleared " << done.duties.conflict_cleared;
  }
};

/// All that the claim does at the times it asks for, up to `until`.
std::vector<Done> play(Claim& claim, Duration until) {
  std::vector<Done> done;
  while (claim.due() <= kWon + until) {
    const TimePoint now = claim.due();
    done.push_back({now - kWon, claim.advance(now)});
  }
  return done;
}

/// An address whose announcements are all sent.
Claim settled() {
  Claim claim(kWon);
  play(claim, 10s);
  return claim;
}

TEST_CASE("an address won is announced at once and every 1.1 s for 5 s, and probed after the first time") {
  Claim claim(kWon);
  CHECK(claim.due() == kWon);
  CHECK_FALSE(claim.settled());
  CHECK(play(claim, 1h) == std::vector<Done>{{0ms, {true, false, false}},
                                             {1100ms, {true, true, false}},
                                             {2200ms, {true, true, false}},
                                             {3300ms, {true, true, false}},
                                             {4400ms, {true, false, false}}});
  CHECK(claim.settled());
  CHECK(claim.due() == TimePoint::max());
}

TEST_CASE("nothing is due before its time, and a late round is not made up for") {
  Claim claim(kWon);
  CHECK(claim.advance(kWon - 1ns) == ClaimDuties());
  CHECK(claim.advance(kWon).announce);
  CHECK(claim.advance(kWon + 1099ms) == ClaimDuties());
  CHECK(claim.advance(kWon + 3s).announce);
  CHECK(claim.due() == kWon + 4100ms);
  CHECK(claim.advance(kWon + 1h).announce);
  CHECK(claim.settled());
}

TEST_CASE("the previous owner's last words are answered, not reported") {
  Claim claim(kWon);
  (void)claim.advance(kWon);
  CHECK(claim.contradicted(mac(9), kWon + 5ms) == ClaimReaction{true, false});
  CHECK(claim.contradicted(mac(9), kWon + 999ms) == ClaimReaction{false, false});
  CHECK(claim.conflict() == Conflict{mac(9), 2, false});
  for (const Done& done : play(claim, 40s)) CHECK_FALSE(done.duties.conflict_cleared);
  CHECK_FALSE(claim.conflict());
}

TEST_CASE("who still claims the address after a second is reported, once") {
  Claim claim(kWon);
  (void)claim.advance(kWon);
  (void)claim.contradicted(mac(9), kWon + 5ms);
  CHECK(claim.contradicted(mac(9), kWon + 1s) == ClaimReaction{false, true});
  CHECK(claim.contradicted(mac(9), kWon + 1001ms) == ClaimReaction{false, false});
  CHECK(claim.conflict() == Conflict{mac(9), 3, true});
}

TEST_CASE("an address is defended once in ten seconds, however often it is claimed") {
  Claim claim = settled();
  int defences = 0;
  int reports = 0;
  for (Duration after = 20s; after < 50s; after += 1ms) {
    const auto reaction = claim.contradicted(mac(9), kWon + after);
    defences += reaction.defend;
    reports += reaction.report;
  }
  CHECK(defences == 3);
  CHECK(reports == 1);
  CHECK(claim.conflict()->answers == 30000);
}

TEST_CASE("owners that take turns are reported once in ten seconds") {
  Claim claim = settled();
  int reports = 0;
  for (Duration after = 20s; after < 40s; after += 10ms) {
    reports += claim.contradicted(mac(after / 10ms % 2 == 0 ? 8 : 9), kWon + after).report;
  }
  CHECK(reports == 2);
}

TEST_CASE("a conflict is asked after, and ends when nobody has claimed the address for long") {
  Claim claim = settled();
  CHECK(claim.contradicted(mac(9), kWon + 20s).report);
  CHECK(play(claim, 1h) ==
        std::vector<Done>{{30s, {false, true, false}}, {40s, {false, true, false}}, {50s, {false, false, true}}});
  CHECK_FALSE(claim.conflict());
  CHECK(claim.due() == TimePoint::max());
  CHECK(claim.contradicted(mac(9), kWon + 60s).report);
}

TEST_CASE("a conflict whose owner answers goes on") {
  Claim claim = settled();
  CHECK(claim.contradicted(mac(9), kWon + 20s).report);
  for (int i = 1; i <= 10; ++i) {
    CHECK(claim.due() == kWon + 20s + i * 10s);
    CHECK(claim.advance(claim.due()) == ClaimDuties{false, true, false});
    CHECK_FALSE(claim.contradicted(mac(9), kWon + 20s + i * 10s + 1ms).report);
  }
  CHECK(claim.conflict()->answers == 11);
}

}  // namespace
}  // namespace naru::lb::layer2
