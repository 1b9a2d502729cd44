// Whatever arrives on an interface: the parsers stay within it, what they read is written back the same, every frame
// has a verdict, and what is answered reads as an answer.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "lb/layer2/judge.h"

namespace naru::lb::layer2 {
namespace {

void check(bool truth) {
  if (!truth) std::abort();
}

const MacAddress kOwn({2, 0, 0, 0, 0, 1});

/// Half of all addresses are ours, a quarter another node's.
Standing standing(const IpAddress& ip) {
  const std::uint8_t last = ip.bytes()[ip.is_v4() ? 3 : 15];
  if (last % 2 == 0) return Standing::announced_here;
  return last % 4 == 1 ? Standing::held : Standing::unknown;
}

void check_arp(Bytes frame, const Receiver& receiver) {
  const auto packet = parse_arp(frame);
  const ArpVerdict verdict = judge(packet, receiver);
  check(!to_string(verdict).empty());
  if (!packet) return check(verdict == ArpVerdict::malformed);
  const ArpFrame written = encode(*packet);
  check(std::equal(written.begin(), written.end(), frame.begin()));
  if (verdict != ArpVerdict::answer) return;
  const auto answer = parse_arp(encode(arp_answer(*packet, kOwn)));
  check(answer && answer->operation == ArpOperation::reply && answer->sender_ip == packet->target_ip);
  check(!answer->destination.is_group());
}

void check_ndp(Bytes frame, const Receiver& receiver) {
  const auto parsed = parse_ndp(frame);
  const NdpVerdict verdict = judge(parsed, receiver);
  check(!to_string(verdict).empty());
  const auto* message = std::get_if<NdpMessage>(&parsed);
  if (message == nullptr) return;
  check(parse_ndp(encode(*message)) == parsed);
  if (verdict != NdpVerdict::answer && verdict != NdpVerdict::answer_probe) return;
  const auto answer = parse_ndp(encode(ndp_answer(*message, kOwn)));
  check(std::holds_alternative<NdpMessage>(answer));
  check(std::get<NdpMessage>(answer).target == message->target);
}

void run(Bytes frame) {
  static const std::set<MacAddress> own{kOwn};
  const Receiver receiver{kOwn, own, standing};
  check_arp(frame, receiver);
  check_ndp(frame, receiver);
}

}  // namespace
}  // namespace naru::lb::layer2

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::lb::layer2::run({data, size});
  return 0;
}
