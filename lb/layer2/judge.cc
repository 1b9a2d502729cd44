#include "lb/layer2/judge.h"

namespace naru::lb::layer2 {
namespace {

/// The verdict on a question about an address, by what it is to us.
template <class Verdict>
Verdict by_standing(Standing standing, Verdict if_ours) {
  switch (standing) {
    case Standing::announced_here:
      return if_ours;
    case Standing::announced_elsewhere:
      return Verdict::other_interface;
    case Standing::held:
      return Verdict::lost_election;
    case Standing::unknown:
      break;
  }
  return Verdict::not_announced;
}

bool is_ours(const ForeignClaim& claim, const Receiver& receiver) {
  return !receiver.host_macs.contains(claim.owner) && receiver.standing(claim.address) == Standing::announced_here;
}

NdpVerdict verdict_of(NdpFault fault) {
  switch (fault) {
    case NdpFault::hop_limit:
      return NdpVerdict::hop_limit;
    case NdpFault::bad_checksum:
      return NdpVerdict::bad_checksum;
    case NdpFault::malformed:
      break;
  }
  return NdpVerdict::malformed;
}

/// An IPv6 group is a group of 33:33 addresses; which of them hardly matters, since the target is looked up.
bool is_to_us(const NdpMessage& message, const Receiver& receiver) {
  const auto& to = message.destination.bytes();
  return message.destination == receiver.mac || (to[0] == 0x33 && to[1] == 0x33);
}

NdpVerdict judge_solicitation(const NdpMessage& message, const Receiver& receiver) {
  if (message.link_layer && *message.link_layer != message.source) return NdpVerdict::spoofed_sender;
  const bool probe = message.ip_source.is_unspecified();
  const auto verdict =
      by_standing(receiver.standing(message.target), probe ? NdpVerdict::answer_probe : NdpVerdict::answer);
  // Without it the answer's way is only a guess; one that was sent to us alone came from a neighbour that knows us.
  if (verdict == NdpVerdict::answer && !message.link_layer && message.destination.is_group()) {
    return NdpVerdict::no_link_layer_option;
  }
  return verdict;
}

}  // namespace

ArpVerdict judge(const std::optional<ArpPacket>& packet, const Receiver& receiver) {
  if (!packet) return ArpVerdict::malformed;
  if (is_ours(claim_of(*packet), receiver)) return ArpVerdict::conflict;
  if (receiver.host_macs.contains(packet->source)) return ArpVerdict::own_frame;
  if (packet->destination != receiver.mac && packet->destination != MacAddress::broadcast()) {
    return ArpVerdict::not_to_us;
  }
  if (packet->sender_mac != packet->source) return ArpVerdict::spoofed_sender;
  if (packet->operation != ArpOperation::request) return ArpVerdict::not_a_request;
  if (packet->sender_ip == packet->target_ip) return ArpVerdict::gratuitous;
  return by_standing(receiver.standing(packet->target_ip), ArpVerdict::answer);
}

NdpVerdict judge(const std::variant<NdpMessage, NdpFault>& message, const Receiver& receiver) {
  if (const auto* fault = std::get_if<NdpFault>(&message)) return verdict_of(*fault);
  const auto& good = std::get<NdpMessage>(message);
  if (is_ours(claim_of(good), receiver)) return NdpVerdict::conflict;
  if (receiver.host_macs.contains(good.source)) return NdpVerdict::own_frame;
  if (!is_to_us(good, receiver)) return NdpVerdict::not_to_us;
  if (good.kind == NdpKind::advertisement) return NdpVerdict::not_a_solicitation;
  return judge_solicitation(good, receiver);
}

ForeignClaim claim_of(const ArpPacket& packet) {
  return {packet.sender_ip, packet.sender_mac};
}

ForeignClaim claim_of(const NdpMessage& message) {
  // Who solicits from an address claims it as well as who advertises it.
  const bool advertises = message.kind == NdpKind::advertisement;
  return {advertises ? message.target : message.ip_source, message.link_layer.value_or(message.source)};
}

}  // namespace naru::lb::layer2
