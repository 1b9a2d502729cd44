#include "lb/bfd/timing.h"

#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

TEST_CASE("a session that is not Up asks for no more than a packet a second") {
  CHECK(advertised_min_tx(State::up, milliseconds(100)) == milliseconds(100));
  for (const State state : {State::admin_down, State::down, State::init}) {
    CHECK(advertised_min_tx(state, milliseconds(100)) == seconds(1));
    CHECK(advertised_min_tx(state, milliseconds(1000)) == seconds(1));
    CHECK(advertised_min_tx(state, milliseconds(1001)) == milliseconds(1001));
  }
}

TEST_CASE("the slower of both decides how often is sent") {
  CHECK(transmit_interval(milliseconds(100), milliseconds(300)) == milliseconds(300));
  CHECK(transmit_interval(milliseconds(300), milliseconds(100)) == milliseconds(300));
}

TEST_CASE("jitter takes up to a quarter away, and with a multiplier of one at least a tenth") {
  struct Row {
    const char* says;
    std::uint8_t multiplier;
    std::uint32_t random;
    std::int64_t microseconds;
  };
  const Row rows[] = {
      {"the least", 3, 0, 75000},
      {"half of it", 3, 0x80000000, 87500},
      {"the most is just below the interval", 3, 0xffffffff, 99999},
      {"the least with one", 1, 0, 75000},
      {"the most with one leaves a tenth", 1, 0xffffffff, 89999},
      {"two are as many", 2, 0xffffffff, 99999},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    const Duration got = jittered(milliseconds(100), row.multiplier, row.random);
    CHECK(std::chrono::duration_cast<std::chrono::microseconds>(got).count() == row.microseconds);
  }
}

TEST_CASE("the longest intervals that can be written do not overflow") {
  const Micros most(0xffffffff);
  CHECK(jittered(most, 3, 0xffffffff) <= most);
  CHECK(jittered(most, 3, 0) >= most * 3ULL / 4 - std::chrono::microseconds(1));
  CHECK(detection_time(255, most, Micros(1)) == std::chrono::microseconds(255LL * 0xffffffff));
}

TEST_CASE("silence is judged by the peer's multiplier and the slower of what it sends with and we take") {
  CHECK(detection_time(3, milliseconds(100), milliseconds(100)) == milliseconds(300));
  CHECK(detection_time(5, milliseconds(100), milliseconds(1000)) == seconds(5));
  CHECK(detection_time(5, milliseconds(300), milliseconds(50)) == milliseconds(1500));
}

}  // namespace
}  // namespace naru::lb::bfd
