// Signature, version and command, family and transport, length, addresses, TLVs; all in network byte order.
#include <array>

#include "proxy/proxy_protocol_versions.h"

namespace naru::proxy {
namespace {

constexpr std::size_t kHeadSize = 16;
constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kLocal = 0;
constexpr std::uint8_t kProxy = 1;
constexpr std::uint8_t kUnspecified = 0x00;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;
constexpr std::uint8_t kUnixStream = 0x31;
constexpr std::uint8_t kChecksumType = 0x03;
constexpr std::size_t kTlvHead = 3;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}
std::uint16_t get16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}
void append16(std::string& out, std::uint16_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

/// CRC-32C (RFC 3720 B.4), bit by bit: few senders have it, and a header is short. `zero_at`: the checksum's own four
/// bytes, which count as zero.
std::uint32_t crc32c(std::string_view bytes, std::size_t zero_at) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i < zero_at || i >= zero_at + 4) crc ^= byte_at(bytes, i);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
  }
  return ~crc;
}

bool checksum_fits(std::string_view header, std::size_t at) {
  const std::uint32_t told = std::uint32_t{get16(header, at)} << 16 | get16(header, at + 2);
  return told == crc32c(header, at);
}

/// TLVs from `at` must fill the header; of their meanings only the checksum's matters.
ProxyFault check_extensions(std::string_view header, std::size_t at) {
  while (at < header.size()) {
    if (header.size() - at < kTlvHead) return ProxyFault::bad_extension;
    const std::size_t size = get16(header, at + 1);
    if (header.size() - at - kTlvHead < size) return ProxyFault::bad_extension;
    if (byte_at(header, at) == kChecksumType) {
      if (size != 4) return ProxyFault::bad_extension;
      if (!checksum_fits(header, at + kTlvHead)) return ProxyFault::bad_checksum;
    }
    at += kTlvHead + size;
  }
  return ProxyFault::none;
}

IpAddress address_at(std::string_view bytes, std::size_t at, Family family) {
  if (family == Family::ipv4) return IpAddress::v4(std::uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2));
  std::array<std::uint8_t, 16> raw{};
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = byte_at(bytes, at + i);
  return IpAddress::v6(raw);
}

void read_addresses(std::string_view bytes, std::size_t at, Family family, ProxyHeader& header) {
  const std::size_t size = family == Family::ipv4 ? 4 : 16;
  const std::size_t ports = at + 2 * size;
  header.source = SocketAddress{address_at(bytes, at, family), Port(get16(bytes, ports))};
  header.destination = SocketAddress{address_at(bytes, at + size, family), Port(get16(bytes, ports + 2))};
}

/// Bytes of the two addresses; nothing for a family that is not known or is no stream.
std::optional<std::size_t> address_bytes(std::uint8_t family) {
  switch (family) {
    case kUnspecified:
      return 0;
    case kTcp4:
      return 12;
    case kTcp6:
      return 36;
    case kUnixStream:
      return 216;
    default:
      return std::nullopt;
  }
}

ProxyFault read_proxied(std::string_view whole, std::uint8_t family, ProxyHeader& header) {
  const std::size_t addresses = *address_bytes(family);
  const ProxyFault fault = check_extensions(whole, kHeadSize + addresses);
  if (fault != ProxyFault::none) return fault;
  if (family == kTcp4) read_addresses(whole, kHeadSize, Family::ipv4, header);
  if (family == kTcp6) read_addresses(whole, kHeadSize, Family::ipv6, header);
  return ProxyFault::none;
}

/// Of what the fixed part says, as much as has come: at least the signature.
ProxyFault check_head(std::string_view bytes) {
  if (bytes.size() <= 12) return ProxyFault::none;
  const std::uint8_t version_command = byte_at(bytes, 12);
  if (version_command >> 4 != kVersion) return ProxyFault::bad_version;
  const int command = version_command & 0x0f;
  if (command > kProxy) return ProxyFault::bad_command;
  if (bytes.size() == 13 || command == kLocal) return ProxyFault::none;  // LOCAL's family is to be ignored
  const auto needed = address_bytes(byte_at(bytes, 13));
  if (!needed) return ProxyFault::bad_family;
  const bool short_of = bytes.size() >= kHeadSize && get16(bytes, 14) < *needed;
  return short_of ? ProxyFault::bad_length : ProxyFault::none;
}

void append_address(std::string& out, const IpAddress& address) {
  for (std::size_t i = 0; i < address.bits() / 8; ++i) out.push_back(static_cast<char>(address.bytes()[i]));
}

}  // namespace

ProxyParse parse_proxy_v2(std::string_view bytes, ProxyHeader& header) {
  ProxyFault fault = check_head(bytes);
  if (fault != ProxyFault::none) return refuse(fault);
  if (bytes.size() < kHeadSize) return {};
  const std::size_t size = kHeadSize + get16(bytes, 14);
  if (size > kMostProxyBytes) return refuse(ProxyFault::header_too_large);
  if (bytes.size() < size) return {};
  ProxyHeader read;
  read.local = (byte_at(bytes, 12) & 0x0f) == kLocal;
  if (!read.local) fault = read_proxied(bytes.substr(0, size), byte_at(bytes, 13), read);
  if (fault != ProxyFault::none) return refuse(fault);
  header = read;
  return {ProxyParse::State::complete, ProxyFault::none, size};
}

void append_proxy_v2(std::string& out, const ProxyHeader& header) {
  const bool addresses = has_addresses(header);
  const bool v4 = addresses && header.source->ip.is_v4();
  const std::uint8_t family = !addresses ? kUnspecified : v4 ? kTcp4 : kTcp6;
  out.append(kProxyV2Signature);
  out.push_back(static_cast<char>(kVersion << 4 | (header.local ? kLocal : kProxy)));
  out.push_back(static_cast<char>(family));
  append16(out, static_cast<std::uint16_t>(*address_bytes(family)));
  if (!addresses) return;
  append_address(out, header.source->ip);
  append_address(out, header.destination->ip);
  append16(out, header.source->port.value());
  append16(out, header.destination->port.value());
}

}  // namespace naru::proxy
