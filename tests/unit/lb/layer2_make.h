// Frames and hosts for the tests of layer 2.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <span>
#include <string>
#include <vector>

#include "lb/layer2/judge.h"

namespace naru::lb::layer2::test {

inline IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}

inline MacAddress mac(std::uint8_t last) {
  return MacAddress({2, 0, 0, 0, 0, last});
}

/// White space is for the reader.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

/// This host has the interfaces of MAC addresses 1, which receives, and 2. Of both families, the addresses that end in
/// 10 (::10) are announced on 1, in 11 on 2, in 12 by another node.
struct Hosts {
  std::set<MacAddress> macs{mac(1), mac(2)};

  [[nodiscard]] Receiver receiver() const {
    return {mac(1), macs, [](const IpAddress& address) {
              if (address == ip("192.0.2.10") || address == ip("2001:db8::10")) return Standing::announced_here;
              if (address == ip("192.0.2.11") || address == ip("2001:db8::11")) return Standing::announced_elsewhere;
              if (address == ip("192.0.2.12") || address == ip("2001:db8::12")) return Standing::held;
              return Standing::unknown;
            }};
  }
};

}  // namespace naru::lb::layer2::test
