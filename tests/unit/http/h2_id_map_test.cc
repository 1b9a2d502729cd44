#include "http/h2_id_map.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/random.h"

using namespace naru;
using namespace naru::http;

namespace {

struct Item {
  std::uint32_t id{};
};

}  // namespace

TEST_CASE("an empty map has nothing") {
  const H2IdMap<Item> map;
  CHECK(map.find(1) == nullptr);
  CHECK(map.empty());
  CHECK(map.ids().empty());
}

TEST_CASE("a map of streams finds what a map of the standard library finds") {
  Random random(7);
  H2IdMap<Item> map;
  std::map<std::uint32_t, Item> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint32_t id = 1 + 2 * random.below(300);
    if (const auto found = model.find(id); found != model.end()) {
      REQUIRE(map.find(id) == &found->second);
      map.erase(found->second);
      model.erase(found);
    } else {
      REQUIRE(map.find(id) == nullptr);
      map.insert(model.emplace(id, Item{id}).first->second);
    }
    REQUIRE(map.size() == model.size());
  }
  auto ids = map.ids();
  std::sort(ids.begin(), ids.end());
  REQUIRE(
      std::equal(ids.begin(), ids.end(), model.begin(), [](auto id, const auto& entry) { return id == entry.first; }));
}

TEST_CASE("streams that follow each other, as they do, are all found while the first ones go") {
  H2IdMap<Item> map;
  std::vector<Item> items;
  for (std::uint32_t i = 0; i < 1000; ++i) items.push_back({2 * i + 1});
  for (std::size_t i = 0; i < items.size(); ++i) {
    map.insert(items[i]);
    if (i >= 100) map.erase(items[i - 100]);
    REQUIRE(map.find(items[i].id) == &items[i]);
    REQUIRE(map.size() == std::min<std::size_t>(i + 1, 100));
  }
}
