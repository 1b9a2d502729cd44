#include "proxy/udp_flows.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

namespace naru::proxy {
namespace {

IpAddress client(unsigned number) {
  return IpAddress::v4(0x0a000000 + number);
}

/// Flows without sockets: what is displaced is noted.
struct Fixture {
  struct Flow : FlowMember {
    Flow(Fixture& owner, unsigned client) : fixture(owner), of(client) {}
    void displace() override {
      fixture.displaced.push_back(of);
      fixture.flows.remove(*this);
    }
    Fixture& fixture;
    unsigned of;
  };

  explicit Fixture(std::size_t limit) : flows({limit, 100}) {}
  ~Fixture() {
    while (flows.displace_oldest(nullptr)) {
    }
  }
  Flow& arrive(unsigned of) {
    flows.make_room(client(of));
    Flow& flow = all.emplace_back(*this, of);
    flows.add(flow, client(of));
    return flow;
  }

  UdpFlows flows;
  std::deque<Flow> all;
  std::vector<unsigned> displaced;
};

TEST_CASE("the flow that was quiet longest makes room where all have little") {
  Fixture f(3);
  auto& first = f.arrive(1);
  f.arrive(2);
  f.arrive(3);
  f.flows.touch(first);
  f.arrive(4);
  CHECK(f.displaced == std::vector<unsigned>{2});
  CHECK(f.flows.size() == 3);
}

TEST_CASE("a client that floods displaces only its own flows") {
  Fixture f(10);
  f.arrive(1);
  f.arrive(2);
  for (int i = 0; i < 100; ++i) f.arrive(3);
  CHECK(f.flows.size() == 10);
  CHECK(f.flows.flows_of(client(1)) == 1);
  CHECK(f.flows.flows_of(client(2)) == 1);
  CHECK(std::all_of(f.displaced.begin(), f.displaced.end(), [](unsigned of) { return of == 3; }));
}

TEST_CASE("newcomers take their share from the client that has most") {
  Fixture f(10);
  f.arrive(1);  // quiet longest, but has only one
  for (int i = 0; i < 9; ++i) f.arrive(2);
  for (unsigned i = 3; i < 6; ++i) f.arrive(i);
  CHECK(f.displaced == std::vector<unsigned>{2, 2, 2});
  CHECK(f.flows.flows_of(client(1)) == 1);
}

TEST_CASE("the flow in hand is not displaced for itself") {
  Fixture f(3);
  auto& only = f.arrive(1);
  CHECK_FALSE(f.flows.displace_oldest(&only));
  f.arrive(2);
  CHECK(f.flows.displace_oldest(&only));
  CHECK(f.displaced == std::vector<unsigned>{2});
}

TEST_CASE("what is kept to be sent again is bounded") {
  UdpFlows flows({3, 100});
  CHECK(flows.may_keep(100));
  CHECK_FALSE(flows.may_keep(101));
  flows.kept(60);
  CHECK_FALSE(flows.may_keep(41));
  flows.let_go(60);
  CHECK(flows.may_keep(100));
}

TEST_CASE("the limits of this process leave room for others' descriptors") {
  const UdpLimits limits = UdpLimits::of_this_process();
  CHECK(limits.flows >= 16);
  CHECK(limits.flows <= 65'536);
}

}  // namespace
}  // namespace naru::proxy
