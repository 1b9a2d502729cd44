// Fields of frames at given offsets, in network byte order. The caller has checked that they are there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/mac_address.h"

namespace naru::lb::layer2 {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

[[nodiscard]] inline std::uint16_t get16(Bytes in, std::size_t at) {
  return static_cast<std::uint16_t>(in[at] << 8 | in[at + 1]);
}

[[nodiscard]] inline MacAddress get_mac(Bytes in, std::size_t at) {
  std::array<std::uint8_t, 6> bytes{};
  std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(at), 6, bytes.begin());
  return MacAddress(bytes);
}

[[nodiscard]] inline IpAddress get_v4(Bytes in, std::size_t at) {
  return IpAddress::v4(std::uint32_t{get16(in, at)} << 16 | get16(in, at + 2));
}

[[nodiscard]] inline IpAddress get_v6(Bytes in, std::size_t at) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(at), 16, bytes.begin());
  return IpAddress::v6(bytes);
}

inline void put16(MutableBytes out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

inline void put_mac(MutableBytes out, std::size_t at, const MacAddress& mac) {
  std::copy_n(mac.bytes().begin(), 6, out.begin() + static_cast<std::ptrdiff_t>(at));
}

inline void put_ip(MutableBytes out, std::size_t at, const IpAddress& ip) {
  std::copy_n(ip.bytes().begin(), ip.bits() / 8, out.begin() + static_cast<std::ptrdiff_t>(at));
}

inline void put_ethernet(MutableBytes out, const MacAddress& to, const MacAddress& from, std::uint16_t type) {
  put_mac(out, 0, to);
  put_mac(out, 6, from);
  put16(out, 12, type);
}

}  // namespace naru::lb::layer2
