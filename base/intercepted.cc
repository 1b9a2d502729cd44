#include "base/intercepted.h"

#include <algorithm>
#include <string>

namespace naru {
namespace {

constexpr std::uint32_t kLocalV4 = 0x7f800000;  // 127.128.0.0/9
constexpr unsigned kLocalV4Length = 9;
constexpr unsigned kLocalV6Length = 16;  // fd6e::/16

unsigned kept_from(Family family) {
  return family == Family::ipv4 ? kLocalV4Length : kLocalV6Length;
}

}  // namespace

IpAddress intercepted(const IpAddress& address) {
  if (address.is_v4()) return IpAddress::v4((address.v4_value() & ~0xff800000U) | kLocalV4);
  auto bytes = address.bytes();
  bytes[0] = 0xfd;
  bytes[1] = 0x6e;
  return IpAddress::v6(bytes);
}

Cidr intercepted(const Cidr& cidr) {
  return Cidr::of(intercepted(cidr.base()), cidr.prefix_length());
}

std::optional<Port> intercepted(Port port) {
  if (port < kFirstUnprivilegedPort) return Port(static_cast<std::uint16_t>(kLowPortsFirst.value() | port.value()));
  if (kLowPortsFirst <= port && port <= kLowPortsLast) return std::nullopt;
  return port;
}

std::optional<std::string> why_not_interceptable(const Cidr& cidr) {
  static const Cidr loopback = Cidr::of(IpAddress::v4(0x7f000000), 8);
  const unsigned shortest = kept_from(cidr.family());
  if (cidr.prefix_length() < shortest) {
    return "is too large to be intercepted: a prefix has at least " + std::to_string(shortest) + " bits";
  }
  if (cidr.family() == Family::ipv4 ? loopback.contains(cidr.base()) : cidr.base().is_loopback()) {
    return "is on loopback, where naru listens itself: there is nothing to intercept";
  }
  return std::nullopt;
}

const Cidr* intercepted_alike(const Cidr& cidr, std::span<const Cidr> others) {
  const auto found = std::find_if(others.begin(), others.end(), [&](const Cidr& other) {
    return other.family() == cidr.family() && !other.overlaps(cidr) && intercepted(other).overlaps(intercepted(cidr));
  });
  return found == others.end() ? nullptr : &*found;
}

}  // namespace naru
