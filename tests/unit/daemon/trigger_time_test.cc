#include "daemon/trigger_time.h"

#include <catch2/catch.hpp>

namespace naru::daemon {
namespace {

TEST_CASE("timestamps are RFC 3339") {
  struct Row {
    const char* text;
    std::int64_t milliseconds;  // since 1970; -1: refused
  };
  const Row rows[] = {
      {"1970-01-01T00:00:01Z", 1000},
      {"1970-01-01T00:00:01.25Z", 1250},
      {"1970-01-01T00:00:01.123456789Z", 1123},
      {"1970-01-01T01:00:00+01:00", 0},
      {"1970-01-01T00:00:00-00:30", 1'800'000},
      {"2026-11-24T08:00:00Z", 1795507200000},
      {"", -1},
      {"1970-01-01", -1},
      {"1970-01-01T00:00:01", -1},
      {"1970-01-01T00:00:01+1", -1},
      {"yesterday", -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto time = parse_timestamp(row.text);
    REQUIRE(time.has_value() == (row.milliseconds >= 0));
    if (time) CHECK(time->time_since_epoch() / std::chrono::milliseconds(1) == row.milliseconds);
  }
}

}  // namespace
}  // namespace naru::daemon
