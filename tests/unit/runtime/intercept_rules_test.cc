// The packet filter's rules of interception, as text.
#include "runtime/intercept_rules.h"

#include <catch2/catch.hpp>

#include "runtime/cgroup.h"

namespace naru::runtime {
namespace {

Cidr cidr(std::string_view text) {
  return Cidr::parse(text).value();
}

InterceptRules rules_for_a_user() {
  InterceptRules rules;
  rules.uids = {1000};
  rules.sidecar_uids = {1337};
  rules.cidrs = {cidr("10.96.0.0/12")};
  rules.port = Port(15001);
  return rules;
}

bool has(const std::string& script, std::string_view line) {
  return ("\n" + script).find("\n" + std::string(line) + "\n") != std::string::npos;
}

TEST_CASE("the rules for one user and IPv4, as a whole") {
  CHECK(intercept_script(rules_for_a_user()) == R"(add table inet naru_intercept
delete table inet naru_intercept
add table inet naru_intercept
add chain inet naru_intercept output { type nat hook output priority -100; policy accept; }
add chain inet naru_intercept redirected
add set inet naru_intercept sidecar { type uid; elements = { 1337 } }
add rule inet naru_intercept output meta skuid @sidecar return
add set inet naru_intercept uids { type uid; elements = { 1000 } }
add rule inet naru_intercept output meta skuid @uids jump redirected
add set inet naru_intercept cidrs4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.96.0.0/12 } }
add rule inet naru_intercept redirected ip daddr @cidrs4 meta l4proto tcp counter redirect to :15001 comment "tcp"
add rule inet naru_intercept redirected ip daddr @cidrs4 udp dport < 1024 counter dnat ip to ip daddr & 0.127.255.255 | 127.128.0.0 : udp dport | 61440 comment "udp"
add rule inet naru_intercept redirected ip daddr @cidrs4 udp dport != 61440-62463 counter dnat ip to ip daddr & 0.127.255.255 | 127.128.0.0 comment "udp"
)");
}

TEST_CASE("what is not asked for is not in the rules") {
  const std::string script = intercept_script(rules_for_a_user());
  for (const char* word : {"cidrs6", "resolvers", "dport 53", "cgroupv2"}) {
    CAPTURE(word);
    CHECK(script.find(word) == std::string::npos);
  }
}

TEST_CASE("the sidecar is let through before anybody is redirected") {
  auto rules = rules_for_a_user();
  rules.everybody = true;
  rules.uids.clear();
  const std::string script = intercept_script(rules);
  const auto let_through = script.find("output meta skuid @sidecar return");
  const auto all = script.find("output jump redirected");
  REQUIRE(all != std::string::npos);
  CHECK(let_through < all);
  CHECK(script.find("@uids") == std::string::npos);
}

TEST_CASE("control groups and users add up") {
  auto rules = rules_for_a_user();
  rules.cgroups = {{"unified/shop/web", 2}, {"other", 1}};
  const std::string script = intercept_script(rules);
  CHECK(has(script, "add rule inet naru_intercept output meta skuid @uids jump redirected"));
  CHECK(
      has(script, "add rule inet naru_intercept output socket cgroupv2 level 2 \"unified/shop/web\" jump redirected"));
  CHECK(has(script, "add rule inet naru_intercept output socket cgroupv2 level 1 \"other\" jump redirected"));
}

TEST_CASE("resolvers come before Services, whose addresses they may have") {
  auto rules = rules_for_a_user();
  rules.dns_port = Port(1053);
  rules.resolvers = {IpAddress::parse("10.96.0.10").value(), IpAddress::parse("fd00::53").value()};
  const std::string script = intercept_script(rules);
  for (const char* line : {
           "add set inet naru_intercept resolvers4 { type ipv4_addr; elements = { 10.96.0.10 } }",
           "add rule inet naru_intercept redirected ip daddr @resolvers4 udp dport 53 counter redirect to :1053 "
           "comment "
           "\"dns\"",
           "add rule inet naru_intercept redirected ip6 daddr @resolvers6 tcp dport 53 counter redirect to :1053 "
           "comment \"dns\"",
       }) {
    CAPTURE(line);
    CHECK(has(script, line));
  }
  CHECK(script.find("@resolvers4") < script.find("@cidrs4"));
}

TEST_CASE("a control group is found below the hierarchy of version 2, wherever that is") {
  const std::string unified = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
  const std::string plain = "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
  const std::string elsewhere = "none /mnt/cg cgroup2 rw 0 0\n";
  struct Row {
    const char* sentence;
    const std::string& mounts;
    const char* path;
    CgroupSelector found;
  };
  const Row rows[] = {
      {"a name", plain, "shop", {"shop", 1}},
      {"as systemd writes it", plain, "/user.slice/shop.service", {"user.slice/shop.service", 2}},
      {"an absolute path", plain, "/sys/fs/cgroup/a/b", {"a/b", 2}},
      {"a hierarchy of two versions", unified, "/sys/fs/cgroup/unified/a", {"unified/a", 1}},
      {"the same by name", unified, "a/b/", {"unified/a/b", 2}},
      {"mounted elsewhere", elsewhere, "a", {"../../../mnt/cg/a", 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sentence);
    const auto found = cgroup_selector(row.path, row.mounts);
    REQUIRE(found.has_value());
    CHECK(found->path == row.found.path);
    CHECK(found->level == row.found.level);
  }
  CHECK_FALSE(cgroup_selector("/", plain).has_value());
  CHECK_FALSE(cgroup_selector("/sys/fs/cgroup", plain).has_value());
  CHECK_FALSE(cgroup_selector("../x", plain).has_value());
  CHECK_FALSE(cgroup_selector("x", "proc /proc proc rw 0 0\n").has_value());
}

}  // namespace
}  // namespace naru::runtime
