// UPDATEs that we send, byte by byte, and what we make of those of peers.
#include <catch2/catch.hpp>

#include "lb/bgp/next_hop.h"
#include "lb/bgp/update.h"
#include "lb/bgp/update_check.h"
#include "tests/unit/lb/bgp_bytes.h"

namespace naru::lb::bgp {
namespace {

Terms external() {
  return {65001, false, true, {true, true}, {IpAddress::v4(0x0a000001), *IpAddress::parse("fd00::1")}};
}

std::vector<Cidr> prefixes(std::initializer_list<const char*> texts) {
  std::vector<Cidr> result;
  for (const char* text : texts) result.push_back(*Cidr::parse(text));
  return result;
}

std::vector<Cidr> hosts(std::size_t count, const char* first) {
  std::vector<Cidr> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(Cidr::host(IpAddress::parse(first)->plus(i)));
  return result;
}

Bytes announced(const Terms& terms, const RouteAttributes& attributes = {}, const char* prefix = "192.0.2.1/32") {
  return body_of(announce(terms, attributes, prefixes({prefix})).message);
}

}  // namespace

TEST_CASE("BGP: an IPv4 route to an external peer") {
  CHECK(announced(external()) == hex("0000 0014 400101 00 400206 0201 0000fde9 400304 0a000001 20 c0000201"));
}

TEST_CASE("BGP: an IPv4 route to an internal peer has no AS path, but a local preference") {
  Terms terms = external();
  terms.internal = true;
  CHECK(announced(terms) == hex("0000 0015 400101 00 400200 400304 0a000001 400504 00000064 20 c0000201"));
  CHECK(announced(terms, {7, {}, {}}) == hex("0000 0015 400101 00 400200 400304 0a000001 400504 00000007 20 c0000201"));
}

TEST_CASE("BGP: an external peer is not told the local preference") {
  CHECK(announced(external(), {7, {}, {}}) == announced(external()));
}

TEST_CASE("BGP: a peer of two-byte AS numbers is told AS_TRANS and the whole beside it") {
  Terms terms = external();
  terms.four_octet_asn = false;
  CHECK(announced(terms) == hex("0000 0012 400101 00 400204 0201 fde9 400304 0a000001 20 c0000201"));
  terms.my_asn = 4200000000;
  CHECK(announced(terms) ==
        hex("0000 001b 400101 00 400204 0201 5ba0 400304 0a000001 c01106 0201 fa56ea00 20 c0000201"));
}

TEST_CASE("BGP: communities, of both kinds") {
  const RouteAttributes attributes{{}, {0xfde90064, 0xffffff01}, {{64512, 1, 2}}};
  CHECK(announced(external(), attributes) ==
        hex("0000 002e 400101 00 400206 0201 0000fde9 400304 0a000001 c00808 fde90064 ffffff01"
            "c0200c 0000fc00 00000001 00000002 20 c0000201"));
}

TEST_CASE("BGP: an IPv6 route is within MP_REACH_NLRI, which goes first") {
  CHECK(announced(external(), {}, "2001:db8::/33") ==
        hex("0000 002c 900e 001b 0002 01 10 fd000000000000000000000000000001 00 21 20010db800"
            "400101 00 400206 0201 0000fde9"));
}

TEST_CASE("BGP: withdrawals and the end of all routes") {
  CHECK(body_of(withdraw(prefixes({"10.0.0.0/8", "0.0.0.0/0"})).message) == hex("0003 08 0a 00 0000"));
  CHECK(body_of(withdraw(prefixes({"2001:db8::/32"})).message) == hex("0000 000c 900f 0008 0002 01 20 20010db8"));
  CHECK(body_of(end_of_rib(Family::ipv4)) == hex("0000 0000"));
  CHECK(body_of(end_of_rib(Family::ipv6)) == hex("0000 0007 900f 0003 0002 01"));
}

TEST_CASE("BGP: as many prefixes as fit go into a message, and no more") {
  struct Row {
    const char* first;
    std::size_t each;
  };
  const Row row = GENERATE(values<Row>({{"10.0.0.0", 5}, {"2001:db8::", 17}}));
  const auto all = hosts(2000, row.first);
  for (const Packed& packed : {announce(external(), {}, all), withdraw(all)}) {
    CHECK(packed.message.size() <= kMostMessage);
    CHECK(packed.message.size() + row.each > kMostMessage);
    CHECK(packed.count < all.size());
    CHECK_FALSE(check_update(body_of(packed.message), true).reset);
    CHECK_FALSE(check_update(body_of(packed.message), true).malformed);
  }
}

TEST_CASE("BGP: attributes that leave no room carry no prefix") {
  RouteAttributes attributes;
  for (std::uint32_t i = 0; i < 1100; ++i) attributes.communities.push_back(i);
  CHECK(announce(external(), attributes, hosts(1, "10.0.0.1")).count == 0);
  CHECK(announce(external(), attributes, hosts(1, "2001:db8::")).count == 0);
  attributes.communities.resize(1000);
  const Packed packed = announce(external(), attributes, hosts(1, "2001:db8::"));
  CHECK(packed.count == 1);
  CHECK_FALSE(check_update(body_of(packed.message), true).malformed);
}

TEST_CASE("BGP: UPDATEs of peers: what goes, what is passed over, and what ends the session") {
  struct Row {
    const char* what;
    const char* body;
    bool malformed;
    std::optional<UpdateError> error;
  };
  constexpr auto list = UpdateError::malformed_attributes;
  constexpr auto network = UpdateError::invalid_network;
  constexpr auto optional = UpdateError::optional_attribute;
  const Row row = GENERATE_COPY(values<Row>(
      {{"End-of-RIB", "0000 0000", false, {}},
       {"a route", "0000 0014 400101 00 400206 0201 0000fde9 400304 0a000001 18 c00002", false, {}},
       {"without its origin", "0000 0010 400206 0201 0000fde9 400304 0a000001 18 c00002", true, {}},
       {"without its next hop", "0000 000d 400101 00 400206 0201 0000fde9 18 c00002", true, {}},
       {"with an origin of 3", "0000 0014 400101 03 400206 0201 0000fde9 400304 0a000001 18 c00002", true, {}},
       {"with an origin of two bytes", "0000 0005 400102 0000", true, {}},
       {"with an origin that is optional", "0000 0004 c00101 00", true, {}},
       {"with an AS path of two-byte numbers", "0000 0007 400204 0201 fde9", true, {}},
       {"with an empty segment in its AS path", "0000 0005 400202 0200", true, {}},
       {"with a segment of no known type", "0000 0009 400206 0501 0000fde9", true, {}},
       {"with half a community", "0000 0005 c00802 fde9", true, {}},
       {"with no community in its list", "0000 0003 c00800", true, {}},
       {"with half a large community", "0000 0009 c02006 000000000000", true, {}},
       {"with an attribute longer than all of them", "0000 0003 4001ff", true, {}},
       {"with half an attribute", "0000 0001 40", true, {}},
       {"with an optional attribute that nobody knows", "0000 0003 80fa00", false, {}},
       {"with a well-known attribute that nobody knows", "0000 0003 40fa00", false,
        UpdateError::unrecognized_well_known},
       {"attributes longer than the message", "0000 0001", false, list},
       {"withdrawals longer than the message", "0005 0000", false, list},
       {"a withdrawn prefix of 33 bits", "0006 21 c000020100 0000", false, network},
       {"a withdrawn prefix that breaks off", "0002 18 c0 0000", false, network},
       {"an announced prefix of 33 bits", "0000 0000 21 c000020100", false, network},
       {"IPv6 prefixes withdrawn", "0000 000c 900f 0008 0002 01 20 20010db8", false, {}},
       {"an IPv6 prefix of 129 bits", "0000 0007 800f04 0002 01 81", false, optional},
       {"MP_REACH_NLRI that breaks off", "0000 0006 800e03 0002 01", false, optional},
       {"MP_REACH_NLRI with a next hop of 3 bytes", "0000 000b 800e08 0002 01 03 000000 00", false, optional},
       {"two MP_UNREACH_NLRI", "0000 000c 800f03 0002 01 800f03 0002 01", false, list},
       {"a family that is not ours", "0000 000a 800f07 0019 41 ffffffff", false, {}}}));
  INFO(row.what);
  const UpdateVerdict verdict = check_update(hex(row.body), true);
  CHECK(verdict.malformed == row.malformed);
  REQUIRE(verdict.reset.has_value() == row.error.has_value());
  if (row.error) CHECK(verdict.reset->subcode == static_cast<unsigned>(*row.error));
}

TEST_CASE("BGP: next hops are the session's address and the other family's on its interface") {
  const auto v4 = IpAddress::v4(0x0a000001);
  const auto v6 = *IpAddress::parse("fd00::1");
  const auto local6 = *IpAddress::parse("fe80::1");
  const auto at = [](const IpAddress& ip, unsigned index, bool global) { return OwnAddress{ip, index, global}; };
  const std::vector both{at(v4, 2, true), at(local6, 2, false), at(v6, 2, true)};
  const std::vector apart{at(v4, 2, true), at(v6, 3, true)};
  CHECK(next_hops(v4, both) == NextHops{v4, v6});
  CHECK(next_hops(v6, both) == NextHops{v4, v6});
  CHECK(next_hops(v4, apart) == NextHops{v4, std::nullopt});
  CHECK(next_hops(v4, {}) == NextHops{v4, std::nullopt});
}

}  // namespace naru::lb::bgp
