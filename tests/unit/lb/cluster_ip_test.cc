#include <set>

#include "lb/service_allocator.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::IpFamilyPolicy;
using config::Service;
using config::ServiceType;

ServiceAllocator allocator(const std::vector<std::string_view>& cidrs, std::vector<IpAddress> reserved = {}) {
  AllocatorConfig config;
  for (const auto text : cidrs) config.service_cidrs.push_back(cidr(text));
  config.reserved = std::move(reserved);
  return ServiceAllocator(std::move(config));
}

Service with_ips(Service made, const std::vector<std::string_view>& ips) {
  for (const auto text : ips) made.cluster_ips.push_back(ip(text));
  return made;
}

TEST_CASE("a CIDR gives all addresses but its own and, of IPv4, the broadcast address, then is full") {
  struct Row {
    const char* cidr;
    std::size_t usable;
  };
  constexpr Row kRows[] = {
      {"10.0.0.0/32", 0},   {"10.0.0.0/31", 0}, {"10.0.0.0/30", 2}, {"10.0.0.0/28", 14}, {"10.0.0.0/27", 30},
      {"10.0.0.0/24", 254}, {"fd00::/128", 0},  {"fd00::/127", 1},  {"fd00::/124", 15},  {"fd00::/120", 255},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.cidr);
    auto all = allocator({row.cidr});
    std::set<IpAddress> given;
    for (std::size_t i = 0; i < row.usable; ++i) {
      const auto outcome = all.allocate(service("s" + std::to_string(i)), {});
      REQUIRE(texts(outcome.issues) == Texts{});
      REQUIRE(outcome.allocation.cluster_ips.size() == 1);
      CHECK(given.insert(outcome.allocation.cluster_ips[0]).second);
      CHECK(cidr(row.cidr).contains(outcome.allocation.cluster_ips[0]));
    }
    CHECK_FALSE(given.contains(cidr(row.cidr).base()));
    CHECK(texts(all.allocate(service("last"), {}).issues) ==
          Texts{std::string("spec.clusterIPs: failed to allocate a serviceIP: range is full (") + row.cidr + ")"});
  }
}

TEST_CASE("dynamic addresses come from above the lower band") {
  auto all = allocator({"10.96.0.0/16"});
  for (int i = 0; i < 500; ++i) {
    const auto given = all.allocate(service("s" + std::to_string(i)), {}).allocation.cluster_ips.at(0);
    CHECK(given > ip("10.96.1.0"));  // offset 256, and positions count from .1
  }
}

TEST_CASE("an address that is asked for is given, or refused in kube-apiserver's words") {
  auto all = allocator({"10.0.0.0/24"}, {ip("10.0.0.10")});
  REQUIRE(all.allocate(with_ips(service("old"), {"10.0.0.1"}), {}).allocation.cluster_ips.at(0) == ip("10.0.0.1"));
  struct Row {
    const char* ip;
    const char* reason;
  };
  const Row rows[] = {
      {"10.0.0.1", "provided IP is already allocated (by Service shop/old)"},
      {"10.0.0.10", "provided IP is already allocated (it is the DNS server's)"},
      {"10.0.0.0", "the provided IP (10.0.0.0) is not in the valid range. The range of valid IPs is 10.0.0.0/24"},
      {"10.0.0.255", "the provided IP (10.0.0.255) is not in the valid range. The range of valid IPs is 10.0.0.0/24"},
      {"10.0.1.0", "the provided IP (10.0.1.0) is not in the valid range. The range of valid IPs is 10.0.0.0/24"},
      {"9.255.255.255",
       "the provided IP (9.255.255.255) is not in the valid range. The range of valid IPs is 10.0.0.0/24"},
      {"fd00::1", "IPv6 is not configured on this cluster"},
  };
  for (const Row& row : rows) {
    CHECK(texts(all.allocate(with_ips(service("new"), {row.ip}), {}).issues) ==
          Texts{std::string("spec.clusterIPs: failed to allocate IP ") + row.ip + ": " + row.reason});
  }
  CHECK(all.allocate(with_ips(service("new"), {"10.0.0.254"}), {}).issues.empty());
}

TEST_CASE("a fault names file, line, Service and field") {
  auto all = allocator({"10.0.0.0/24"});
  Service faulty = with_ips(service("web"), {"10.9.0.1"});
  faulty.meta.location = {std::make_shared<const std::string>("web.yaml"), 1};
  faulty.cluster_ip_line = 14;
  CHECK(all.allocate(faulty, {})
            .issues.at(0)
            .to_string()
            .starts_with("web.yaml:14: Service shop/web: spec.clusterIPs: "));
}

TEST_CASE("a reserved address is never given dynamically") {
  auto all = allocator({"10.0.0.0/30"}, {ip("10.0.0.2")});
  CHECK(texts(all.allocate(service("a"), {}).allocation.cluster_ips) == Texts{"10.0.0.1"});
  CHECK(all.allocate(service("b"), {}).issues.size() == 1);
}

TEST_CASE("what another Service of the batch asks for is not given dynamically, whatever the order") {
  auto all = allocator({"10.0.0.0/30"});
  const Service asks = with_ips(service("asks"), {"10.0.0.1"});
  Requested batch;
  batch.add(asks);
  CHECK(texts(all.allocate(service("any"), batch).allocation.cluster_ips) == Texts{"10.0.0.2"});
  CHECK(all.allocate(asks, batch).issues.empty());
}

TEST_CASE("an address stays a Service's own until it is released, then it may be given again") {
  auto all = allocator({"10.0.0.0/30"});
  const auto first = all.allocate(service("a"), {}).allocation;
  CHECK(all.allocate(service("a"), {}).allocation == first);
  REQUIRE(all.allocate(service("b"), {}).issues.empty());
  CHECK(all.allocate(service("c"), {}).issues.size() == 1);
  all.release({"shop", "a"});
  CHECK(all.owner_of(first.cluster_ips.at(0)) == nullptr);
  CHECK(all.allocate(service("c"), {}).allocation.cluster_ips == first.cluster_ips);
  all.release({"shop", "never seen"});
}

TEST_CASE("a change that is refused leaves what was allocated in force") {
  auto all = allocator({"10.0.0.0/24"});
  const IpAddress had = all.allocate(service("a"), {}).allocation.cluster_ips.at(0);
  CHECK(all.allocate(with_ips(service("a"), {"10.9.9.9"}), {}).issues.size() == 1);
  REQUIRE(all.owner_of(had) != nullptr);
  CHECK(all.owner_of(had)->name == "a");
}

TEST_CASE("a Service that becomes headless or ExternalName gives its address back") {
  auto all = allocator({"10.0.0.0/24"});
  for (const bool headless : {true, false}) {
    const IpAddress had = all.allocate(service("a"), {}).allocation.cluster_ips.at(0);
    Service changed = service("a", headless ? ServiceType::cluster_ip : ServiceType::external_name);
    changed.headless = headless;
    CHECK(all.allocate(changed, {}).allocation.cluster_ips.empty());
    CHECK(all.owner_of(had) == nullptr);
  }
}

TEST_CASE("the families that a Service gets follow its policy and the cluster's CIDRs") {
  using Families = std::vector<Family>;
  constexpr Family k4 = Family::ipv4;
  constexpr Family k6 = Family::ipv6;
  struct Row {
    std::string_view says;
    bool dual;
    std::optional<IpFamilyPolicy> policy;
    Families asked;
    Families given;
    Texts issues;
  };
  const Row rows[] = {
      {"unset: one, of the first CIDR", true, {}, {}, {k4}, {}},
      {"single stack: one", true, IpFamilyPolicy::single_stack, {}, {k4}, {}},
      {"the other family, where named", true, IpFamilyPolicy::single_stack, {k6}, {k6}, {}},
      {"prefer: both where there are both", true, IpFamilyPolicy::prefer_dual_stack, {}, {k4, k6}, {}},
      {"prefer: one where there is one", false, IpFamilyPolicy::prefer_dual_stack, {}, {k4}, {}},
      {"the named family is the primary", true, IpFamilyPolicy::prefer_dual_stack, {k6}, {k6, k4}, {}},
      {"require: both", true, IpFamilyPolicy::require_dual_stack, {}, {k4, k6}, {}},
      {"two names without a policy require both", true, {}, {k6, k4}, {k6, k4}, {}},
      {"require: refused where there is one",
       false,
       IpFamilyPolicy::require_dual_stack,
       {},
       {},
       {"spec.ipFamilyPolicy: this cluster is not configured for dual-stack services"}},
      {"a family that is not there",
       false,
       {},
       {k6},
       {},
       {"spec.ipFamilies: not configured on this cluster: IPv6 (no such service CIDR)"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    auto all = row.dual ? allocator({"10.0.0.0/24", "fd00::/112"}) : allocator({"10.0.0.0/24"});
    Service made = service("a");
    made.ip_family_policy = row.policy;
    made.ip_families = row.asked;
    const auto outcome = all.allocate(made, {});
    Families given;
    for (const IpAddress& address : outcome.allocation.cluster_ips) given.push_back(address.family());
    CHECK(given == row.given);
    CHECK(texts(outcome.issues) == row.issues);
  }
}

TEST_CASE("a Service that turns dual-stack keeps its first address; turning back keeps it and frees the second") {
  auto all = allocator({"10.0.0.0/24", "fd00::/112"});
  Service made = service("a");
  const auto single = all.allocate(made, {}).allocation.cluster_ips;
  made.ip_family_policy = IpFamilyPolicy::prefer_dual_stack;
  const auto dual = all.allocate(made, {}).allocation.cluster_ips;
  REQUIRE(dual.size() == 2);
  CHECK(dual[0] == single.at(0));
  made.ip_family_policy = IpFamilyPolicy::single_stack;
  CHECK(all.allocate(made, {}).allocation.cluster_ips == single);
  CHECK(all.owner_of(dual[1]) == nullptr);
}

TEST_CASE("one address asked for of a dual-stack Service: the other is allocated beside it") {
  auto all = allocator({"10.0.0.0/24", "fd00::/112"});
  Service made = with_ips(service("a"), {"fd00::5"});
  made.ip_family_policy = IpFamilyPolicy::require_dual_stack;
  const auto given = all.allocate(made, {}).allocation.cluster_ips;
  REQUIRE(given.size() == 2);
  CHECK(given[0] == ip("fd00::5"));
  CHECK(given[1].is_v4());
}

}  // namespace
}  // namespace naru::lb
