#include "proxy/port_unreachable.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cstring>

namespace naru::proxy {
namespace {

constexpr std::uint8_t kHops = 64;

/// RFC 1071.
std::uint16_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << 8 | std::to_integer<std::uint32_t>(bytes[i + 1]);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return htons(static_cast<std::uint16_t>(~sum & 0xffff));
}

std::uint16_t length(std::size_t size) {
  return htons(static_cast<std::uint16_t>(std::min<std::size_t>(size, 0xffff)));
}

ip header_v4(const SocketAddress& client, const SocketAddress& address, std::size_t size) {
  ip header{};
  header.ip_v = 4;
  header.ip_hl = sizeof header / 4;
  header.ip_len = length(sizeof header + size);
  header.ip_ttl = kHops;
  header.ip_p = IPPROTO_UDP;
  std::memcpy(&header.ip_src, client.ip.bytes().data(), sizeof header.ip_src);
  std::memcpy(&header.ip_dst, address.ip.bytes().data(), sizeof header.ip_dst);
  header.ip_sum = checksum(std::as_bytes(std::span(&header, 1)));
  return header;
}

ip6_hdr header_v6(const SocketAddress& client, const SocketAddress& address, std::size_t size) {
  ip6_hdr header{};
  header.ip6_vfc = 6 << 4;
  header.ip6_plen = length(size);
  header.ip6_nxt = IPPROTO_UDP;
  header.ip6_hlim = kHops;
  std::memcpy(&header.ip6_src, client.ip.bytes().data(), sizeof header.ip6_src);
  std::memcpy(&header.ip6_dst, address.ip.bytes().data(), sizeof header.ip6_dst);
  return header;
}

}  // namespace

PortUnreachable::PortUnreachable(const SocketAddress& client, const SocketAddress& address, std::size_t size) {
  const auto append = [&](const auto& part) {
    std::memcpy(bytes_.data() + size_, &part, sizeof part);
    size_ += sizeof part;
  };
  udphdr udp{};
  udp.uh_sport = htons(client.port.value());
  udp.uh_dport = htons(address.port.value());
  udp.uh_ulen = length(sizeof udp + size);
  if (client.ip.is_v4()) {
    icmphdr icmp{};
    icmp.type = ICMP_UNREACH;
    icmp.code = ICMP_UNREACH_PORT;
    append(icmp);
    append(header_v4(client, address, sizeof udp + size));
    append(udp);
    icmp.checksum = checksum(bytes());
    std::memcpy(bytes_.data(), &icmp, sizeof icmp);
  } else {
    icmp6_hdr icmp{};
    icmp.icmp6_type = ICMP6_DST_UNREACH;
    icmp.icmp6_code = ICMP6_DST_UNREACH_NOPORT;
    append(icmp);
    append(header_v6(client, address, sizeof udp + size));
    append(udp);
  }
}

}  // namespace naru::proxy
