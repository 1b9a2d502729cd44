// Cutting streams into messages, and NOTIFICATIONs in bytes and words.
#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/lb/bgp_bytes.h"

namespace naru::lb::bgp {
namespace {

const Bytes kMarker(16, 0xff);

/// A header with what it says of length and type, and nothing behind it.
Bytes header(std::size_t size, std::size_t type) {
  Bytes out = kMarker;
  put16(out, size);
  put8(out, type);
  return out;
}

std::optional<Notification> fault_in(const Bytes& bytes) {
  Framer framer;
  framer.add(bytes);
  const auto next = framer.next();
  const auto* fault = std::get_if<Notification>(&next);
  return fault == nullptr ? std::nullopt : std::optional(*fault);
}

bool is_incomplete(const Bytes& bytes) {
  Framer framer;
  framer.add(bytes);
  return std::holds_alternative<std::monostate>(framer.next());
}

}  // namespace

TEST_CASE("BGP: a stream is the same messages however it is cut") {
  Bytes stream = keepalive();
  put(stream, message(2, "0000 0000"));
  put(stream, route_refresh(Family::ipv6));
  const std::size_t piece = GENERATE(1U, 2U, 18U, 19U, 20U, 65U);
  Framer framer;
  std::vector<MessageType> types;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    framer.add(View(stream).subspan(at, std::min(piece, stream.size() - at)));
    for (auto next = framer.next(); !std::holds_alternative<std::monostate>(next); next = framer.next()) {
      types.push_back(std::get<Message>(next).type);
    }
  }
  CHECK(types == std::vector{MessageType::keepalive, MessageType::update, MessageType::route_refresh});
}

TEST_CASE("BGP: what is no message is told as RFC 4271 6.1 says") {
  struct Row {
    const char* what;
    Bytes bytes;
    HeaderError error;
    Bytes data;
  };
  const Row row = GENERATE(values<Row>(
      {{"another protocol, by its first byte", hex("47"), HeaderError::not_synchronized, {}},
       {"a marker that breaks off", hex("ffffffff ffffffff ffffffff ffffff00"), HeaderError::not_synchronized, {}},
       {"shorter than a header", header(18, 4), HeaderError::bad_length, hex("0012")},
       {"longer than any message may be", header(4097, 2), HeaderError::bad_length, hex("1001")},
       {"the longest that two bytes can say", header(65535, 2), HeaderError::bad_length, hex("ffff")},
       {"an OPEN too short for its fields", header(28, 1), HeaderError::bad_length, hex("001c")},
       {"an UPDATE too short for its fields", header(22, 2), HeaderError::bad_length, hex("0016")},
       {"a NOTIFICATION without its codes", header(20, 3), HeaderError::bad_length, hex("0014")},
       {"a KEEPALIVE that has something in it", header(20, 4), HeaderError::bad_length, hex("0014")},
       {"a ROUTE-REFRESH of another length", header(24, 5), HeaderError::bad_length, hex("0018")},
       {"type 0", header(19, 0), HeaderError::bad_type, hex("00")},
       {"a type that is not known", header(19, 6), HeaderError::bad_type, hex("06")}}));
  INFO(row.what);
  CHECK(fault_in(row.bytes) == Notification::header(row.error, row.data));
}

TEST_CASE("BGP: what may become a message is waited for") {
  CHECK(is_incomplete({}));
  CHECK(is_incomplete(Bytes(1, 0xff)));
  CHECK(is_incomplete(Bytes(18, 0xff)));
  CHECK(is_incomplete(header(4096, 2)));
  CHECK(is_incomplete(header(29, 1)));
}

TEST_CASE("BGP: the longest message is one") {
  Bytes bytes = header(4096, 2);
  bytes.resize(4096);
  Framer framer;
  framer.add(bytes);
  const auto next = framer.next();
  REQUIRE(std::holds_alternative<Message>(next));
  CHECK(std::get<Message>(next).body.size() == 4096 - kHeaderSize);
}

TEST_CASE("BGP: ROUTE-REFRESH names a family of ours, or none") {
  CHECK(parse_route_refresh(body_of(route_refresh(Family::ipv4))) == Family::ipv4);
  CHECK(parse_route_refresh(body_of(route_refresh(Family::ipv6))) == Family::ipv6);
  CHECK(parse_route_refresh(hex("0001 00 02")) == std::nullopt);  // multicast
  CHECK(parse_route_refresh(hex("0019 00 41")) == std::nullopt);  // EVPN
}

TEST_CASE("BGP: NOTIFICATIONs come back as they were, and cut where a message ends") {
  const Notification some = Notification::header(HeaderError::bad_length, hex("1001"));
  CHECK(parse_notification(body_of(encode(some))) == some);
  const Notification large{6, 0, Bytes(5000, 1)};
  CHECK(encode(large).size() == kMostMessage);
}

TEST_CASE("BGP: NOTIFICATIONs in words") {
  struct Row {
    Notification said;
    const char* words;
  };
  const Row row = GENERATE(values<Row>(
      {{Notification::cease(Cease::deconfigured), "Cease/Peer De-configured"},
       {Notification::shutdown("rack 4"), "Cease/Administrative Shutdown: rack 4"},
       {Notification::shutdown(""), "Cease/Administrative Shutdown"},
       {Notification::hold_timer(), "Hold Timer Expired"},
       {Notification::open(OpenError::bad_peer_as), "OPEN Message Error/Bad Peer AS"},
       {Notification::fsm(FsmError::in_established), "Finite State Machine Error/Unexpected Message in Established"},
       {{6, 2, hex("05 61 0a")}, "Cease/Administrative Shutdown"},      // a length that lies
       {{6, 2, hex("02 61 0a")}, "Cease/Administrative Shutdown: a?"},  // a line break in a log
       {{6, 77, {}}, "Cease/77"},
       {{200, 1, {}}, "200/1"}}));
  CHECK(to_string(row.said) == row.words);
}

TEST_CASE("BGP: each reason for an end has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kEndReasons; ++i) names.insert(to_string(static_cast<EndReason>(i)));
  CHECK(names.size() == kEndReasons);
  CHECK_FALSE(names.contains(""));
  CHECK(to_string(EndReason::none) == "none");
  CHECK(to_string(EndReason::shut_down) == "shut_down");
}

TEST_CASE("BGP: the words of a shutdown are cut between characters") {
  std::string text(254, 'a');
  text += "\xc3\xa9";  // the last of 255 bytes would be half of it
  const Notification said = Notification::shutdown(text);
  CHECK(said.data.size() == 255);
  CHECK(said.data[0] == 254);
}

}  // namespace naru::lb::bgp
