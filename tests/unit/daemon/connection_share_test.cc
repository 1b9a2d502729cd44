#include "daemon/connection_share.h"

#include <catch2/catch.hpp>

namespace naru::daemon {
namespace {

TEST_CASE("each worker has its share of the connections") {
  struct Row {
    const char* what;
    std::int64_t configured;
    std::size_t open_files;
    std::size_t workers;
    std::size_t expected;
  };
  const Row rows[] = {
      {"what is configured, whatever the open files", 1000, 512, 2, 500},
      {"rounded up, so that none is lost", 1001, 20'000, 2, 501},
      {"fewer than workers: one each", 1, 20'000, 4, 1},
      {"by default two descriptors each, and some left over", 0, 20'256, 2, 5000},
      {"one worker has all", 0, 20'256, 1, 10'000},
      {"hardly any descriptors: one all the same", 0, 200, 2, 1},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(connections_per_worker(row.configured, row.open_files, row.workers) == row.expected);
  }
}

}  // namespace
}  // namespace naru::daemon
