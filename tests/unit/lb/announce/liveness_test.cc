#include "lb/announce/liveness.h"

#include <catch2/catch.hpp>

namespace naru::lb::announce {
namespace {

using namespace std::chrono_literals;
using Names = std::set<std::string>;

constexpr TimePoint kStart{std::chrono::hours(1)};

/// Hold 1500 ms, settle 5 s.
struct Lab {
  Liveness liveness{{}, kStart};
  Lab(const Names& others) { liveness.expect(others, kStart); }
  Phase after(Duration time) {
    liveness.elapse(kStart + time);
    return liveness.phase();
  }
  Phase up(const std::string& node, Duration time, bool newcomer = false) {
    liveness.heard(node, true, newcomer, kStart + time);
    return liveness.phase();
  }
  Phase down(const std::string& node, Duration time) {
    liveness.heard(node, false, false, kStart + time);
    return liveness.phase();
  }
};

TEST_CASE("without other nodes, this one announces at once") {
  Lab lab({});
  CHECK(lab.liveness.phase() == Phase::live);
  CHECK(lab.liveness.candidate());
  CHECK_FALSE(lab.liveness.newcomer());
  CHECK_FALSE(lab.liveness.deadline());
}

TEST_CASE("after the start others are given time to be heard") {
  Lab lab({"b", "c"});
  CHECK(lab.liveness.phase() == Phase::starting);
  CHECK_FALSE(lab.liveness.candidate());
  CHECK(lab.liveness.newcomer());
  CHECK(lab.liveness.deadline() == kStart + 1500ms);
  CHECK(lab.after(1499ms) == Phase::starting);
  CHECK(lab.after(1500ms) == Phase::isolated);
  CHECK(lab.liveness.candidate());
}

TEST_CASE("nodes that start together do not wait for each other longer than it takes to hear them all") {
  Lab lab({"b", "c"});
  CHECK(lab.up("b", 10ms, true) == Phase::starting);
  CHECK(lab.up("c", 20ms, true) == Phase::live);
  CHECK(lab.liveness.established() == Names{});
  lab.up("b", 30ms);
  lab.up("c", 30ms);
  CHECK(lab.liveness.established() == Names{"b", "c"});
}

TEST_CASE("one that started with this node is waited for by nobody, though it was a candidate a moment earlier") {
  Lab lab({"b", "c"});
  lab.up("b", 10ms, true);
  lab.up("b", 11ms);  // it has heard "c" already
  CHECK(lab.up("c", 12ms, true) == Phase::live);
  Lab among_old({"b", "c"});
  among_old.up("b", 10ms, true);
  CHECK(among_old.up("c", 12ms) == Phase::settling);
}

TEST_CASE("newcomers are known by name") {
  Lab lab({"b", "c", "d"});
  lab.up("b", 10ms, true);
  lab.up("c", 10ms);
  CHECK(lab.liveness.newcomers() == Names{"b"});
}

TEST_CASE("one that comes back leaves addresses where they are until it has settled") {
  Lab lab({"b", "c"});
  CHECK(lab.up("b", 10ms) == Phase::starting);
  CHECK(lab.up("c", 20ms) == Phase::settling);
  CHECK(lab.liveness.newcomer());
  CHECK_FALSE(lab.liveness.candidate());
  CHECK(lab.liveness.established() == Names{"b", "c"});
  CHECK(lab.liveness.deadline() == kStart + 5020ms);
  CHECK(lab.after(5019ms) == Phase::settling);
  CHECK(lab.after(5020ms) == Phase::claiming);
  CHECK_FALSE(lab.liveness.newcomer());
  CHECK_FALSE(lab.liveness.candidate());
  CHECK(lab.liveness.deadline() == kStart + 5040ms);
  CHECK(lab.after(5039ms) == Phase::claiming);
  CHECK(lab.after(5040ms) == Phase::live);
  CHECK(lab.liveness.candidate());
}

TEST_CASE("one that settles takes over at once when the last established node goes") {
  Lab lab({"b", "c"});
  lab.up("b", 10ms);
  lab.up("c", 20ms, true);
  CHECK(lab.liveness.phase() == Phase::settling);
  CHECK(lab.down("b", 900ms) == Phase::live);
}

TEST_CASE("so does one that was about to") {
  Lab lab({"b", "c"});
  lab.up("b", 10ms);
  lab.up("c", 20ms, true);
  CHECK(lab.after(5020ms) == Phase::claiming);
  CHECK(lab.down("b", 5021ms) == Phase::live);
}

TEST_CASE("a node that is not heard after the hold is reckoned without, and nobody waits for it") {
  Lab lab({"b", "c"});
  lab.up("b", 10ms, true);
  CHECK(lab.after(1500ms) == Phase::live);
  CHECK(lab.up("c", 2s, true) == Phase::live);
  CHECK(lab.liveness.established() == Names{});
  CHECK(lab.up("c", 7s) == Phase::live);
  CHECK(lab.liveness.established() == Names{"c"});
}

TEST_CASE("a node that goes is no candidate from then on") {
  Lab lab({"b", "c"});
  lab.up("b", 10ms, true);
  lab.up("c", 20ms, true);
  lab.up("b", 30ms);
  lab.up("c", 30ms);
  CHECK(lab.down("b", 1s) == Phase::live);
  CHECK(lab.liveness.established() == Names{"c"});
  CHECK_FALSE(lab.liveness.is_up("b"));
}

TEST_CASE("one cut off announces what it can, and gives way when it is back among others") {
  Lab lab({"b", "c"});
  lab.up("b", 10ms, true);
  lab.up("c", 20ms, true);
  lab.down("b", 10s);
  CHECK(lab.down("c", 10s) == Phase::isolated);
  CHECK(lab.liveness.candidate());
  CHECK(lab.liveness.newcomer());
  CHECK(lab.up("b", 20s) == Phase::settling);
  CHECK(lab.up("c", 20s) == Phase::settling);
  CHECK(lab.after(25s) == Phase::claiming);
  CHECK(lab.after(25020ms) == Phase::live);
}

TEST_CASE("two halves of one node each meet again as equals, and settle nothing") {
  Lab lab({"b"});
  lab.up("b", 10ms, true);
  CHECK(lab.down("b", 10s) == Phase::isolated);
  CHECK(lab.up("b", 20s, true) == Phase::live);
}

TEST_CASE(
    "what is heard of a node that is not expected counts for nothing; one that is expected no more is forgotten") {
  Lab lab({"b"});
  lab.up("x", 10ms);
  CHECK(lab.liveness.established() == Names{});
  CHECK(lab.up("b", 10ms) == Phase::settling);
  lab.liveness.expect({}, kStart + 20ms);
  CHECK(lab.liveness.phase() == Phase::live);
  lab.liveness.expect({"b"}, kStart + 30ms);
  CHECK(lab.liveness.phase() == Phase::isolated);
}

}  // namespace
}  // namespace naru::lb::announce
