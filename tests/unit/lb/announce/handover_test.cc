#include "lb/announce/handover.h"

#include <catch2/catch.hpp>

namespace naru::lb::announce {
namespace {

using namespace std::chrono_literals;
using Owners = std::map<IpAddress, std::string>;

const IpAddress kFirst = IpAddress::v4(0xc0a801c8);
const IpAddress kSecond = IpAddress::v4(0xc0a801c9);
const TimePoint kStart{};

/// This node is "self"; "old" had the first address.
Handover with(Neighbour old) {
  Handover handover;
  handover.heard("old", Neighbour::up, kStart);
  handover.owned({{kFirst, "old"}, {kSecond, "other"}}, "self", kStart);
  handover.heard("old", old, kStart);
  return handover;
}

TEST_CASE("an address is handed over by a node that is still there") {
  struct Row {
    const char* why;
    Neighbour old;
    bool handed_over;
  };
  for (const Row& row : {Row{"it is dead: nobody serves its connections", Neighbour::gone, false},
                         Row{"it said that it goes", Neighbour::leaving, true},
                         Row{"it gives way to one that is back", Neighbour::up, true}}) {
    INFO(row.why);
    Handover handover = with(row.old);
    handover.owned({{kFirst, "self"}, {kSecond, "other"}}, "self", kStart);
    CHECK(handover.nodes() == (row.handed_over ? Owners{{kFirst, "old"}} : Owners{}));
    CHECK(handover.deadline().has_value() == row.handed_over);
  }
}

TEST_CASE("an address that nobody had, that this node had, or that a stranger had is not handed over") {
  Handover handover;
  handover.owned({{kFirst, "self"}}, "self", kStart);
  handover.owned({{kFirst, "self"}, {kSecond, "stranger"}}, "self", kStart);
  handover.owned({{kFirst, "self"}, {kSecond, "self"}}, "self", kStart);
  CHECK(handover.nodes().empty());
}

TEST_CASE("the handover ends with the node that it is from") {
  Handover handover = with(Neighbour::up);
  handover.owned({{kFirst, "self"}}, "self", kStart);
  handover.heard("old", Neighbour::gone, kStart + 1s);
  CHECK(handover.nodes().empty());
}

TEST_CASE("it ends when the address moves on, or is given up") {
  for (const Owners& next : {Owners{{kFirst, "old"}}, Owners{}}) {
    Handover handover = with(Neighbour::up);
    handover.owned({{kFirst, "self"}}, "self", kStart);
    handover.owned(next, "self", kStart + 1s);
    CHECK(handover.nodes().empty());
  }
}

TEST_CASE("it ends in time: soon for a node that goes, later for one that stays") {
  Handover handover = with(Neighbour::up);
  handover.owned({{kFirst, "self"}}, "self", kStart);
  CHECK(handover.deadline() == kStart + Handover::kStaying);
  handover.heard("old", Neighbour::leaving, kStart + 1s);
  CHECK(handover.deadline() == kStart + 1s + Handover::kLeaving);
  handover.elapse(kStart + Handover::kLeaving);
  CHECK(handover.nodes().size() == 1);
  handover.elapse(kStart + 1s + Handover::kLeaving);
  CHECK(handover.nodes().empty());
  CHECK_FALSE(handover.deadline().has_value());
}

TEST_CASE("what stays the same goes on") {
  Handover handover = with(Neighbour::up);
  handover.owned({{kFirst, "self"}}, "self", kStart);
  handover.owned({{kFirst, "self"}, {kSecond, "other"}}, "self", kStart + 1s);
  CHECK(handover.nodes() == Owners{{kFirst, "old"}});
  CHECK(handover.deadline() == kStart + Handover::kStaying);
}

}  // namespace
}  // namespace naru::lb::announce
