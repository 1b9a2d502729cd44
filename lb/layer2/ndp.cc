#include "lb/layer2/ndp.h"

#include "lb/layer2/icmpv6.h"

namespace naru::lb::layer2 {
namespace {

constexpr std::size_t kIp = kEthernetHeader;
constexpr std::size_t kIcmp = kIp + 40;
constexpr std::size_t kFixed = 24;  // type, code, checksum, flags, target
constexpr std::uint8_t kSourceLinkLayer = 1;
constexpr std::uint8_t kTargetLinkLayer = 2;
constexpr std::uint8_t kRouter = 0x80, kSolicited = 0x40, kOverride = 0x20;

bool is_group(const IpAddress& ip) {
  return ip.bytes()[0] == 0xff;
}

IpAddress all_nodes() {
  return IpAddress::v6({0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

std::uint8_t option_of(NdpKind kind) {
  return kind == NdpKind::solicitation ? kSourceLinkLayer : kTargetLinkLayer;
}

/// The ICMPv6 message of a frame that is one of ours to read; empty if it is not.
Bytes icmp_of(Bytes frame) {
  if (frame.size() < kIcmp + kFixed || get16(frame, 12) != kEtherTypeIpv6) return {};
  const std::size_t length = get16(frame, kIp + 4);
  if (frame[kIp] >> 4 != 6 || frame[kIp + 6] != kNextHeaderIcmpv6) return {};
  if (length < kFixed || frame.size() < kIcmp + length) return {};
  const Bytes icmp = frame.subspan(kIcmp, length);
  return (icmp[0] == 135 || icmp[0] == 136) && icmp[1] == 0 ? icmp : Bytes();
}

/// Takes note of the link-layer address. False: an option of no length, or one that does not fit.
bool read_options(Bytes options, NdpMessage& message) {
  while (!options.empty()) {
    const std::size_t size = options.size() < 2 ? 0 : std::size_t{options[1]} * 8;
    if (size == 0 || size > options.size()) return false;
    if (options[0] == option_of(message.kind)) message.link_layer = get_mac(options, 2);
    options = options.subspan(size);
  }
  return true;
}

/// The rules of sections 7.1.1 and 7.1.2 that are about more than one field; and no group can be somebody's address.
bool consistent(const NdpMessage& message) {
  if (is_group(message.target) || message.source.is_group() || is_group(message.ip_source)) return false;
  if (message.link_layer && (message.link_layer->is_group() || message.link_layer->is_zero())) return false;
  if (message.kind == NdpKind::advertisement) return !(message.solicited && is_group(message.ip_destination));
  if (!message.ip_source.is_unspecified()) return true;
  return !message.link_layer && message.ip_destination == solicited_node_group(message.target);
}

}  // namespace

std::variant<NdpMessage, NdpFault> parse_ndp(Bytes frame) {
  const Bytes icmp = icmp_of(frame);
  if (icmp.empty()) return NdpFault::malformed;
  if (frame[kIp + 7] != 255) return NdpFault::hop_limit;
  NdpMessage message;
  message.destination = get_mac(frame, 0);
  message.source = get_mac(frame, 6);
  message.ip_source = get_v6(frame, kIp + 8);
  message.ip_destination = get_v6(frame, kIp + 24);
  if (icmpv6_checksum(message.ip_source, message.ip_destination, icmp) != 0) return NdpFault::bad_checksum;
  message.kind = static_cast<NdpKind>(icmp[0]);
  const bool flags = message.kind == NdpKind::advertisement;
  message.router = flags && (icmp[4] & kRouter) != 0;
  message.solicited = flags && (icmp[4] & kSolicited) != 0;
  message.override_cache = flags && (icmp[4] & kOverride) != 0;
  message.target = get_v6(icmp, 8);
  if (!read_options(icmp.subspan(kFixed), message) || !consistent(message)) return NdpFault::malformed;
  return message;
}

std::vector<std::uint8_t> encode(const NdpMessage& message) {
  const std::size_t length = kFixed + (message.link_layer ? 8 : 0);
  std::vector<std::uint8_t> frame(kIcmp + length);
  put_ethernet(frame, message.destination, message.source, kEtherTypeIpv6);
  frame[kIp] = 6 << 4;
  put16(frame, kIp + 4, static_cast<std::uint16_t>(length));
  frame[kIp + 6] = kNextHeaderIcmpv6;
  frame[kIp + 7] = 255;
  put_ip(frame, kIp + 8, message.ip_source);
  put_ip(frame, kIp + 24, message.ip_destination);
  const MutableBytes icmp = MutableBytes(frame).subspan(kIcmp);
  icmp[0] = static_cast<std::uint8_t>(message.kind);
  icmp[4] = static_cast<std::uint8_t>((message.router ? kRouter : 0) | (message.solicited ? kSolicited : 0) |
                                      (message.override_cache ? kOverride : 0));
  put_ip(icmp, 8, message.target);
  if (message.link_layer) {
    icmp[kFixed] = option_of(message.kind);
    icmp[kFixed + 1] = 1;
    put_mac(icmp, kFixed + 2, *message.link_layer);
  }
  put16(icmp, 2, icmpv6_checksum(message.ip_source, message.ip_destination, icmp));
  return frame;
}

IpAddress solicited_node_group(const IpAddress& ip) {
  const auto& b = ip.bytes();
  return IpAddress::v6({0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, b[13], b[14], b[15]});
}

MacAddress group_mac(const IpAddress& group) {
  const auto& b = group.bytes();
  return MacAddress({0x33, 0x33, b[12], b[13], b[14], b[15]});
}

NdpMessage ndp_answer(const NdpMessage& solicitation, const MacAddress& own) {
  NdpMessage answer = ndp_announcement(solicitation.target, own);
  if (solicitation.ip_source.is_unspecified()) return answer;
  answer.destination = solicitation.link_layer.value_or(solicitation.source);
  answer.ip_destination = solicitation.ip_source;
  answer.solicited = true;
  return answer;
}

NdpMessage ndp_announcement(const IpAddress& ip, const MacAddress& own) {
  NdpMessage message;
  message.destination = group_mac(all_nodes());
  message.source = own;
  message.ip_destination = all_nodes();
  message.ip_source = ip;
  message.kind = NdpKind::advertisement;
  message.override_cache = true;
  message.target = ip;
  message.link_layer = own;
  return message;
}

NdpMessage ndp_probe(const IpAddress& ip, const MacAddress& own) {
  NdpMessage message;
  message.ip_destination = solicited_node_group(ip);
  message.ip_source = IpAddress::v6({});
  message.destination = group_mac(message.ip_destination);
  message.source = own;
  message.target = ip;
  return message;
}

}  // namespace naru::lb::layer2
