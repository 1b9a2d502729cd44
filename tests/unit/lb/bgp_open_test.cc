// OPEN: what we say, what we understand, and what we refuse.
#include <catch2/catch.hpp>

#include "lb/bgp/open.h"
#include "tests/unit/lb/bgp_bytes.h"

namespace naru::lb::bgp {
namespace {

const IpAddress kId = IpAddress::v4(0x0a000001);

Open sample() {
  Open open;
  open.asn = 4200000000;
  open.hold_seconds = 90;
  open.router_id = kId;
  open.families = {true, true};
  open.four_octet_asn = open.route_refresh = true;
  open.graceful_restart = GracefulRestart{true, 120, {true, true}};
  return open;
}

/// AS 65001, hold time 90, router id 10.0.0.1; `parameters` with their length.
std::variant<Open, Notification> parsed(std::string_view parameters) {
  Bytes body = hex("04 fde9 005a 0a000001");
  put(body, hex(parameters));
  return parse_open(body);
}

}  // namespace

TEST_CASE("BGP: an OPEN comes back as it was") {
  const Open open = sample();
  CHECK(std::get<Open>(parse_open(body_of(encode(open)))) == open);
}

TEST_CASE("BGP: an AS number of four bytes stands as AS_TRANS where there are two") {
  CHECK(body_of(encode(sample()))[1] == 0x5b);
  CHECK(body_of(encode(sample()))[2] == 0xa0);
}

TEST_CASE("BGP: an OPEN without capabilities is IPv4 and an old peer") {
  const Open open = std::get<Open>(parsed("00"));
  CHECK(open.asn == 65001);
  CHECK(open.families == Families{true, false});
  CHECK_FALSE(open.four_octet_asn);
  CHECK_FALSE(open.graceful_restart);
}

TEST_CASE("BGP: capabilities say which families there are") {
  CHECK(std::get<Open>(parsed("08 02 06 01 04 0002 0001")).families == Families{false, true});
  CHECK(std::get<Open>(parsed("08 02 06 01 04 0019 0041")).families == Families{false, false});
  CHECK(std::get<Open>(parsed("0e 02 0c 01 04 0001 0001 01 04 0002 0001")).families == Families{true, true});
}

TEST_CASE("BGP: capabilities that are not known are passed over, in one parameter or several") {
  const Open open = std::get<Open>(parsed("0d 02 05 49 03 616263 02 04 80 00 02 00"));
  CHECK(open.route_refresh);
}

TEST_CASE("BGP: the longer form of parameters is understood (RFC 9072)") {
  const Open open = std::get<Open>(parsed("ff ff 0009 02 0006 41 04 0000fde9"));
  CHECK(open.four_octet_asn);
  CHECK(open.asn == 65001);
}

TEST_CASE("BGP: an OPEN that is none is refused as RFC 4271 6.2 says") {
  struct Row {
    const char* what;
    const char* body;
    OpenError error;
  };
  const Row row = GENERATE(
      values<Row>({{"version 3", "03 fde9 005a 0a000001 00", OpenError::unsupported_version},
                   {"AS 0", "04 0000 005a 0a000001 00", OpenError::bad_peer_as},
                   {"AS 0 in four bytes", "04 5ba0 005a 0a000001 08 02 06 41 04 00000000", OpenError::bad_peer_as},
                   {"two AS numbers", "04 fde9 005a 0a000001 08 02 06 41 04 0000fdea", OpenError::bad_peer_as},
                   {"an authentication parameter", "04 fde9 005a 0a000001 02 01 00", OpenError::unsupported_parameter},
                   {"parameters longer than said", "04 fde9 005a 0a000001 02 02 00 00", OpenError::unspecific},
                   {"parameters shorter than said", "04 fde9 005a 0a000001 04 02 00", OpenError::unspecific},
                   {"a parameter that breaks off", "04 fde9 005a 0a000001 03 02 04 41", OpenError::unspecific},
                   {"a capability that breaks off", "04 fde9 005a 0a000001 05 02 03 41 04 00", OpenError::unspecific},
                   {"half an AS number", "04 fde9 005a 0a000001 06 02 04 41 02 fde9", OpenError::unspecific},
                   {"half a family", "04 fde9 005a 0a000001 06 02 04 01 02 0001", OpenError::unspecific},
                   {"graceful restart of a family and a half",
                    "04 fde9 005a 0a000001 0a 02 08 40 06 0078 000101 80 00 00", OpenError::unspecific},
                   {"the longer form, breaking off", "04 fde9 005a 0a000001 ff ff 00", OpenError::unspecific}}));
  INFO(row.what);
  const auto result = parse_open(hex(row.body));
  REQUIRE(std::holds_alternative<Notification>(result));
  CHECK(std::get<Notification>(result).subcode == static_cast<unsigned>(row.error));
}

TEST_CASE("BGP: another version is told which there is") {
  const auto result = parse_open(hex("05 fde9 005a 0a000001 00"));
  CHECK(std::get<Notification>(result).data == hex("0004"));
}

TEST_CASE("BGP: an OPEN that does not fit what is configured is refused") {
  struct Row {
    const char* what;
    std::uint32_t wanted;
    std::optional<DynamicAsn> dynamic;
    std::uint32_t theirs;
    std::uint32_t id;
    std::uint16_t hold;
    std::optional<OpenError> error;
  };
  constexpr auto internal = DynamicAsn::internal;
  constexpr auto external = DynamicAsn::external;
  const Row row = GENERATE_COPY(
      values<Row>({{"as configured", 65001, {}, 65001, 9, 90, {}},
                   {"another AS", 65001, {}, 65002, 9, 90, OpenError::bad_peer_as},
                   {"our AS where any other is wanted", 0, external, 64512, 9, 90, OpenError::bad_peer_as},
                   {"any other AS", 0, external, 65002, 9, 90, {}},
                   {"another AS where ours is wanted", 0, internal, 65002, 9, 90, OpenError::bad_peer_as},
                   {"our AS", 0, internal, 64512, 9, 90, {}},
                   {"router id 0", 65001, {}, 65001, 0, 90, OpenError::bad_identifier},
                   {"our router id within our AS", 64512, {}, 64512, 0x0a000001, 90, OpenError::bad_identifier},
                   {"our router id in another AS (RFC 6286)", 65001, {}, 65001, 0x0a000001, 90, {}},
                   {"no hold time", 65001, {}, 65001, 9, 0, {}},
                   {"hold time 1", 65001, {}, 65001, 9, 1, OpenError::unacceptable_hold_time},
                   {"hold time 2", 65001, {}, 65001, 9, 2, OpenError::unacceptable_hold_time},
                   {"hold time 3", 65001, {}, 65001, 9, 3, {}}}));
  INFO(row.what);
  PeerSettings settings;
  settings.my_asn = 64512;
  settings.peer_asn = row.wanted;
  settings.dynamic_asn = row.dynamic;
  Open ours = sample();
  ours.asn = 64512;
  Open theirs = sample();
  theirs.asn = row.theirs;
  theirs.router_id = IpAddress::v4(row.id);
  theirs.hold_seconds = row.hold;
  const auto refused = refusal(theirs, ours, settings);
  CHECK(refused.has_value() == row.error.has_value());
  if (refused && row.error) CHECK(refused->subcode == static_cast<unsigned>(*row.error));
}

TEST_CASE("BGP: no family in common is refused") {
  PeerSettings settings;
  settings.my_asn = 1;
  settings.peer_asn = sample().asn;
  Open ours = sample();
  ours.families = {true, false};
  Open theirs = sample();
  theirs.families = {false, true};
  REQUIRE(refusal(theirs, ours, settings));
  CHECK(reason_of(*refusal(theirs, ours, settings)) == EndReason::unsupported_capability);
}

TEST_CASE("BGP: settings that make no session say why") {
  PeerSettings good;
  good.name = "router";
  good.my_asn = 1;
  good.peer_asn = 2;
  good.address = IpAddress::v4(1);
  CHECK(fault_of(good).empty());
  const auto broken = [&](auto change) {
    PeerSettings settings = good;
    change(settings);
    return fault_of(settings);
  };
  using std::chrono::seconds;
  CHECK(broken([](auto& s) { s.my_asn = 0; }) == "myASN: 0 is no AS number");
  CHECK(broken([](auto& s) { s.peer_asn = 0; }) == "neither peerASN nor dynamicASN is given");
  CHECK(broken([](auto& s) { s.dynamic_asn = DynamicAsn::internal; }) == "peerASN and dynamicASN exclude each other");
  CHECK(broken([](auto& s) { s.hold_time = seconds(2); }) == "holdTime: 2 s is neither 0 nor 3..65535");
  CHECK(broken([](auto& s) { s.hold_time = seconds(65536); }) == "holdTime: 65536 s is neither 0 nor 3..65535");
  CHECK(broken([](auto& s) { s.hold_time = seconds(3); }).empty());
  CHECK(broken([](auto& s) { s.hold_time = seconds(0); }).empty());
  CHECK(broken([](auto& s) { s.keepalive_time = seconds(91); }) == "keepaliveTime: longer than holdTime");
  CHECK(broken([](auto& s) { s.connect_time = seconds(0); }) == "connectTime: under 1 s");
  CHECK(broken([](auto& s) { s.password = std::string(81, 'x'); }) == "password: longer than 80 bytes");
  CHECK(broken([](auto& s) { s.password = std::string(80, 'x'); }).empty());
  CHECK(broken([](auto& s) { s.router_id = IpAddress(); }) == "routerID: not an IPv4 address");
  CHECK(broken([](auto& s) { s.source_address = *IpAddress::parse("::1"); }) ==
        "sourceAddress ::1 is of another family than the peer's");
}

}  // namespace naru::lb::bgp
