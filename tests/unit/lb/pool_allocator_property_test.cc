// Whatever happens in whatever order: every address is of its pool and shared only by those who may, nobody loses one
// without a cause, and nobody waits while there is one to be had.
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

std::string annotation(const Service& service, const std::string& name) {
  const auto found = service.meta.annotations.find("metallb.io/" + name);
  return found == service.meta.annotations.end() ? std::string{} : found->second;
}

/// What a Service wants is a property of its name here, so that it stays: one family or both, both or as can be.
std::vector<Family> families_of(const Service& made) {
  const auto digit = made.meta.name.back() % 3;
  if (digit == 0) return {Family::ipv4, Family::ipv6};
  return {digit == 1 ? Family::ipv4 : Family::ipv6};
}
bool wants_all(const Service& made) {
  return made.meta.name.size() > 2;
}

/// The rule of sharing, written down a second time.
bool may_share(const Service& a, const Service& b) {
  const auto key = [](const Service& one) { return annotation(one, "allow-shared-ip"); };
  const auto backend = [](const Service& one) {
    return one.external_traffic_policy == config::TrafficPolicy::local ? one.selector : config::Labels{};
  };
  return !key(a).empty() && key(a) == key(b) && backend(a) == backend(b) && a.ports[0].port != b.ports[0].port;
}

/// And the rule of who may have which address, by looking at everybody.
struct World {
  const Told& told;
  const std::vector<IpAddressPool>& pools;

  [[nodiscard]] static bool serves(const IpAddressPool& pool, const Service& service) {
    return !pool.service_allocation || service.meta.labels.contains("tier");
  }
  [[nodiscard]] static bool holds(const IpAddressPool& pool, const IpAddress& address) {
    if (pool.avoid_buggy_ips && address.is_v4() && address.bytes()[3] == 0) return false;
    return std::ranges::any_of(pool.addresses, [&](const config::AddressRange& range) {
      return range.first.family() == address.family() && range.first <= address && address <= range.last;
    });
  }
  [[nodiscard]] static bool allows(const IpAddressPool& pool, const Service& service) {
    const std::string asked = annotation(service, "address-pool");
    return serves(pool, service) && (asked.empty() || asked == pool.meta.name);
  }
  [[nodiscard]] const IpAddressPool* home_of(const IpAddress& address) const {
    const auto found = std::ranges::find_if(pools, [&](const auto& pool) { return holds(pool, address); });
    return found == pools.end() ? nullptr : &*found;
  }
  /// Nobody has it, or only those with whom the Service may share it.
  [[nodiscard]] bool free_for(const Service& service, const IpAddress& address) const {
    return std::ranges::all_of(told, [&](const auto& other) {
      const bool has = std::ranges::count(other.second.outcome.ips, address) > 0;
      return !has || other.first == service.service_name() || may_share(service, other.second.service);
    });
  }
  [[nodiscard]] bool has_room(const IpAddressPool& pool, const Service& service, Family family) const {
    for (const config::AddressRange& range : pool.addresses) {
      if (range.first.family() != family) continue;
      for (IpAddress address = range.first; address <= range.last; address = address.plus(1)) {
        if (holds(pool, address) && free_for(service, address)) return true;
      }
    }
    return false;
  }
  /// Whether a Service that has nothing could have what it asks for.
  [[nodiscard]] bool could_have(const Service& service) const {
    const auto families = families_of(service);
    if (const std::string asked = annotation(service, "loadBalancerIPs"); !asked.empty()) {
      const IpAddress address = ip(asked);
      const IpAddressPool* home = home_of(address);
      const bool enough = !wants_all(service) || families.size() == 1;
      return enough && home != nullptr && allows(*home, service) && free_for(service, address) &&
             std::ranges::count(families, address.family()) > 0;
    }
    const bool asks_pool = !annotation(service, "address-pool").empty();
    return std::ranges::any_of(pools, [&](const IpAddressPool& pool) {
      if (!allows(pool, service) || (!asks_pool && !pool.auto_assign)) return false;
      const auto room = [&](Family family) { return has_room(pool, service, family); };
      return wants_all(service) ? std::ranges::all_of(families, room) : std::ranges::any_of(families, room);
    });
  }
  /// Whether one that has an address of one family could have the other from the same pool.
  [[nodiscard]] bool could_have_more(const Given& given) const {
    if (!annotation(given.service, "loadBalancerIPs").empty()) return false;
    const IpAddressPool* home = home_of(given.outcome.ips.front());
    return std::ranges::any_of(families_of(given.service), [&](Family family) {
      const bool has = std::ranges::count(given.outcome.ips, family, &IpAddress::family) > 0;
      return !has && has_room(*home, given.service, family);
    });
  }
};

void check_owned(const Given& given, const World& world) {
  const auto& outcome = given.outcome;
  REQUIRE(outcome.ips.empty() == outcome.pool.empty());
  std::set<Family> families;
  for (const IpAddress& address : outcome.ips) {
    REQUIRE(world.free_for(given.service, address));
    const IpAddressPool* home = world.home_of(address);
    REQUIRE(home != nullptr);
    REQUIRE(home->meta.name == outcome.pool);
    REQUIRE(World::allows(*home, given.service));
    REQUIRE(std::ranges::count(families_of(given.service), address.family()) == 1);
    REQUIRE(families.insert(address.family()).second);
  }
}

void check(const Told& told, const std::vector<IpAddressPool>& pools) {
  const World world{told, pools};
  for (const auto& [name, given] : told) {
    CAPTURE(name.to_string(), given.outcome.pending);
    check_owned(given, world);
    if (given.outcome.ips.empty()) {
      REQUIRE_FALSE(given.outcome.pending.empty());
      REQUIRE_FALSE(world.could_have(given.service));
    } else {
      REQUIRE_FALSE(world.could_have_more(given));
    }
  }
}

/// What the Service must not lose: what it had, if the pools still have it, it may be there, nobody who may not share
/// it with it has it, and it asks for no other.
bool must_keep(const Given& before, const Service& now, const World& world) {
  if (before.outcome.ips.empty() || !annotation(now, "loadBalancerIPs").empty()) return false;
  return std::ranges::all_of(before.outcome.ips, [&](const IpAddress& address) {
    const IpAddressPool* home = world.home_of(address);
    return home != nullptr && World::allows(*home, now) && world.free_for(now, address);
  });
}

bool same(const PoolAllocator::Outcome& a, const PoolAllocator::Outcome& b) {
  return a.ips == b.ips && a.pool == b.pool && a.pending == b.pending;
}

/// Two allocators that are told the same, and what they answered last to each Service.
struct Run {
  explicit Run(std::uint64_t seed) : random(seed) { change_pools(); }

  static PoolAllocator::Outcome ask(PoolLab& lab, const Service& made) {
    const auto families = families_of(made);
    const auto outcome = lab.give(made, families, wants_all(made));
    if (wants_all(made)) REQUIRE((outcome.ips.empty() || outcome.ips.size() == families.size()));
    return outcome;
  }
  void allocate(const Service& made) {
    const auto before = told.find(made.service_name());
    const bool keeps = before != told.end() && must_keep(before->second, made, {told, pools});
    const auto outcome = ask(lab, made);
    REQUIRE(same(outcome, ask(twin, made)));
    if (keeps) {
      for (const IpAddress& address : before->second.outcome.ips)
        REQUIRE(std::ranges::count(outcome.ips, address) == 1);
    }
    told.insert_or_assign(made.service_name(), Given{made, outcome});
  }
  /// Those that wait again, until nothing comes of it, as the control loop does.
  void retry_pending() {
    for (bool changed = true; changed;) {
      changed = false;
      const Told before = told;
      for (const auto& [name, given] : before) {
        if (given.outcome.pending.empty()) continue;
        allocate(given.service);
        changed |= told.at(name).outcome.ips != given.outcome.ips;
      }
    }
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
    change_anything();
    retry_pending();
  }
  void change_anything() {
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

TEST_CASE(
    "random Services, pools and restarts: addresses are in their pools, with owners who may share them, and used") {
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
