#include "lb/pool_admission.h"

#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using Pools = PoolAllocator::Pools;

std::shared_ptr<const config::IpAddressPool> made(const std::string& name, const std::vector<std::string>& ranges,
                                                  int line = 1, const std::string& name_space = "metallb-system") {
  auto one = pool(name, ranges);
  one.meta.name_space = name_space;
  one.meta.location = {std::make_shared<const std::string>("pools.yaml"), line};
  for (auto& range : one.addresses) range.line = line + 5;
  return std::make_shared<const config::IpAddressPool>(std::move(one));
}

/// "a 10.0.0.0-10.0.0.9", by name.
Texts shown(const Pools& pools) {
  Texts all;
  for (const auto& one : pools) all.push_back(one->meta.name + " " + one->addresses[0].text);
  std::ranges::sort(all);
  return all;
}

TEST_CASE("which pools leave each other theirs") {
  struct Row {
    const char* says;
    Pools pools;
    Texts issues;
  };
  const auto overlaps = [](const std::string& mine, const std::string& other) {
    return Texts{"spec.addresses[0]: \"" + mine + "\": overlaps with \"" + other +
                 "\" of IPAddressPool metallb-system/a"};
  };
  const auto a = made("a", {"10.0.0.10-10.0.0.19"});
  const Row rows[] = {
      {"none", {}, {}},
      {"one", {a}, {}},
      {"next to each other", {a, made("b", {"10.0.0.20-10.0.0.29"}, 20), made("c", {"10.0.0.0-10.0.0.9"}, 40)}, {}},
      {"the last address", {a, made("b", {"10.0.0.19"}, 20)}, overlaps("10.0.0.19", "10.0.0.10-10.0.0.19")},
      {"the first address", {a, made("b", {"10.0.0.10"}, 20)}, overlaps("10.0.0.10", "10.0.0.10-10.0.0.19")},
      {"all of it and more",
       {a, made("b", {"10.0.0.0-10.0.0.29"}, 20)},
       overlaps("10.0.0.0-10.0.0.29", "10.0.0.10-10.0.0.19")},
      {"in a later range of several",
       {a, made("b", {"10.0.1.0-10.0.1.9", "10.0.0.5-10.0.0.10"}, 20)},
       {"spec.addresses[1]: \"10.0.0.5-10.0.0.10\": overlaps with \"10.0.0.10-10.0.0.19\" of IPAddressPool "
        "metallb-system/a"}},
      {"other families", {made("a", {"0.0.0.0-255.255.255.255"}), made("b", {"::-::9"}, 20)}, {}},
      {"one name in two namespaces",
       {a, made("a", {"10.0.1.0-10.0.1.9"}, 20, "other")},
       {"metadata.name: is already the name of IPAddressPool metallb-system/a"}},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    const PoolAdmission admission = admit_pools(row.pools, {});
    CHECK(texts(admission.issues) == row.issues);
    CHECK(admission.pools.size() == row.pools.size() - row.issues.size());
    const Pools reversed(row.pools.rbegin(), row.pools.rend());
    CHECK(shown(admit_pools(reversed, {}).pools) == shown(admission.pools));
  }
}

TEST_CASE("an issue names the pool, its file and the line of the range") {
  const auto issues = admit_pools({made("a", {"10.0.0.0-10.0.0.9"}), made("b", {"10.0.0.9"}, 20)}, {}).issues;
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].to_string() ==
        "pools.yaml:25: IPAddressPool metallb-system/b: spec.addresses[0]: \"10.0.0.9\": overlaps with "
        "\"10.0.0.0-10.0.0.9\" of IPAddressPool metallb-system/a");
}

TEST_CASE("an edit that takes another pool's addresses leaves both as they were, whichever comes first") {
  const auto a = made("a", {"10.0.0.0-10.0.0.9"}, 1);
  const auto b = made("b", {"10.0.0.10-10.0.0.19"}, 20);
  const auto greedy_a = made("a", {"10.0.0.0-10.0.0.15"}, 1);
  const auto greedy_b = made("b", {"10.0.0.5-10.0.0.19"}, 20);
  for (const Pools& wanted : {Pools{greedy_a, b}, Pools{a, greedy_b}}) {
    const PoolAdmission admission = admit_pools(wanted, {a, b});
    CHECK(admission.issues.size() == 1);
    CHECK(shown(admission.pools) == Texts{"a 10.0.0.0-10.0.0.9", "b 10.0.0.10-10.0.0.19"});
  }
}

TEST_CASE("pools may hand addresses to each other in one change") {
  const Pools before = {made("a", {"10.0.0.0-10.0.0.9"}, 1), made("b", {"10.0.0.10-10.0.0.19"}, 20)};
  const Pools after = {made("a", {"10.0.0.10-10.0.0.19"}, 1), made("b", {"10.0.0.0-10.0.0.9"}, 20)};
  const PoolAdmission admission = admit_pools(after, before);
  CHECK(admission.issues.empty());
  CHECK(shown(admission.pools) == shown(after));
}

TEST_CASE("a pool that is refused is taken once the other is gone, and one that is gone is not kept") {
  const auto a = made("a", {"10.0.0.0-10.0.0.9"}, 1);
  const auto b = made("b", {"10.0.0.5-10.0.0.19"}, 20);
  const Pools in_force = admit_pools({a, b}, {}).pools;
  CHECK(in_force == Pools{a});
  CHECK(admit_pools({b}, in_force).pools == Pools{b});
  CHECK(admit_pools({}, in_force).pools.empty());
}

}  // namespace
}  // namespace naru::lb
