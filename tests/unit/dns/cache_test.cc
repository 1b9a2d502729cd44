#include "dns/cache.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "base/random.h"

namespace naru::dns {
namespace {

CacheEntry entry(std::string key, std::size_t size = 100, CacheKind kind = CacheKind::success) {
  CacheEntry made;
  made.key = std::move(key);
  made.message.assign(size, 0);
  made.kind = kind;
  return made;
}

std::size_t room_for(std::size_t entries) {
  return entries * Cache::size_of(entry("a"));
}

TEST_CASE("what was put is found, until it is replaced or erased") {
  Cache cache(room_for(3), 1);
  CHECK(cache.find("a") == nullptr);
  cache.put(entry("a"));
  cache.put(entry("b", 10, CacheKind::denial));
  REQUIRE(cache.find("a") != nullptr);
  CHECK(cache.find("a")->message.size() == 100);
  cache.put(entry("a", 50, CacheKind::failure));
  CHECK(cache.find("a")->message.size() == 50);
  CHECK(cache.entries() == 2);
  CHECK(cache.entries(CacheKind::success) == 0);
  CHECK(cache.entries(CacheKind::failure) == 1);
  cache.erase("a");
  cache.erase("nobody");
  CHECK(cache.find("a") == nullptr);
  cache.erase("b");
  CHECK(cache.bytes() == 0);
}

TEST_CASE("what has no room at all is not kept, and drives nothing out but its own older self") {
  Cache none(0, 1);
  none.put(entry("a", 0));
  CHECK(none.entries() == 0);
  Cache cache(room_for(1), 1);
  cache.put(entry("a"));
  cache.put(entry("b", 101));
  CHECK(cache.find("a") != nullptr);
  cache.put(entry("a", 101));
  CHECK(cache.entries() == 0);
}

TEST_CASE("of a full cache the oldest goes that was not asked for") {
  Cache cache(room_for(3), 1);
  for (const char* key : {"a", "b", "c"}) cache.put(entry(key));
  CHECK(cache.find("a") != nullptr);
  cache.put(entry("d"));  // the hand spares a and takes b
  CHECK(cache.find("b") == nullptr);
  CHECK(cache.evicted(CacheKind::success) == 1);
  cache.put(entry("e"));  // and goes on from there: c
  CHECK(cache.find("c") == nullptr);
  CHECK(cache.find("a") != nullptr);
  CHECK(cache.find("d") != nullptr);
  CHECK(cache.find("e") != nullptr);
  cache.put(entry("f"));  // all were asked for: once round, and the oldest behind the hand goes
  CHECK(cache.entries() == 3);
}

TEST_CASE("names that are asked for once do not drive out one that is asked for often") {
  Cache cache(room_for(10), 1);
  cache.put(entry("often"));
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(cache.find("often") != nullptr);
    cache.put(entry(fmt::format("once-{}", i)));
  }
}

// Whatever happens, the bound holds, and what the cache says it holds is what it holds.
TEST_CASE("the bound of bytes holds through any sequence of changes") {
  for (const std::size_t limit : {std::size_t{0}, room_for(1), room_for(7), room_for(50)}) {
    Random random(limit + 42);
    Cache cache(limit, random());
    for (int i = 0; i < 5000; ++i) {
      const std::string key = fmt::format("{:x}", random.below(120));
      switch (random.below(4)) {
        case 0:
          cache.erase(key);
          break;
        case 1:
          static_cast<void>(cache.find(key));
          break;
        default:
          cache.put(entry(key, random.below(400), CacheKind{static_cast<std::uint8_t>(random.below(3))}));
      }
      REQUIRE(cache.bytes() <= limit);
    }
    std::size_t bytes = 0;
    std::size_t entries = 0;
    for (int i = 0; i < 120; ++i) {
      const CacheEntry* found = cache.find(fmt::format("{:x}", i));
      if (found == nullptr) continue;
      bytes += Cache::size_of(*found);
      ++entries;
    }
    CHECK(cache.bytes() == bytes);
    CHECK(cache.entries() == entries);
    CHECK(cache.entries(CacheKind::success) + cache.entries(CacheKind::denial) + cache.entries(CacheKind::failure) ==
          entries);
  }
}

}  // namespace
}  // namespace naru::dns
