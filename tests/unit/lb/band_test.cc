#include "lb/band.h"

#include <catch2/catch.hpp>
#include <set>

namespace naru::lb {
namespace {

Band node_ports(std::uint64_t size) {
  return make_band(size, size, 32, 128);
}
Band cluster_ips(std::uint64_t size) {
  return make_band(size, size - 2, 16, 256);
}

TEST_CASE("the lower band of node ports is a 32nd of the range, 16 at least and 128 at most, none for 16 or fewer") {
  struct Row {
    std::uint64_t size;
    std::uint64_t offset;
  };
  constexpr Row kRows[] = {
      {1, 0},          {2, 0},          {15, 0},           {16, 0},       {17, 16},   {32, 16},
      {511, 16},       {512, 16},       {32 * 17 - 1, 16}, {32 * 17, 17}, {2768, 86}, {32 * 128 - 1, 127},
      {32 * 128, 128}, {32 * 129, 128}, {65535, 128},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.size);
    CHECK(node_ports(row.size).offset == row.offset);
    CHECK(node_ports(row.size).size == row.size);
  }
}

TEST_CASE("the lower band of cluster IPs is a 16th of the range, 16 at least and 256 at most, none for 16 or fewer") {
  struct Row {
    std::uint64_t size;
    std::uint64_t offset;
  };
  constexpr Row kRows[] = {
      {8, 0},          {16, 0},      {32, 16},      {256, 16}, {512, 32}, {1024, 64}, {16 * 256 - 16, 255},
      {16 * 256, 256}, {65536, 256}, {1 << 20, 256}};
  for (const Row& row : kRows) {
    CAPTURE(row.size);
    CHECK(cluster_ips(row.size).offset == row.offset);
  }
}

TEST_CASE("an offset never exceeds what may be given") {
  CHECK(make_band(17, 3, 16, 256).offset == 3);
  CHECK(make_band(17, 0, 16, 256).offset == 0);
}

TEST_CASE("a dynamic choice takes all of the upper band before any of the lower, then says full") {
  for (const std::uint64_t size : {1ULL, 2ULL, 16ULL, 17ULL, 18ULL, 33ULL, 600ULL}) {
    CAPTURE(size);
    const Band band = node_ports(size);
    std::set<std::uint64_t> taken;
    const auto free = [&](std::uint64_t position) { return !taken.contains(position); };
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto position = choose_position(band, i, free);
      REQUIRE(position);
      REQUIRE(*position < size);
      CHECK((*position >= band.offset) == (i < size - band.offset));
      CHECK(taken.insert(*position).second);
    }
    CHECK_FALSE(choose_position(band, 0, free));
  }
}

TEST_CASE("an empty range is full") {
  CHECK_FALSE(choose_position({0, 0}, 7, [](std::uint64_t) { return true; }));
}

TEST_CASE("a choice depends on the seed alone") {
  const Band band = node_ports(2768);
  const auto all_free = [](std::uint64_t) { return true; };
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto position = choose_position(band, seed, all_free);
    CHECK(position == choose_position(band, seed, all_free));
    seen.insert(position.value());
  }
  CHECK(seen.size() > 90);
}

TEST_CASE("the largest IPv6 range works without overflow") {
  const std::uint64_t most = ~std::uint64_t{0};
  const Band band = make_band(most, most - 1, 16, 256);
  CHECK(band.offset == 256);
  const auto position = choose_position(band, 1, [](std::uint64_t) { return true; });
  REQUIRE(position);
  CHECK(*position >= 256);
  CHECK(*position < band.size);
}

}  // namespace
}  // namespace naru::lb
