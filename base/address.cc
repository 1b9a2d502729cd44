#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <charconv>
#include <cstring>

#include "base/hash.h"

namespace naru {

std::string_view to_string(Family family) {
  return family == Family::ipv4 ? "IPv4" : "IPv6";
}

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "TCP";
    case Protocol::udp:
      return "UDP";
    case Protocol::sctp:
      return "SCTP";
  }
  return "?";
}

Result<Port> Port::from(std::int64_t raw) {
  if (raw < 1 || raw > 65535) return Error{Errc::bad_input, fmt::format("{} is outside 1..65535", raw)};
  return Port(static_cast<std::uint16_t>(raw));
}

namespace {

Error not_an_address(std::string_view text) {
  return Error{Errc::bad_input, fmt::format("'{}' is not an IP address", text)};
}

std::optional<unsigned> to_number(std::string_view text) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  char copy[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof copy || text.find('\0') != std::string_view::npos) return not_an_address(text);
  text.copy(copy, text.size());  // not memcpy: an empty view may point nowhere
  copy[text.size()] = '\0';

  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, copy, bytes.data()) == 1) {
    IpAddress a;
    a.bytes_ = bytes;
    return a;
  }
  if (inet_pton(AF_INET6, copy, bytes.data()) == 1) return v6(bytes);
  return not_an_address(text);
}

std::uint32_t IpAddress::v4_value() const {
  assert(is_v4());
  return std::uint32_t{bytes_[0]} << 24 | std::uint32_t{bytes_[1]} << 16 | std::uint32_t{bytes_[2]} << 8 | bytes_[3];
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  IpAddress one = v6({});
  one.bytes_[15] = 1;
  return *this == one;
}

bool IpAddress::is_unspecified() const {
  return bytes_ == std::array<std::uint8_t, 16>{};
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  if (!is_v4()) return inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  // inet_ntop(3) prints IPv4 by sprintf(3), and this is in the way of every request that tells its client's address.
  char* end = text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) *end++ = '.';
    end = std::to_chars(end, text + sizeof text, bytes_[i]).ptr;
  }
  return {text, end};
}

IpAddress IpAddress::plus(std::uint64_t offset) const {
  IpAddress sum = *this;
  for (unsigned i = bits() / 8; i-- > 0 && offset != 0;) {
    offset += sum.bytes_[i];
    sum.bytes_[i] = static_cast<std::uint8_t>(offset);
    offset >>= 8;
  }
  return sum;
}

namespace {

IpAddress masked(const IpAddress& address, unsigned length) {
  std::array<std::uint8_t, 16> bytes = address.bytes();
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned first_bit = 8 * i;
    if (first_bit >= length) {
      bytes[i] = 0;
    } else if (first_bit + 8 > length) {
      bytes[i] &= static_cast<std::uint8_t>(0xff00U >> (length - first_bit));
    }
  }
  if (!address.is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
                       bytes[3]);
}

}  // namespace

Cidr Cidr::of(const IpAddress& address, unsigned prefix_length) {
  assert(prefix_length <= address.bits());
  return {masked(address, prefix_length), prefix_length};
}

Result<Cidr> Cidr::parse(std::string_view text, bool strict) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return Error{Errc::bad_input, fmt::format("'{}' is not a CIDR (address/length)", text)};
  }
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return Error{Errc::bad_input, fmt::format("'{}' is not a CIDR (address/length)", text)};
  const auto length = to_number(text.substr(slash + 1));
  if (!length || *length > address->bits()) {
    return Error{Errc::bad_input,
                 fmt::format("'{}' is not a CIDR: the prefix length must be 0..{}", text, address->bits())};
  }
  const Cidr cidr = of(*address, *length);
  if (strict && cidr.base() != *address) {
    return Error{Errc::bad_input, fmt::format("'{}' has host bits set; the network is {}", text, cidr.to_string())};
  }
  return cidr;
}

bool Cidr::contains(const IpAddress& address) const {
  return address.family() == family() && masked(address, prefix_length_) == base_;
}

bool Cidr::overlaps(const Cidr& other) const {
  return contains(other.base_) || other.contains(base_);
}

std::uint64_t Cidr::size() const {
  const unsigned host_bits = base_.bits() - prefix_length_;
  return host_bits >= 64 ? ~std::uint64_t{0} : std::uint64_t{1} << host_bits;
}

IpAddress Cidr::last() const {
  std::array<std::uint8_t, 16> bytes = base_.bytes();
  for (unsigned bit = prefix_length_; bit < base_.bits(); ++bit)
    bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  if (!base_.is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
                       bytes[3]);
}

std::string Cidr::to_string() const {
  return fmt::format("{}/{}", base_.to_string(), prefix_length_);
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const Error bad{Errc::bad_input, fmt::format("'{}' is not address:port", text)};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  const auto number = to_number(text.substr(colon + 1));
  if (!ip || ip->is_v4() == bracketed || !number) return bad;
  const auto port = Port::from(*number);
  if (!port) return bad;
  return SocketAddress{*ip, *port};
}

std::string SocketAddress::to_string() const {
  return ip.is_v4() ? fmt::format("{}:{}", ip.to_string(), port.value())
                    : fmt::format("[{}]:{}", ip.to_string(), port.value());
}

std::uint64_t hash_value(const IpAddress& address) {
  std::uint64_t halves[2];
  std::memcpy(halves, address.bytes().data(), sizeof halves);
  if constexpr (std::endian::native == std::endian::big) {
    for (auto& half : halves) half = __builtin_bswap64(half);
  }
  return combine(halves[0] ^ static_cast<std::uint64_t>(address.family()), halves[1]);
}

std::uint64_t hash_value(const SocketAddress& address) {
  return combine(hash_value(address.ip), address.port.value());
}

}  // namespace naru
