#include "dns/name_index.h"

#include <map>
#include <memory>

#include "base/random.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

std::size_t hash_of(const Name& name) {
  return NameHash{}(name);
}

TEST_CASE("an index has what was put into it and not taken out, at every size") {
  NameIndex index;
  std::map<Name, std::unique_ptr<RecordSet>> there;
  Random random(3);
  for (int step = 0; step < 20'000; ++step) {
    // It grows at first, and is nearly emptied then.
    const bool growing = step < 10'000;
    const Name name = *Name::parse("n" + std::to_string(random.below(3000)));
    auto& records = there[name];
    if (records != nullptr && random.below(growing ? 4 : 2) == 0) {
      index.erase(*records);
      there.erase(name);
    } else if (records == nullptr && (growing || random.below(4) == 0)) {
      records = std::make_unique<RecordSet>(RecordSetBuilder(name, 5).build());
      index.insert(*records);
    } else if (records == nullptr) {
      there.erase(name);
    }
    if (step % 500 != 0) continue;
    REQUIRE(index.size() == there.size());
    for (int i = 0; i < 3000; ++i) {
      const Name wanted = *Name::parse("n" + std::to_string(i));
      const auto found = there.find(wanted);
      const RecordSet* expected = found != there.end() ? found->second.get() : nullptr;
      REQUIRE(index.find(hash_of(wanted), wanted.wire()) == expected);
      if (expected != nullptr) REQUIRE(index.candidate(hash_of(wanted)) != nullptr);
    }
  }
}

TEST_CASE("names of one hash are told apart") {
  const Name one = *Name::parse("one");
  const RecordSet records = RecordSetBuilder(one, 5).build();
  NameIndex index;
  index.insert(records);
  CHECK(index.candidate(hash_of(one)) == &records);
  CHECK(index.find(hash_of(one), Name::parse("two")->wire()) == nullptr);
}

TEST_CASE("an index that follows a zone's changes finds what the zone finds") {
  Random random(11);
  Zone before(options());
  NameIndex index;
  Zone::for_each_name(before, [&](const RecordSet& records) { index.insert(records); });
  for (int step = 0; step < 300; ++step) {
    Zone after = before;
    for (std::uint32_t i = random.below(4); i > 0; --i) {
      const std::string name = "s" + std::to_string(random.below(20));
      switch (random.below(4)) {
        case 0:
          after.erase_service({"n", name});
          break;
        case 1:
          after.set_namespace("n");
          break;
        case 2:
          after.set_service(headless("n", name, {{IpAddress::v4(0x0a010000 + random.below(5)), "h", true, {}}}));
          break;
        default:
          after.set_service(cluster_ip("n", name, {IpAddress::v4(0x0a600000 + random.below(5))},
                                       {{"http", Protocol::tcp, Port(80)}}));
      }
    }
    Zone::for_each_change(before, after, [&](const RecordSet* was, const RecordSet* is) {
      if (was != nullptr) index.erase(*was);
      if (is != nullptr) index.insert(*is);
    });
    before = after;
    REQUIRE(index.size() == before.names());
    Zone::for_each_name(before, [&](const RecordSet& records) {
      REQUIRE(index.find(NameHash{}(records.owner()), records.owner()) == &records);
    });
  }
}

}  // namespace
}  // namespace naru::dns::test
