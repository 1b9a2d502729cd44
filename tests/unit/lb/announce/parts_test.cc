#include "lb/announce/change_log.h"
#include "lb/announce/rows.h"
#include "lb/announce/sessions.h"
#include "tests/unit/lb/announce/make.h"

namespace naru::lb::announce {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("which endpoints are usable for announcing") {
  struct Row {
    const char* says;
    bool ready, serving, says_serving, terminating, usable;
  };
  const Row rows[] = {
      {"ready", true, true, false, false, true},
      {"neither ready nor said to serve", false, true, false, false, false},
      {"shutting down, and serving", false, true, true, true, true},
      {"shutting down, and not serving", false, false, true, true, false},
      {"not ready, but serving", false, true, true, false, true},
      {"said to be ready while it shuts down", true, true, true, true, true},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    config::SliceEndpoint endpoint;
    endpoint.addresses = {ip("10.0.0.1")};
    endpoint.node_name = "a";
    endpoint.ready = row.ready;
    endpoint.serving = row.serving;
    endpoint.says_serving = row.says_serving;
    endpoint.terminating = row.terminating;
    auto slice = std::make_shared<config::EndpointSlice>();
    slice->endpoints = {endpoint};
    const Objects<config::EndpointSlice> slices = {slice};
    const EndpointNodes found = endpoint_nodes(slices, Family::ipv4);
    CHECK(found.anywhere == row.usable);
    CHECK(found.nodes.contains("a") == row.usable);
    CHECK_FALSE(endpoint_nodes(slices, Family::ipv6).anywhere);
  }
}

TEST_CASE("an endpoint of no known node is one, but on no node") {
  config::SliceEndpoint endpoint;
  endpoint.addresses = {ip("10.0.0.1")};
  auto slice = std::make_shared<config::EndpointSlice>();
  slice->endpoints = {endpoint};
  const Objects<config::EndpointSlice> slices = {slice};
  CHECK(endpoint_nodes(slices, Family::ipv4) == EndpointNodes{true, {}});
  CHECK(endpoint_nodes({}, Family::ipv4) == EndpointNodes{});
}

TEST_CASE("a BFD session with each other node, by IPv4 if both have it, else by IPv6, else none") {
  Scene scene({"a", "b", "c", "d", "e"});
  scene.node("a").internal_ips = {ip("2001:db8::1"), ip("10.0.0.1"), ip("10.0.0.2")};
  scene.node("b").internal_ips = {ip("10.0.0.11"), ip("2001:db8::11")};
  scene.node("c").internal_ips = {ip("2001:db8::12")};
  const auto sessions = node_sessions(scene.input);
  REQUIRE(sessions.size() == 2);
  CHECK(sessions.at({ip("10.0.0.11"), ip("10.0.0.1")}) == "b");
  CHECK(sessions.at({ip("2001:db8::12"), ip("2001:db8::1")}) == "c");
  CHECK(names_of(sessions) == std::set<std::string>{"b", "c"});
  CHECK(unheard_nodes(scene.input, sessions) == std::set<std::string>{"d", "e"});
  scene.input.self = "x";
  CHECK(node_sessions(scene.input).empty());
}

TEST_CASE("BFD with BGP peers that have a profile, one for those of one address") {
  Scene scene;
  scene.peer("one");
  scene.peer("two").ebgp_multi_hop = true;
  scene.peer("three");
  auto profile = std::make_shared<config::BfdProfile>();
  profile->transmit_interval = std::chrono::milliseconds(50);
  profile->detect_multiplier = 5;
  scene.input.peers[0].bfd = profile;
  scene.input.peers[1].bfd = profile;
  const auto sessions = peer_sessions(scene.input, {"one", "two", "three"});
  REQUIRE(sessions.size() == 1);
  CHECK(sessions.begin()->second.peers == Lines{"one", "two"});
  CHECK(sessions.begin()->second.settings.detect_multiplier == 5);
  CHECK(sessions.begin()->second.settings.desired_min_tx == bfd::Micros(50'000));
  CHECK(peer_sessions(scene.input, {"three"}).empty());
}

Layer2Decision decision(const std::string& address, Reason reason, const std::string& owner) {
  return {ip(address), {{"shop", "web"}}, reason, owner, {}};
}

TEST_CASE("what the log says of changes") {
  const std::vector<Layer2Decision> none;
  const std::vector<Layer2Decision> ours = {decision("192.0.2.1", Reason::announced, "a")};
  const std::vector<Layer2Decision> lost = {decision("192.0.2.1", Reason::lost_election, "b")};
  const std::vector<Layer2Decision> barren = {decision("192.0.2.1", Reason::no_endpoint, "")};
  CHECK(change_lines(none, none).empty());
  CHECK(change_lines(ours, ours).empty());
  CHECK(change_lines(none, ours) == Lines{"announcing 192.0.2.1 (shop/web)"});
  CHECK(change_lines(lost, barren).empty());
  CHECK(change_lines(ours, lost) == Lines{"no longer announcing 192.0.2.1 (shop/web): lost_election, now b's"});
  CHECK(change_lines(ours, barren) == Lines{"no longer announcing 192.0.2.1 (shop/web): no_endpoint"});
  CHECK(change_lines(ours, none) ==
        Lines{"no longer announcing 192.0.2.1: no Service or no advertisement has it any more"});
  std::vector<Layer2Decision> many;
  for (int i = 1; i < 10; ++i) many.push_back(decision("192.0.2." + std::to_string(i), Reason::announced, "a"));
  CHECK(change_lines(none, many) == Lines{"announcing 9 addresses more"});
  CHECK(change_lines(many, none) == Lines{"no longer announcing 9 addresses"});
}

TEST_CASE("what is shown of an address: where it is announced, who else claims it, or what is in the way") {
  const Layer2Decision ours = decision("192.0.2.1", Reason::announced, "a");
  layer2::InterfaceInfo bad;
  bad.name = "eth0";
  bad.fault = "it is down";
  const AnnouncementInfo nowhere = info_of(ours, {}, std::vector{bad});
  CHECK(nowhere.reason == Reason::no_interface);
  CHECK(nowhere.detail == "eth0: it is down");
  layer2::Announced at;
  at.address = ip("192.0.2.1");
  at.interface = "eth1";
  layer2::Announced other = at;
  other.interface = "eth2";
  other.conflict = layer2::Conflict{};
  other.conflict->reported = true;
  const AnnouncementInfo good = info_of(ours, std::vector{at, other}, {});
  CHECK(good.reason == Reason::announced);
  CHECK(good.via == "eth1,eth2");
  CHECK(good.conflict.has_value());
  CHECK(info_of(decision("192.0.2.1", Reason::lost_election, "b"), std::vector{at}, {}).via.empty());
}

TEST_CASE("since when: from the last change of reason or owner") {
  const auto at = [](int s) { return WallTime(std::chrono::seconds(s)); };
  Since since;
  std::vector<AnnouncementInfo> infos = {info_of(decision("192.0.2.1", Reason::lost_election, "b"), {}, {})};
  since.update(infos, at(1));
  CHECK(infos[0].since == at(1));
  since.update(infos, at(2));
  CHECK(infos[0].since == at(1));
  infos[0].node = "c";
  since.update(infos, at(3));
  CHECK(infos[0].since == at(3));
  std::vector<AnnouncementInfo> none;
  since.update(none, at(4));
  since.update(infos, at(5));
  CHECK(infos[0].since == at(5));
}

}  // namespace
}  // namespace naru::lb::announce
