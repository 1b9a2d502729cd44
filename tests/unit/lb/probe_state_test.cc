#include "lb/probe_state.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace naru::lb {
namespace {

using namespace std::chrono_literals;
using Change = ProbeState::Change;

struct Row {
  const char* sentence;
  ProbeThresholds thresholds;
  std::string results;  // one letter each: g good, b bad
  std::string changes;  // one each: "." none, F failed, R recovered
};

TEST_CASE("an endpoint is healthy until so many probes in a row say otherwise, and back") {
  const Row row = GENERATE(Row{"no probe", {1, 3}, "", ""},                                              //
                           Row{"a good one changes nothing", {1, 3}, "g", "."},                          //
                           Row{"one before the threshold", {1, 3}, "bb", ".."},                          //
                           Row{"at the threshold", {1, 3}, "bbb", "..F"},                                //
                           Row{"past it nothing new is said", {1, 3}, "bbbbbb", "..F..."},               //
                           Row{"a good one between starts the count anew", {1, 3}, "bbgbbb", ".....F"},  //
                           Row{"one is enough", {1, 1}, "b", "F"},                                       //
                           Row{"one good one brings it back", {1, 3}, "bbbg", "..FR"},                   //
                           Row{"or two, if asked for", {2, 1}, "bgg", "F.R"},                            //
                           Row{"a bad one between starts that anew", {2, 1}, "bgbgg", "F...R"},          //
                           Row{"after that it takes as many failures again", {1, 2}, "bbgbb", ".FR.F"});
  INFO(row.sentence);
  ProbeState state;
  std::string changes;
  for (const char result : row.results) {
    const Change change = state.observe(result == 'g' ? ProbeResult::success : ProbeResult::timed_out, row.thresholds);
    changes += change == Change::none ? '.' : change == Change::failed ? 'F' : 'R';
  }
  CHECK(changes == row.changes);
}

TEST_CASE("every result but success speaks against an endpoint, and has a name of its own") {
  std::set<std::string_view> names{to_string(ProbeResult::success)};
  for (const auto result : {ProbeResult::not_connected, ProbeResult::timed_out, ProbeResult::bad_response,
                            ProbeResult::bad_status, ProbeResult::not_serving}) {
    ProbeState state;
    CHECK(state.observe(result, {1, 1}) == Change::failed);
    CHECK_FALSE(state.healthy());
    names.insert(to_string(result));
  }
  CHECK(names.size() == 6);
  CHECK(names.count("?") == 0);
}

TEST_CASE("thresholds that change count from the next probe on") {
  ProbeState state;
  CHECK(state.observe(ProbeResult::timed_out, {1, 5}) == Change::none);
  CHECK(state.observe(ProbeResult::timed_out, {1, 5}) == Change::none);
  CHECK(state.observe(ProbeResult::timed_out, {1, 2}) == Change::failed);
}

TEST_CASE("first probes are spread over the interval, later ones are a tenth early or late at most") {
  Random random(7);
  Duration earliest = 10s;
  Duration latest = 0s;
  for (int i = 0; i < 1000; ++i) {
    const Duration first = first_probe_after(10s, random);
    CHECK(first >= 0s);
    CHECK(first < 10s);
    earliest = std::min(earliest, first);
    latest = std::max(latest, first);
    const Duration next = next_probe_after(10s, random);
    CHECK(next >= 9s);
    CHECK(next <= 11s);
  }
  CHECK(earliest < 1s);
  CHECK(latest > 9s);
}

}  // namespace
}  // namespace naru::lb
