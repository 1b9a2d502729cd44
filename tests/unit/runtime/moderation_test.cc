#include "runtime/moderation.h"

#include <catch2/catch.hpp>

namespace naru::runtime {
namespace {

TEST_CASE("a loop pauses only where many wait and answers come densely") {
  struct Row {
    const char* what;
    int awaited;
    int steps;
    bool pauses;
  };
  const Row rows[] = {
      {"nothing is under way", 0, 0, false},
      {"one client, one request after another", 1, 2, false},
      {"a few clients would wait for each other", kModeratedAwaited - 1, 100, false},
      {"many clients at once", kModeratedAwaited, kModeratedSteps, true},
      {"many wait for long, and one is quick: it is not to be slowed", 1000, kModeratedSteps - 1, false},
      {"all have been answered in one turn", 0, 64, false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK((moderation_pause(row.awaited, row.steps) > Duration::zero()) == row.pauses);
  }
}

}  // namespace
}  // namespace naru::runtime
