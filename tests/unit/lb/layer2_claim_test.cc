#include "lb/layer2/claim.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/unit/lb/layer2_make.h"

namespace naru::lb::layer2 {
namespace {

using namespace std::chrono_literals;
using test::mac;

const TimePoint kWon{1h};
const ClaimDuties kAnnounce{true, false, false, false};
const ClaimDuties kBoth{true, true, false, false};
const ClaimDuties kProbe{false, true, false, false};
const ClaimDuties kReport{false, false, true, false};
const ClaimDuties kCleared{false, false, false, true};

struct Done {
  Duration after;
  ClaimDuties duties;
  friend bool operator==(const Done&, const Done&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Done& done) {
    return out << done.after / 1ms << " ms: announce " << done.duties.announce << ", probe " << done.duties.probe
               << ", report " << done.duties.report << ", cleared " << done.duties.conflict_cleared;
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
  CHECK(play(claim, 1h) ==
        std::vector<Done>{{0ms, kAnnounce}, {1100ms, kBoth}, {2200ms, kBoth}, {3300ms, kBoth}, {4400ms, kAnnounce}});
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
  CHECK(claim.contradicted(mac(9), kWon + 5ms));
  CHECK_FALSE(claim.contradicted(mac(9), kWon + 999ms));
  CHECK(claim.conflict() == Conflict{mac(9), 2, false});
  for (const Done& done : play(claim, 40s)) CHECK_FALSE((done.duties.report || done.duties.conflict_cleared));
  CHECK_FALSE(claim.conflict());
}

TEST_CASE("who still claims the address a second after we won it is reported if we go on owning it") {
  Claim claim(kWon);
  (void)claim.advance(kWon);
  (void)claim.contradicted(mac(9), kWon + 5ms);
  (void)claim.contradicted(mac(9), kWon + 1s);
  (void)claim.contradicted(mac(9), kWon + 1500ms);
  CHECK_FALSE(claim.conflict()->reported);
  CHECK(play(claim, 2s) == std::vector<Done>{{1100ms, kBoth}, {2s, kReport}});
  CHECK(claim.conflict() == Conflict{mac(9), 3, true});
}

TEST_CASE("the new owner's first words reach the old one, which gives the address up before it reports them") {
  Claim old = settled();
  CHECK(old.contradicted(mac(9), kWon + 20s));
  CHECK(old.due() == kWon + 21s);
}

TEST_CASE("one claim is enough to be reported") {
  Claim claim = settled();
  (void)claim.contradicted(mac(9), kWon + 20s);
  CHECK(play(claim, 21s) == std::vector<Done>{{21s, kReport}});
}

/// How often the claim defends and reports while a claim of one of `owners` arrives every `interval` for 30 seconds.
std::pair<int, int> under_siege(Duration interval, int owners) {
  Claim claim = settled();
  int defences = 0;
  int reports = 0;
  int number = 0;
  for (Duration after = 20s; after < 50s; after += interval) {
    defences += claim.contradicted(mac(static_cast<std::uint8_t>(1 + number++ % owners)), kWon + after);
    reports += claim.advance(kWon + after).report;
  }
  return {defences, reports};
}

TEST_CASE("an address is defended once in ten seconds and reported once, however often it is claimed") {
  CHECK(under_siege(1ms, 1) == std::pair{3, 1});
  CHECK(under_siege(20s, 1) == std::pair{2, 1});
}

TEST_CASE("owners that take turns are reported once in ten seconds") {
  CHECK(under_siege(10ms, 2) == std::pair{3, 3});
  CHECK(under_siege(10ms, 200) == std::pair{3, 3});
}

TEST_CASE("a conflict is asked after, and ends when nobody has claimed the address for long") {
  Claim claim = settled();
  (void)claim.contradicted(mac(9), kWon + 20s);
  CHECK(play(claim, 1h) == std::vector<Done>{{21s, kReport}, {30s, kProbe}, {40s, kProbe}, {50s, kCleared}});
  CHECK_FALSE(claim.conflict());
  CHECK(claim.due() == TimePoint::max());
  (void)claim.contradicted(mac(9), kWon + 60s);
  CHECK(play(claim, 61s) == std::vector<Done>{{61s, kReport}});
}

TEST_CASE("a conflict whose owner answers goes on") {
  Claim claim = settled();
  (void)claim.contradicted(mac(9), kWon + 20s);
  CHECK(play(claim, 21s).size() == 1);
  for (int i = 1; i <= 10; ++i) {
    CHECK(claim.due() == kWon + 20s + i * 10s);
    CHECK(claim.advance(claim.due()) == kProbe);
    (void)claim.contradicted(mac(9), kWon + 20s + i * 10s);
  }
  CHECK(claim.conflict() == Conflict{mac(9), 11, true});
}

}  // namespace
}  // namespace naru::lb::layer2
