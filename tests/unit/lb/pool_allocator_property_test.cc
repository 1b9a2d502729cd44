// Whatever happens in whatever order, every address is of its pool, and shared only by those who may.
#include <set>

#include "base/random.h"
#include "tests/unit/lb/pools.h"

namespace naru::lb {
namespace {

using config::IpAddressPool;
using config::Service;
using config::ServiceName;

/// One to three small pools, often changed in size, kept for others or not automatic.
std::vector<IpAddressPool> any_pools(Random& random) {
  std::vector<IpAddressPool> pools;
  for (std::uint32_t i = 0; i <= random.below(3); ++i) {
    const std::string net = "10.0." + std::to_string(i) + ".";
    IpAddressPool made = pool("p" + std::to_string(i), {net + "0-" + net + std::to_string(random.below(6))});
    if (random.below(2) == 0) {
      const auto six = pool("", {"fd00:" + std::to_string(i) + "::1-fd00:" + std::to_string(i) + "::3"});
      made.addresses.push_back(six.addresses[0]);
    }
    made.avoid_buggy_ips = random.below(2) == 0;
    made.auto_assign = random.below(4) != 0;
    if (random.below(4) == 0) {
      const config::LabelSelector gold{{{"tier", "gold"}}, {}};
      made.service_allocation = config::ServiceAllocation{static_cast<int>(random.below(3)), {}, {}, {gold}};
    }
    pools.push_back(std::move(made));
  }
  return pools;
}

Service any_balancer(Random& random) {
  Service made = balancer("s" + std::to_string(random.below(12)));
  made.ports = {service_port(static_cast<std::uint16_t>(80 + random.below(3)))};
  made.selector = {{"app", random.below(2) == 0 ? "web" : "api"}};
  made.external_traffic_policy = static_cast<config::TrafficPolicy>(random.below(2));
  auto& annotations = made.meta.annotations;
  if (random.below(2) == 0) annotations["metallb.io/allow-shared-ip"] = random.below(2) == 0 ? "k" : "l";
  if (random.below(5) == 0) annotations["metallb.io/address-pool"] = "p" + std::to_string(random.below(4));
  if (random.below(5) == 0) annotations["metallb.io/loadBalancerIPs"] = "10.0.0." + std::to_string(random.below(7));
  if (random.below(2) == 0) made.meta.labels = {{"tier", "gold"}};
  return made;
}

struct Given {
  Service service;
  PoolAllocator::Outcome outcome;
};
using Told = std::map<ServiceName, Given>;

/// The rule of sharing, written down a second time.
bool may_share(const Service& a, const Service& b) {
  const auto key = [](const Service& one) {
    const auto found = one.meta.annotations.find("metallb.io/allow-shared-ip");
    return found == one.meta.annotations.end() ? std::string{} : found->second;
  };
  const auto backend = [](const Service& one) {
    return one.external_traffic_policy == config::TrafficPolicy::local ? one.selector : config::Labels{};
  };
  return !key(a).empty() && key(a) == key(b) && backend(a) == backend(b) && a.ports[0].port != b.ports[0].port;
}

void check(const Told& told, const std::vector<IpAddressPool>& pools) {
  std::map<IpAddress, std::vector<const Service*>> owners;
  for (const auto& [name, given] : told) {
    for (const IpAddress& address : given.outcome.ips) {
      for (const Service* other : owners[address]) REQUIRE(may_share(given.service, *other));
      owners[address].push_back(&given.service);
      const auto home = std::ranges::find(pools, given.outcome.pool, [](const auto& one) { return one.meta.name; });
      REQUIRE(home != pools.end());
      REQUIRE(std::ranges::any_of(home->addresses, [&](const config::AddressRange& range) {
        return range.first.family() == address.family() && range.first <= address && address <= range.last;
      }));
      REQUIRE_FALSE((home->avoid_buggy_ips && address.is_v4() && address.bytes()[3] == 0));
      REQUIRE((!home->service_allocation || given.service.meta.labels.contains("tier")));
    }
    REQUIRE((given.outcome.ips.empty() == given.outcome.pool.empty()));
    REQUIRE((!given.outcome.ips.empty() || !given.outcome.pending.empty()));
  }
}

bool same(const PoolAllocator::Outcome& a, const PoolAllocator::Outcome& b) {
  return a.ips == b.ips && a.pool == b.pool && a.pending == b.pending;
}

/// Two allocators that are told the same, and what they answered last to each Service.
struct Run {
  explicit Run(std::uint64_t seed) : random(seed) { change_pools(); }

  /// What a Service wants is a property of its name here, so that it stays: one family or both, both or as can be.
  static PoolAllocator::Outcome ask(PoolLab& lab, const Service& made) {
    const auto digit = made.meta.name.back() % 3;
    const std::vector<Family> families =
        digit == 0 ? std::vector{Family::ipv4, Family::ipv6} : std::vector{digit == 1 ? Family::ipv4 : Family::ipv6};
    const bool all = made.meta.name.size() > 2;
    const auto outcome = lab.give(made, families, all);
    if (all) REQUIRE((outcome.ips.empty() || outcome.ips.size() == families.size()));
    return outcome;
  }
  void allocate(const Service& made) {
    const auto outcome = ask(lab, made);
    REQUIRE(same(outcome, ask(twin, made)));
    told.insert_or_assign(made.service_name(), Given{made, outcome});
  }
  /// All Services again, as the control loop does then.
  void change_pools() {
    pools = any_pools(random);
    lab.configure(pools);
    twin.configure(pools);
    const Told before = told;
    for (const auto& [name, given] : before) allocate(given.service);
  }
  void release(const ServiceName& name) {
    REQUIRE(lab.allocator.release(name) == twin.allocator.release(name));
    told.erase(name);
  }
  void step() {
    const Service made = any_balancer(random);
    const std::uint32_t what = random.below(10);
    if (what == 0) return change_pools();
    if (what < 3) return release(made.service_name());
    allocate(made);
  }
  /// A new allocator given what is recorded: every address stays, shared or not. True if one was shared.
  [[nodiscard]] bool restart_keeps_all() const {
    PoolLab restarted(pools);
    std::set<IpAddress> distinct;
    std::size_t count = 0;
    for (const auto& [name, given] : told) {
      restarted.allocator.restore(name, {{}, {}, {}, given.outcome.ips, given.outcome.pool});
      distinct.insert(given.outcome.ips.begin(), given.outcome.ips.end());
      count += given.outcome.ips.size();
    }
    for (const auto& [name, given] : told) {
      const auto again = ask(restarted, given.service);
      if (!given.outcome.ips.empty()) REQUIRE(again.ips.front() == given.outcome.ips.front());
    }
    return count > distinct.size();
  }
  void release_all() {
    for (const auto& [name, given] : told) CHECK(lab.allocator.release(name) != given.outcome.ips.empty());
    for (const IpAddressPool& one : pools) {
      CHECK(lab.allocator.usage(one).assigned_ipv4 == 0);
      CHECK(lab.allocator.usage(one).assigned_ipv6 == 0);
    }
  }

  Random random;
  std::vector<IpAddressPool> pools;
  PoolLab lab;
  PoolLab twin;
  Told told;
};

TEST_CASE("random Services, pools and restarts keep every address in its pool and with owners who may share it") {
  int shared_restarts = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Run run(seed);
    for (int step = 0; step < 200; ++step) {
      run.step();
      check(run.told, run.pools);
      if (step % 50 == 49 && run.restart_keeps_all()) ++shared_restarts;
    }
    run.release_all();
  }
  CHECK(shared_restarts > 20);  // else this shows nothing about sharing
}

}  // namespace
}  // namespace naru::lb
