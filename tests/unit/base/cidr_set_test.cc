#include "base/cidr_set.h"

#include <catch2/catch.hpp>
#include <string>

namespace naru {
namespace {

std::vector<Cidr> cidrs(const std::vector<const char*>& texts) {
  std::vector<Cidr> all;
  for (const char* text : texts) all.push_back(*Cidr::parse(text));
  return all;
}

std::vector<std::string> texts(const std::vector<Cidr>& all) {
  std::vector<std::string> result;
  for (const Cidr& cidr : all) result.push_back(cidr.to_string());
  return result;
}

struct Row {
  const char* sentence;
  std::vector<const char*> set;
  const char* address;
  bool contained;
};

TEST_CASE("an address is in the set if one of the prefixes has it") {
  const Row row = GENERATE(values<Row>({
      {"nothing is in the empty set", {}, "10.0.0.1", false},
      {"the first address of a prefix", {"10.0.0.0/8"}, "10.0.0.0", true},
      {"the last", {"10.0.0.0/8"}, "10.255.255.255", true},
      {"one past the last", {"10.0.0.0/8"}, "11.0.0.0", false},
      {"one before the first", {"10.0.0.0/8"}, "9.255.255.255", false},
      {"between two prefixes", {"10.0.0.0/24", "10.0.2.0/24"}, "10.0.1.7", false},
      {"in the second, given first", {"10.0.2.0/24", "10.0.0.0/24"}, "10.0.2.7", true},
      {"past a small prefix within a large one", {"10.0.0.0/8", "10.1.0.0/16"}, "10.200.0.1", true},
      {"everything", {"0.0.0.0/0"}, "255.255.255.255", true},
      {"of the other family", {"0.0.0.0/0"}, "::1", false},
      {"of the other family, the other way round", {"::/0"}, "0.0.0.0", false},
      {"IPv6", {"fd00:244::/56", "10.0.0.0/8"}, "fd00:244:0:ff::1", true},
      {"IPv6, one past", {"fd00:244::/56"}, "fd00:244:0:100::", false},
      {"a single address", {"192.0.2.1/32"}, "192.0.2.1", true},
      {"a single address's neighbour", {"192.0.2.1/32"}, "192.0.2.2", false},
  }));
  INFO(row.sentence);
  CHECK(CidrSet(cidrs(row.set)).contains(*IpAddress::parse(row.address)) == row.contained);
}

struct Merge {
  const char* sentence;
  std::vector<const char*> set;
  std::vector<std::string> prefixes;
};

TEST_CASE("the set is told in as few prefixes as it can be") {
  const Merge row = GENERATE(values<Merge>({
      {"none", {}, {}},
      {"two halves", {"10.0.0.0/25", "10.0.0.128/25"}, {"10.0.0.0/24"}},
      {"neighbours that are no halves", {"10.0.1.0/24", "10.0.2.0/24"}, {"10.0.1.0/24", "10.0.2.0/24"}},
      {"four nodes' prefixes", {"10.1.3.0/24", "10.1.0.0/24", "10.1.2.0/24", "10.1.1.0/24"}, {"10.1.0.0/22"}},
      {"one within another", {"10.0.0.0/8", "10.3.0.0/16"}, {"10.0.0.0/8"}},
      {"the same twice", {"10.0.0.0/8", "10.0.0.0/8"}, {"10.0.0.0/8"}},
      {"the end of a family", {"255.255.255.254/31", "::/128"}, {"255.255.255.254/31", "::/128"}},
      {"everything of both families", {"::/0", "0.0.0.0/0"}, {"0.0.0.0/0", "::/0"}},
      {"the end of IPv6", {"ffff::/16", "fffe::/16"}, {"fffe::/15"}},
  }));
  INFO(row.sentence);
  CHECK(texts(CidrSet(cidrs(row.set)).prefixes()) == row.prefixes);
}

TEST_CASE("of two lists of prefixes the intersection is what both have") {
  CHECK(intersection(cidrs({"10.0.0.0/8"}), {}).empty());
  CHECK(texts(intersection(cidrs({"10.0.0.0/8", "fd00::/8"}), cidrs({"10.1.0.0/16", "192.0.2.0/24"}))) ==
        std::vector<std::string>{"10.1.0.0/16"});
  CHECK(texts(intersection(cidrs({"10.1.0.0/16"}), cidrs({"0.0.0.0/0"}))) == std::vector<std::string>{"10.1.0.0/16"});
}

}  // namespace
}  // namespace naru
