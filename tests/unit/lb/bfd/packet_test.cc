#include "lb/bfd/packet.h"

#include <set>

#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Version 1, no diagnostic, Up, multiplier 3, 24 bytes, discriminators 0x01020304 and 0x05060708, 0.1 s, 0.2 s, no
/// echo.
const Bytes kGood{0x20, 0xc0, 3, 24, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0x86, 0xa0, 0, 3, 0x0d, 0x40, 0, 0, 0, 0};

Bytes with(std::size_t index, std::uint8_t value, Bytes bytes = kGood) {
  bytes[index] = value;
  return bytes;
}

Bytes sized(std::size_t size, Bytes bytes = kGood) {
  bytes.resize(size);
  return bytes;
}

TEST_CASE("a packet is read as section 4.1 draws it") {
  const auto decoded = decode(with(1, 0x80 | 0x20 | 0x10 | 0x08 | 0x02, with(0, 0x20 | 3)));
  Packet expected;
  expected.diagnostic = Diagnostic::neighbour_signalled_down;
  expected.state = State::init;
  expected.poll = expected.final = expected.control_plane_independent = expected.demand = true;
  expected.detect_multiplier = 3;
  expected.my_discriminator = 0x01020304;
  expected.your_discriminator = 0x05060708;
  expected.desired_min_tx = milliseconds(100);
  expected.required_min_rx = milliseconds(200);
  REQUIRE(std::holds_alternative<Packet>(decoded));
  CHECK(std::get<Packet>(decoded) == expected);
}

TEST_CASE("what no session needs to be asked about is refused by the rules of section 6.8.6") {
  struct Row {
    const char* says;
    Bytes bytes;
    std::optional<Discard> refused;
  };
  const Row rows[] = {
      {"a good packet", kGood, {}},
      {"nothing", {}, Discard::short_packet},
      {"one byte too few", sized(23), Discard::short_packet},
      {"bytes behind it", sized(60), {}},
      {"version 0", with(0, 0x00), Discard::version},
      {"version 2", with(0, 0x40), Discard::version},
      {"a length of one less than a packet", with(3, 23, sized(60)), Discard::length},
      {"a length of more than arrived", with(3, 25), Discard::length},
      {"a length of exactly what arrived", with(3, 40, sized(40)), {}},
      {"authentication without room for it", with(1, 0xc4, with(3, 25, sized(60))), Discard::length},
      {"authentication with room for it", with(1, 0xc4, with(3, 26, sized(26))), {}},
      {"a multiplier of 0", with(2, 0), Discard::multiplier},
      {"multipoint", with(1, 0xc1), Discard::multipoint},
      {"my discriminator 0", with(4, 0, with(5, 0, with(6, 0, with(7, 0)))), Discard::my_discriminator},
      {"a diagnostic that nobody has defined", with(0, 0x3f), {}},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    const auto decoded = decode(row.bytes);
    const auto* refused = std::get_if<Discard>(&decoded);
    CHECK((refused ? std::optional(*refused) : std::nullopt) == row.refused);
  }
}

TEST_CASE("what is written is read as the same") {
  for (const State state : {State::admin_down, State::down, State::init, State::up}) {
    Packet packet = says(state);
    packet.diagnostic = Diagnostic::reverse_concatenated_path_down;
    packet.poll = state == State::up;
    packet.final = state == State::init;
    packet.required_min_rx = Micros(0xffffffff);
    const auto decoded = decode(encode(packet));
    REQUIRE(std::holds_alternative<Packet>(decoded));
    CHECK(std::get<Packet>(decoded) == packet);
  }
}

TEST_CASE("every reason to discard has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kDiscards; ++i) names.insert(to_string(static_cast<Discard>(i)));
  CHECK(names.size() == kDiscards);
}

TEST_CASE("a diagnostic is shown in words, or as a number if there are none") {
  CHECK(to_string(Diagnostic::detection_time_expired) == "Control Detection Time Expired");
  CHECK(to_string(Diagnostic::reverse_concatenated_path_down) == "Reverse Concatenated Path Down");
  CHECK(to_string(static_cast<Diagnostic>(9)) == "Diagnostic 9");
}

}  // namespace
}  // namespace naru::lb::bfd
