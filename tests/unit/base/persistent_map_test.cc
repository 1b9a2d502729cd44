#include "base/persistent_map.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <string_view>

#include "base/random.h"

namespace naru {
namespace {

struct TextHash {
  std::size_t operator()(std::string_view text) const { return hash_bytes(text); }
};
// Every key collides in the low bits, most in all: what a hash of bad luck does.
struct BadHash {
  std::size_t operator()(int key) const { return static_cast<std::size_t>(key % 3) << 40; }
};

template <class Map>
auto contents(const Map& map) {
  std::map<int, int> all;
  map.for_each([&](int key, int value) { all[key] = value; });
  return all;
}

template <class Map>
auto differences(const Map& before, const Map& after) {
  std::map<int, std::pair<int, int>> all;  // key -> (before, after), -1 for absent
  diff(before, after, [&](int key, const int* was, const int* is) { all[key] = {was ? *was : -1, is ? *is : -1}; });
  return all;
}

// Random edits against std::map, with snapshots taken on the way: no snapshot may ever change afterwards, and the
// difference between neighbours must be just what was edited. Run with a good and with a colliding hash.
template <class Hash>
void agrees_with_std_map(int key_range) {
  PersistentMap<int, int, Hash> map;
  std::map<int, int> model;
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    const auto snapshot = map;
    const auto snapshot_model = model;
    for (int i = 0; i < 20; ++i) {
      const int key = static_cast<int>(random.below(static_cast<std::uint32_t>(key_range)));
      if (random.below(3) == 0) {
        REQUIRE(map.erase(key) == (model.erase(key) == 1));
      } else {
        const int value = static_cast<int>(random.below(1000));
        map.set(key, value);
        model[key] = value;
      }
    }
    REQUIRE(contents(map) == model);
    REQUIRE(map.size() == model.size());
    REQUIRE(contents(snapshot) == snapshot_model);

    std::map<int, std::pair<int, int>> expected;
    for (const auto& [key, value] : snapshot_model) {
      if (!model.contains(key) || model[key] != value) expected[key] = {value, model.contains(key) ? model[key] : -1};
    }
    for (const auto& [key, value] : model) {
      if (!snapshot_model.contains(key)) expected[key] = {-1, value};
    }
    REQUIRE(differences(snapshot, map) == expected);
  }
}

TEST_CASE("a persistent map agrees with std::map and its snapshots stay") {
  agrees_with_std_map<std::hash<int>>(300);
  agrees_with_std_map<BadHash>(60);
}

TEST_CASE("the last entry removed leaves an empty map, which differs from the full one") {
  PersistentMap<int, int> map;
  map.set(1, 10);
  const auto before = map;
  REQUIRE(map.erase(1));
  CHECK(map.empty());
  CHECK_FALSE(map.erase(1));
  CHECK(differences(before, map) == std::map<int, std::pair<int, int>>{{1, {10, -1}}});
  CHECK(before.find(1) != nullptr);
}

TEST_CASE("no change is no difference") {
  PersistentMap<int, int> map;
  for (int i = 0; i < 1000; ++i) map.set(i, i);
  const auto copy = map;
  CHECK(differences(map, copy).empty());
  map.set(5, 5);  // set to what it was
  CHECK(differences(copy, map).empty());
}

TEST_CASE("a string map is searched with a view") {
  PersistentMap<std::string, int, TextHash> map;
  map.set("web.shop", 1);
  CHECK(*map.find(std::string_view("web.shop")) == 1);
  CHECK(map.find(std::string_view("web.sho")) == nullptr);
}

}  // namespace
}  // namespace naru
