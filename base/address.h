// IP addresses, prefixes, ports and socket addresses as values: one that exists is valid.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace naru {

enum class Family : std::uint8_t { ipv4, ipv6 };
enum class Protocol : std::uint8_t { tcp, udp, sctp };

[[nodiscard]] std::string_view to_string(Family family);      ///< "IPv4" or "IPv6", as Kubernetes writes them
[[nodiscard]] std::string_view to_string(Protocol protocol);  ///< "TCP", "UDP" or "SCTP"

/// A TCP or UDP port, 1..65535. (0 exists only as the default of a value not yet set.)
class Port {
 public:
  constexpr Port() = default;
  constexpr explicit Port(std::uint16_t value) : value_(value) {}
  /// Errors: outside 1..65535.
  static Result<Port> from(std::int64_t raw);

  [[nodiscard]] constexpr std::uint16_t value() const { return value_; }
  friend constexpr auto operator<=>(Port, Port) = default;

 private:
  std::uint16_t value_{};
};

/// An IPv4 or IPv6 address. IPv4-mapped IPv6 addresses are a different value from the IPv4 address they map.
class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0
  /// `host` in host byte order: 0x7f000001 is 127.0.0.1.
  static constexpr IpAddress v4(std::uint32_t host) {
    IpAddress a;
    for (unsigned i = 0; i < 4; ++i) a.bytes_[i] = static_cast<std::uint8_t>(host >> (24 - 8 * i));
    return a;
  }
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress a;
    a.family_ = Family::ipv6;
    a.bytes_ = bytes;
    return a;
  }
  /// Textual forms as inet_pton accepts them; no scope id, no leading zeros, no white space. Errors: anything else.
  static Result<IpAddress> parse(std::string_view text);

  [[nodiscard]] constexpr Family family() const { return family_; }
  [[nodiscard]] constexpr bool is_v4() const { return family_ == Family::ipv4; }
  /// The address in host byte order. Only for IPv4.
  [[nodiscard]] std::uint32_t v4_value() const;
  /// Network byte order; the first 4 count for IPv4, all 16 for IPv6.
  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] constexpr unsigned bits() const { return is_v4() ? 32 : 128; }
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;
  /// Canonical text (RFC 5952 for IPv6).
  [[nodiscard]] std::string to_string() const;
  /// This address plus `offset`, wrapping within the family.
  [[nodiscard]] IpAddress plus(std::uint64_t offset) const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_{Family::ipv4};
  std::array<std::uint8_t, 16> bytes_{};
};

/// An address prefix, host bits zero.
class Cidr {
 public:
  /// "10.0.0.0/8". Errors: not address/length, length too long, or (when `strict`) host bits set, which else are
  /// cleared.
  static Result<Cidr> parse(std::string_view text, bool strict = false);
  static Cidr of(const IpAddress& address, unsigned prefix_length);
  static Cidr host(const IpAddress& address) { return of(address, address.bits()); }

  [[nodiscard]] const IpAddress& base() const { return base_; }
  [[nodiscard]] unsigned prefix_length() const { return prefix_length_; }
  [[nodiscard]] Family family() const { return base_.family(); }
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool overlaps(const Cidr& other) const;
  /// Number of addresses; 2^64-1 for IPv6 prefixes of 64 bits or shorter.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] IpAddress last() const;
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const Cidr&, const Cidr&) = default;

 private:
  Cidr(const IpAddress& base, unsigned length) : base_(base), prefix_length_(length) {}
  IpAddress base_;
  unsigned prefix_length_{32};
};

/// Where a socket listens or connects.
struct SocketAddress {
  IpAddress ip;
  Port port;

  /// "127.0.0.1:80" or "[::1]:80". Errors: anything else.
  static Result<SocketAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// Well-mixed hashes, the same on every machine and in every run.
[[nodiscard]] std::uint64_t hash_value(const IpAddress& address);
[[nodiscard]] std::uint64_t hash_value(const SocketAddress& address);

}  // namespace naru

template <>
struct std::hash<naru::IpAddress> {
  std::size_t operator()(const naru::IpAddress& a) const { return naru::hash_value(a); }
};
template <>
struct std::hash<naru::SocketAddress> {
  std::size_t operator()(const naru::SocketAddress& a) const { return naru::hash_value(a); }
};
