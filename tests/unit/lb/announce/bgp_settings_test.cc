#include "lb/announce/bgp_settings.h"

#include "tests/unit/lb/announce/make.h"

namespace naru::lb::announce {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a peer's settings: what is given, else the speaker's defaults") {
  Scene scene;
  config::BgpPeer& peer = scene.peer("one");
  peer.my_asn = 64500;
  peer.peer_asn = 64501;
  scene.peer("two");
  scene.input.peers[0].password = "word";
  const bgp::PeerSettings plain = peer_settings(scene.input, {"one"}).at(0);
  CHECK(plain.name == "one");
  CHECK(plain.my_asn == 64500);
  CHECK(plain.peer_asn == 64501);
  CHECK(plain.address == ip("10.0.0.1"));
  CHECK(plain.hold_time == 90s);
  CHECK(plain.password == "word");
  CHECK_FALSE(plain.dynamic_asn);
  peer.hold_time = 0s;
  peer.keepalive_time = 3s;
  peer.connect_time = 7s;
  peer.dynamic_asn = config::DynamicAsn::external;
  peer.source_address = ip("10.0.0.2");
  peer.router_id = ip("10.0.0.3");
  peer.ebgp_multi_hop = peer.graceful_restart = peer.dual_stack = true;
  const bgp::PeerSettings full = peer_settings(scene.input, {"one"}).at(0);
  CHECK(full.hold_time == 0s);
  CHECK(full.keepalive_time == 3s);
  CHECK(full.connect_time == 7s);
  CHECK(full.dynamic_asn == bgp::DynamicAsn::external);
  CHECK(full.source_address == ip("10.0.0.2"));
  CHECK(full.router_id == ip("10.0.0.3"));
  CHECK((full.ebgp_multi_hop && full.graceful_restart && full.dual_stack));
}

TEST_CASE("an unnumbered peer has no settings") {
  Scene scene;
  scene.peer("one").address.reset();
  CHECK(peer_settings(scene.input, {"one"}).empty());
}

TEST_CASE("communities of both kinds, and a peer without routes is named all the same") {
  const auto routes =
      bgp_routes({{"one", {{Cidr::host(ip("192.0.2.1")), 5, {{false, 64512, 7, 0}, {true, 1, 2, 3}}}}}, {"two", {}}});
  CHECK(routes.at("two").empty());
  const bgp::Route& route = routes.at("one").at(0);
  CHECK(route.prefix == Cidr::host(ip("192.0.2.1")));
  CHECK(route.attributes.local_pref == 5U);
  CHECK(route.attributes.communities == std::vector<std::uint32_t>{64512U << 16 | 7U});
  CHECK(route.attributes.large_communities == std::vector<bgp::LargeCommunity>{{1, 2, 3}});
}

TEST_CASE("the router's ID is the node's first IPv4 address, if it has one") {
  Scene scene;
  CHECK_FALSE(router_id(scene.input));
  scene.node("a").internal_ips = {ip("2001:db8::1"), ip("10.0.0.1"), ip("10.0.0.2")};
  CHECK(router_id(scene.input) == ip("10.0.0.1"));
  scene.input.self = "x";
  CHECK_FALSE(router_id(scene.input));
}

}  // namespace
}  // namespace naru::lb::announce
