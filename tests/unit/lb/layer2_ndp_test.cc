#include <catch2/catch.hpp>

#include "lb/layer2/icmpv6.h"
#include "lb/layer2/judge.h"
#include "lb/layer2/ndp.h"
#include "tests/unit/lb/layer2_make.h"

namespace naru::lb::layer2 {
namespace {

using namespace test;

/// 2001:db8::1 at 02:..:09 asks for 2001:db8::10.
NdpMessage solicitation() {
  NdpMessage message;
  message.destination = group_mac(solicited_node_group(ip("2001:db8::10")));
  message.source = mac(9);
  message.ip_destination = solicited_node_group(ip("2001:db8::10"));
  message.ip_source = ip("2001:db8::1");
  message.target = ip("2001:db8::10");
  message.link_layer = mac(9);
  return message;
}

using Frame = std::vector<std::uint8_t>;

/// Sets the checksum right again after the frame was changed.
void mend(Frame& frame) {
  frame[56] = frame[57] = 0;
  const Bytes all(frame);
  put16(frame, 56, icmpv6_checksum(get_v6(all, 22), get_v6(all, 38), all.subspan(54, get16(all, 18))));
}

TEST_CASE("a neighbour solicitation on the wire") {
  // The checksums here were computed apart from this code, by a script of RFC 1071's sum.
  const auto frame = from_hex(
      "3333ff000010 020000000009 86dd 60000000 0020 3a ff 20010db8000000000000000000000001"
      "ff0200000000000000000001ff000010 8700 1c03 00000000 20010db8000000000000000000000010 0101 020000000009");
  const auto parsed = parse_ndp(frame);
  REQUIRE(std::holds_alternative<NdpMessage>(parsed));
  CHECK(std::get<NdpMessage>(parsed) == solicitation());
  CHECK(to_hex(encode(solicitation())) == to_hex(frame));
}

TEST_CASE("what is sent over IPv6, byte by byte") {
  const std::string target = "20010db8000000000000000000000010";
  CHECK(to_hex(encode(ndp_announcement(ip("2001:db8::10"), mac(1)))) ==
        to_hex(from_hex("333300000001 020000000001 86dd 60000000 0020 3a ff" + target +
                        "ff020000000000000000000000000001 8800 f90c 20000000" + target + "0201 020000000001")));
  CHECK(to_hex(encode(ndp_answer(solicitation(), mac(1)))) ==
        to_hex(from_hex("020000000009 020000000001 86dd 60000000 0020 3a ff" + target +
                        "20010db8000000000000000000000001 8800 8a56 60000000" + target + "0201 020000000001")));
  CHECK(to_hex(encode(ndp_probe(ip("2001:db8::10"), mac(1)))) ==
        to_hex(from_hex("3333ff000010 020000000001 86dd 60000000 0018 3a ff 00000000000000000000000000000000"
                        "ff0200000000000000000001ff000010 8700 4ccf 00000000" +
                        target)));
}

TEST_CASE("a host that checks before it takes our address is told in front of all") {
  NdpMessage probe = ndp_probe(ip("2001:db8::10"), mac(9));
  CHECK(ndp_answer(probe, mac(1)) == ndp_announcement(ip("2001:db8::10"), mac(1)));
  NdpMessage plain = solicitation();
  plain.link_layer.reset();
  CHECK(ndp_answer(plain, mac(1)).destination == mac(9));
}

enum class Expected { good, malformed, hop_limit, bad_checksum };

Expected outcome(const Frame& frame) {
  const auto parsed = parse_ndp(frame);
  if (std::holds_alternative<NdpMessage>(parsed)) return Expected::good;
  switch (std::get<NdpFault>(parsed)) {
    case NdpFault::hop_limit:
      return Expected::hop_limit;
    case NdpFault::bad_checksum:
      return Expected::bad_checksum;
    case NdpFault::malformed:
      break;
  }
  return Expected::malformed;
}

TEST_CASE("RFC 4861 7.1.1: what is not a solicitation to act on") {
  struct Row {
    std::string what;
    std::function<void(Frame&)> change;
    Expected expected;
  };
  const auto row = GENERATE(values<Row>({
      {"as sent", [](Frame&) {}, Expected::good},
      {"with padding behind it", [](Frame& f) { f.resize(f.size() + 6); }, Expected::good},
      {"empty", [](Frame& f) { f.clear(); }, Expected::malformed},
      {"one byte short", [](Frame& f) { f.pop_back(); }, Expected::malformed},
      {"another EtherType", [](Frame& f) { f[13] = 0; }, Expected::malformed},
      {"IP of version 4", [](Frame& f) { f[14] = 0x45; }, Expected::malformed},
      {"an extension header between", [](Frame& f) { f[20] = 0; }, Expected::malformed},
      {"through a router", [](Frame& f) { f[21] = 254; }, Expected::hop_limit},
      {"a bit changed on the way", [](Frame& f) { f[77] ^= 1; }, Expected::bad_checksum},
      {"a checksum of zero", [](Frame& f) { f[56] = f[57] = 0; }, Expected::bad_checksum},
      {"code 1", [](Frame& f) { f[55] = 1, mend(f); }, Expected::malformed},
      {"an echo request", [](Frame& f) { f[54] = 128, mend(f); }, Expected::malformed},
      {"a length of 23", [](Frame& f) { f[19] = 23, mend(f); }, Expected::malformed},
      {"no option", [](Frame& f) { f[19] = 24, f.resize(78), mend(f); }, Expected::good},
      {"half an option", [](Frame& f) { f[19] = 25, mend(f); }, Expected::malformed},
      {"an option of no length", [](Frame& f) { f[79] = 0, mend(f); }, Expected::malformed},
      {"an option longer than the message", [](Frame& f) { f[79] = 2, mend(f); }, Expected::malformed},
      {"an option of another type", [](Frame& f) { f[78] = 14, mend(f); }, Expected::good},
      {"a group as its option", [](Frame& f) { f[80] |= 1, mend(f); }, Expected::malformed},
      {"a group as the target", [](Frame& f) { f[62] = 0xff, mend(f); }, Expected::malformed},
      {"a group as the source", [](Frame& f) { f[22] = 0xff, mend(f); }, Expected::malformed},
      {"nobody as the source, and yet an option",
       [](Frame& f) { std::fill_n(f.begin() + 22, 16, std::uint8_t{0}), mend(f); }, Expected::malformed},
  }));
  INFO(row.what);
  Frame frame = encode(solicitation());
  row.change(frame);
  CHECK(outcome(frame) == row.expected);
}

TEST_CASE("RFC 4861 7.1: messages whose fields contradict each other") {
  NdpMessage probe = ndp_probe(ip("2001:db8::10"), mac(9));
  CHECK(outcome(encode(probe)) == Expected::good);
  probe.ip_destination = ip("ff02::1");
  CHECK(outcome(encode(probe)) == Expected::malformed);
  NdpMessage advertisement = ndp_announcement(ip("2001:db8::10"), mac(9));
  CHECK(outcome(encode(advertisement)) == Expected::good);
  advertisement.solicited = true;
  CHECK(outcome(encode(advertisement)) == Expected::malformed);
}

TEST_CASE("an NDP message is answered, or not for a reason") {
  struct Row {
    std::string what;
    std::function<void(NdpMessage&)> change;
    NdpVerdict verdict;
  };
  const auto row = GENERATE(values<Row>({
      {"a solicitation of an address announced here", [](auto&) {}, NdpVerdict::answer},
      {"the same to us alone, as of a neighbour that checks its cache",
       [](auto& m) {
         m.destination = mac(1);
         m.ip_destination = m.target;
         m.link_layer.reset();
       },
       NdpVerdict::answer},
      {"a host that checks before it takes our address", [](auto& m) { m = ndp_probe(ip("2001:db8::10"), mac(9)); },
       NdpVerdict::answer_probe},
      {"to all, without saying where to answer", [](auto& m) { m.link_layer.reset(); },
       NdpVerdict::no_link_layer_option},
      {"to another host", [](auto& m) { m.destination = mac(8); }, NdpVerdict::not_to_us},
      {"to a group that is none of IPv6's", [](auto& m) { m.destination = MacAddress::broadcast(); },
       NdpVerdict::not_to_us},
      {"our own, come back", [](auto& m) { m = ndp_probe(ip("2001:db8::10"), mac(1)); }, NdpVerdict::own_frame},
      {"our own announcement, of another interface on the same segment",
       [](auto& m) { m = ndp_announcement(ip("2001:db8::10"), mac(2)); }, NdpVerdict::own_frame},
      {"a link-layer address that is not the frame's source", [](auto& m) { m.link_layer = mac(8); },
       NdpVerdict::spoofed_sender},
      {"another host announces our address", [](auto& m) { m = ndp_announcement(ip("2001:db8::10"), mac(9)); },
       NdpVerdict::conflict},
      {"another host solicits from our address", [](auto& m) { m.ip_source = ip("2001:db8::10"); },
       NdpVerdict::conflict},
      {"an advertisement of no concern to us", [](auto& m) { m = ndp_announcement(ip("2001:db8::13"), mac(9)); },
       NdpVerdict::not_a_solicitation},
      {"another node announces an address which we hold",
       [](auto& m) { m = ndp_announcement(ip("2001:db8::12"), mac(9)); }, NdpVerdict::not_a_solicitation},
      {"an address that we announce on another interface", [](auto& m) { m.target = ip("2001:db8::11"); },
       NdpVerdict::other_interface},
      {"an address that another node announces", [](auto& m) { m.target = ip("2001:db8::12"); },
       NdpVerdict::lost_election},
      {"a probe for it", [](auto& m) { m = ndp_probe(ip("2001:db8::12"), mac(9)); }, NdpVerdict::lost_election},
      {"an address of no concern to us", [](auto& m) { m.target = ip("2001:db8::13"); }, NdpVerdict::not_announced},
  }));
  INFO(row.what);
  NdpMessage message = solicitation();
  row.change(message);
  const Hosts hosts;
  CHECK(to_string(judge(message, hosts.receiver())) == to_string(row.verdict));
}

TEST_CASE("faults of NDP messages are verdicts, and each has a label of its own") {
  const Hosts hosts;
  CHECK(judge(NdpFault::malformed, hosts.receiver()) == NdpVerdict::malformed);
  CHECK(judge(NdpFault::hop_limit, hosts.receiver()) == NdpVerdict::hop_limit);
  CHECK(judge(NdpFault::bad_checksum, hosts.receiver()) == NdpVerdict::bad_checksum);
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < kNdpVerdicts; ++i) labels.insert(to_string(static_cast<NdpVerdict>(i)));
  CHECK(labels.size() == kNdpVerdicts);
  CHECK_FALSE(labels.contains(""));
}

TEST_CASE("groups and their hardware addresses") {
  CHECK(solicited_node_group(ip("2001:db8::1234:5678")) == ip("ff02::1:ff34:5678"));
  CHECK(group_mac(ip("ff02::1:ff34:5678")).to_string() == "33:33:ff:34:56:78");
  CHECK(group_mac(ip("ff02::1")).to_string() == "33:33:00:00:00:01");
}

}  // namespace
}  // namespace naru::lb::layer2
