#include "lb/layer2/arp.h"

namespace naru::lb::layer2 {
namespace {

constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint16_t kProtocolIpv4 = 0x0800;
constexpr std::size_t kAt = kEthernetHeader;

bool header_fits(Bytes frame) {
  return frame.size() >= kArpFrame && get16(frame, 12) == kEtherTypeArp && get16(frame, kAt) == kHardwareEthernet &&
         get16(frame, kAt + 2) == kProtocolIpv4 && frame[kAt + 4] == 6 && frame[kAt + 5] == 4;
}

/// A host's own address: neither a group's nor nobody's.
bool is_host(const MacAddress& mac) {
  return !mac.is_group() && !mac.is_zero();
}

}  // namespace

std::optional<ArpPacket> parse_arp(Bytes frame) {
  if (!header_fits(frame)) return std::nullopt;
  const std::uint16_t operation = get16(frame, kAt + 6);
  if (operation != 1 && operation != 2) return std::nullopt;
  ArpPacket packet;
  packet.destination = get_mac(frame, 0);
  packet.source = get_mac(frame, 6);
  packet.operation = static_cast<ArpOperation>(operation);
  packet.sender_mac = get_mac(frame, kAt + 8);
  packet.sender_ip = get_v4(frame, kAt + 14);
  packet.target_mac = get_mac(frame, kAt + 18);
  packet.target_ip = get_v4(frame, kAt + 24);
  if (!is_host(packet.source) || !is_host(packet.sender_mac)) return std::nullopt;
  return packet;
}

ArpFrame encode(const ArpPacket& packet) {
  ArpFrame frame{};
  put_ethernet(frame, packet.destination, packet.source, kEtherTypeArp);
  put16(frame, kAt, kHardwareEthernet);
  put16(frame, kAt + 2, kProtocolIpv4);
  frame[kAt + 4] = 6;
  frame[kAt + 5] = 4;
  put16(frame, kAt + 6, static_cast<std::uint16_t>(packet.operation));
  put_mac(frame, kAt + 8, packet.sender_mac);
  put_ip(frame, kAt + 14, packet.sender_ip);
  put_mac(frame, kAt + 18, packet.target_mac);
  put_ip(frame, kAt + 24, packet.target_ip);
  return frame;
}

ArpPacket arp_answer(const ArpPacket& request, const MacAddress& own) {
  return {request.sender_mac, own, ArpOperation::reply, own, request.target_ip, request.sender_mac, request.sender_ip};
}

std::array<ArpPacket, 2> arp_announcements(const IpAddress& ip, const MacAddress& own) {
  return {ArpPacket{MacAddress::broadcast(), own, ArpOperation::request, own, ip, MacAddress(), ip},
          ArpPacket{MacAddress::broadcast(), own, ArpOperation::reply, own, ip, own, ip}};
}

ArpPacket arp_probe(const IpAddress& ip, const MacAddress& own) {
  return {MacAddress::broadcast(), own, ArpOperation::request, own, IpAddress::v4(0), MacAddress(), ip};
}

}  // namespace naru::lb::layer2
