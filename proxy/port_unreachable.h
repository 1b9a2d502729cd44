// What a host says where nobody takes a datagram (ICMP: RFC 792 and RFC 1122 3.2.2.1; ICMPv6: RFC 4443 3.1). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/address.h"

namespace naru::proxy {

/// The message about a datagram of `size` bytes of content from `client` to `address`, of one family, as far as its
/// sender needs it to find its socket: both headers, made up again. Without an outer IP header; of ICMPv6 the checksum,
/// which is over the addresses too, is the kernel's to fill in.
class PortUnreachable {
 public:
  PortUnreachable(const SocketAddress& client, const SocketAddress& address, std::size_t size);

  [[nodiscard]] std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }

 private:
  static constexpr std::size_t kIcmp = 8;
  static constexpr std::size_t kUdp = 8;
  static constexpr std::size_t kMost = kIcmp + 40 + kUdp;

  std::array<std::byte, kMost> bytes_{};
  std::size_t size_{0};
};

}  // namespace naru::proxy
