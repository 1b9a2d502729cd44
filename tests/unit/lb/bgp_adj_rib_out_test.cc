// What a peer is told, against what is wanted.
#include <catch2/catch.hpp>

#include "lb/bgp/adj_rib_out.h"
#include "lb/bgp/update.h"
#include "tests/unit/lb/bgp_bytes.h"

namespace naru::lb::bgp {
namespace {

Terms terms(Families families = {true, true}) {
  return {65001, false, true, families, {IpAddress::v4(0x0a000001), *IpAddress::parse("fd00::1")}};
}

Route route(const char* prefix, RouteAttributes attributes = {}) {
  return {*Cidr::parse(prefix), std::move(attributes)};
}

using Messages = std::vector<Bytes>;

Messages all(AdjRibOut& rib) {
  Messages messages;
  while (auto message = rib.next()) messages.push_back(std::move(*message));
  return messages;
}

Bytes announcing(std::vector<Cidr> prefixes, const RouteAttributes& attributes = {}) {
  return announce(terms(), attributes, prefixes).message;
}

const Cidr kOne = *Cidr::parse("192.0.2.1/32");
const Cidr kTwo = *Cidr::parse("192.0.2.2/32");
const Cidr kSix = *Cidr::parse("2001:db8::1/128");
const Bytes kEnd4 = end_of_rib(Family::ipv4);
const Bytes kEnd6 = end_of_rib(Family::ipv6);

/// A session with two routes told.
AdjRibOut told() {
  AdjRibOut rib;
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32")});
  rib.begin(terms());
  all(rib);
  return rib;
}

}  // namespace

TEST_CASE("BGP routes: a session begins with all routes and the ends of both families") {
  AdjRibOut rib;
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32"), route("2001:db8::1/128")});
  CHECK(rib.pending() == 3);
  CHECK(all(rib).empty());
  rib.begin(terms());
  CHECK(rib.pending() == 3);
  CHECK(all(rib) == Messages{announcing({kOne, kTwo}), announcing({kSix}), kEnd4, kEnd6});
  CHECK(rib.announced() == 3);
  CHECK(rib.pending() == 0);
}

TEST_CASE("BGP routes: as long as nothing is known, not even the end is told") {
  AdjRibOut rib;
  rib.begin(terms());
  CHECK(all(rib).empty());
  rib.want({});
  CHECK(all(rib) == Messages{kEnd4, kEnd6});
}

TEST_CASE("BGP routes: only the difference is told") {
  AdjRibOut rib = told();
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32")});
  CHECK(all(rib).empty());
  rib.want({route("192.0.2.1/32", {{}, {7}, {}}), route("2001:db8::1/128")});
  CHECK(rib.pending() == 3);
  CHECK(all(rib) ==
        Messages{withdraw(std::vector{kTwo}).message, announcing({kOne}, {{}, {7}, {}}), announcing({kSix})});
  CHECK(rib.announced() == 2);
}

TEST_CASE("BGP routes: the last route goes too") {
  AdjRibOut rib = told();
  rib.want({});
  CHECK(all(rib) == Messages{withdraw(std::vector{kOne, kTwo}).message});
  CHECK(rib.announced() == 0);
}

TEST_CASE("BGP routes: changes that came to nothing before they were told are not told") {
  AdjRibOut rib = told();
  rib.want({route("192.0.2.1/32")});
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32")});
  CHECK(rib.pending() == 0);
  CHECK(all(rib).empty());
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32"), route("192.0.2.3/32")});
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32")});
  CHECK(all(rib).empty());
}

TEST_CASE("BGP routes: of a prefix given twice the last counts, and the order of communities does not") {
  AdjRibOut rib = told();
  rib.want({route("192.0.2.1/32", {{}, {1, 2}, {}}), route("192.0.2.2/32"), route("192.0.2.1/32")});
  CHECK(all(rib).empty());
  rib.want({route("192.0.2.1/32", {{}, {2, 1, 2}, {}}), route("192.0.2.2/32")});
  CHECK(all(rib) == Messages{announcing({kOne}, {{}, {1, 2}, {}})});
  rib.want({route("192.0.2.1/32", {{}, {1, 2}, {}}), route("192.0.2.2/32")});
  CHECK(all(rib).empty());
}

TEST_CASE("BGP routes: an external peer does not hear of another local preference") {
  AdjRibOut rib = told();
  rib.want({route("192.0.2.1/32", {200, {}, {}}), route("192.0.2.2/32")});
  CHECK(all(rib).empty());
}

TEST_CASE("BGP routes: a new session begins anew") {
  AdjRibOut rib = told();
  rib.end();
  CHECK(rib.announced() == 0);
  CHECK(rib.pending() == 2);
  rib.begin(terms({true, false}));
  CHECK(all(rib) == Messages{announcing({kOne, kTwo}), kEnd4});
}

TEST_CASE("BGP routes: a refresh tells one family again, and no end") {
  AdjRibOut rib = told();
  rib.refresh(Family::ipv6);
  CHECK(all(rib).empty());
  rib.refresh(Family::ipv4);
  CHECK(all(rib) == Messages{announcing({kOne, kTwo})});
}

TEST_CASE("BGP routes: what the session cannot carry stays pending, and counts as impossible") {
  AdjRibOut rib;
  rib.want({route("192.0.2.1/32"), route("2001:db8::1/128")});
  Terms lacking = terms();
  const bool by_family = GENERATE(true, false);
  if (by_family) lacking.families.ipv6 = false;
  if (!by_family) lacking.next_hops.ipv6.reset();
  rib.begin(lacking);
  all(rib);
  CHECK(rib.announced() == 1);
  CHECK(rib.pending() == 1);
  CHECK(rib.impossible() == 1);
  rib.want({route("192.0.2.1/32")});
  CHECK(rib.impossible() == 0);
}

TEST_CASE("BGP routes: one whose communities outgrow a message is withdrawn, and comes back when they fit") {
  AdjRibOut rib = told();
  RouteAttributes large;
  for (std::uint32_t i = 0; i < 1100; ++i) large.communities.push_back(i);
  rib.want({route("192.0.2.1/32", large), route("192.0.2.2/32")});
  CHECK(all(rib) == Messages{withdraw(std::vector{kOne}).message});
  CHECK(rib.impossible() == 1);
  CHECK(rib.announced() == 1);
  rib.want({route("192.0.2.1/32"), route("192.0.2.2/32")});
  CHECK(all(rib) == Messages{announcing({kOne})});
  CHECK(rib.impossible() == 0);
}

TEST_CASE("BGP routes: many go in several messages, each full") {
  std::vector<Route> routes;
  for (std::uint32_t i = 0; i < 2000; ++i) routes.push_back({Cidr::host(IpAddress::v4(0x0a000000 + i)), {}});
  AdjRibOut rib;
  rib.want(routes);
  rib.begin(terms({true, false}));
  const auto messages = all(rib);
  CHECK(messages.size() == 4);  // of 807, 807 and 386 prefixes, and the end
  CHECK(rib.announced() == 2000);
  rib.want({});
  CHECK(all(rib).size() == 3);
}

}  // namespace naru::lb::bgp
