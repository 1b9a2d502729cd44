#include <catch2/catch.hpp>

#include "lb/layer2/arp.h"
#include "lb/layer2/judge.h"
#include "tests/unit/lb/layer2_make.h"

namespace naru::lb::layer2 {
namespace {

using namespace test;

/// A request as a Linux host sends it: 192.0.2.1 at 02:..:09 asks who has 192.0.2.10.
const char* const kCaptured =
    "ffffffffffff 020000000009 0806"
    "0001 0800 06 04 0001 020000000009 c0000201 000000000000 c000020a";

ArpPacket request() {
  return *parse_arp(from_hex(kCaptured));
}

TEST_CASE("an ARP request on the wire") {
  const auto packet = parse_arp(from_hex(kCaptured));
  REQUIRE(packet);
  CHECK(packet->destination == MacAddress::broadcast());
  CHECK(packet->source == mac(9));
  CHECK(packet->operation == ArpOperation::request);
  CHECK(packet->sender_mac == mac(9));
  CHECK(packet->sender_ip == ip("192.0.2.1"));
  CHECK(packet->target_mac.is_zero());
  CHECK(packet->target_ip == ip("192.0.2.10"));
  CHECK(to_hex(encode(*packet)) == to_hex(from_hex(kCaptured)));
}

TEST_CASE("what is not an ARP packet of ours to read") {
  struct Row {
    std::string what;
    std::function<void(std::vector<std::uint8_t>&)> change;
    bool good;
  };
  const auto row = GENERATE(values<Row>({
      {"as captured", [](auto&) {}, true},
      {"padded to Ethernet's least size", [](auto& f) { f.resize(60); }, true},
      {"empty", [](auto& f) { f.clear(); }, false},
      {"one byte short", [](auto& f) { f.pop_back(); }, false},
      {"another EtherType", [](auto& f) { f[13] = 0; }, false},
      {"hardware other than Ethernet", [](auto& f) { f[15] = 6; }, false},
      {"a protocol other than IPv4", [](auto& f) { f[17] = 1; }, false},
      {"hardware addresses of 8 bytes", [](auto& f) { f[18] = 8; }, false},
      {"protocol addresses of 16 bytes", [](auto& f) { f[19] = 16; }, false},
      {"operation 0", [](auto& f) { f[21] = 0; }, false},
      {"a reply", [](auto& f) { f[21] = 2; }, true},
      {"operation 3, reverse ARP", [](auto& f) { f[21] = 3; }, false},
      {"operation 257", [](auto& f) { f[20] = 1; }, false},
      {"a group as the sender", [](auto& f) { f[22] |= 1; }, false},
      {"a group as the frame's source", [](auto& f) { f[6] |= 1; }, false},
      {"nobody as the sender", [](auto& f) { std::fill_n(f.begin() + 22, 6, std::uint8_t{0}); }, false},
  }));
  INFO(row.what);
  auto frame = from_hex(kCaptured);
  row.change(frame);
  CHECK(parse_arp(frame).has_value() == row.good);
}

TEST_CASE("what is sent, byte by byte") {
  CHECK(to_hex(encode(arp_answer(request(), mac(1)))) ==
        to_hex(from_hex("020000000009 020000000001 0806"
                        "0001 0800 06 04 0002 020000000001 c000020a 020000000009 c0000201")));
  const auto both = arp_announcements(ip("192.0.2.10"), mac(1));
  CHECK(to_hex(encode(both[0])) ==
        to_hex(from_hex("ffffffffffff 020000000001 0806"
                        "0001 0800 06 04 0001 020000000001 c000020a 000000000000 c000020a")));
  CHECK(to_hex(encode(both[1])) ==
        to_hex(from_hex("ffffffffffff 020000000001 0806"
                        "0001 0800 06 04 0002 020000000001 c000020a 020000000001 c000020a")));
  CHECK(to_hex(encode(arp_probe(ip("192.0.2.10"), mac(1)))) ==
        to_hex(from_hex("ffffffffffff 020000000001 0806"
                        "0001 0800 06 04 0001 020000000001 00000000 000000000000 c000020a")));
}

TEST_CASE("an ARP frame is answered, or not for a reason") {
  struct Row {
    std::string what;
    std::function<void(ArpPacket&)> change;
    ArpVerdict verdict;
  };
  const auto row = GENERATE(values<Row>({
      {"a broadcast request for an address announced here", [](auto&) {}, ArpVerdict::answer},
      {"the same to our own MAC address, as of a neighbour that checks its cache",
       [](auto& p) { p.destination = mac(1); }, ArpVerdict::answer},
      {"a probe, before somebody takes the address", [](auto& p) { p.sender_ip = ip("0.0.0.0"); }, ArpVerdict::answer},
      {"to the MAC address of another of our interfaces", [](auto& p) { p.destination = mac(2); },
       ArpVerdict::not_to_us},
      {"to another host's MAC address", [](auto& p) { p.destination = mac(8); }, ArpVerdict::not_to_us},
      {"to a group that is not broadcast", [](auto& p) { p.destination = group_mac(ip("ff02::1")); },
       ArpVerdict::not_to_us},
      {"our own, come back", [](auto& p) { p.source = p.sender_mac = mac(1); }, ArpVerdict::own_frame},
      {"our own, of another interface on the same segment",
       [](auto& p) {
         p.source = p.sender_mac = mac(2);
         p.sender_ip = p.target_ip;
       },
       ArpVerdict::own_frame},
      {"a sender that is not the frame's source", [](auto& p) { p.sender_mac = mac(8); }, ArpVerdict::spoofed_sender},
      {"another host that pretends to be us", [](auto& p) { p.sender_mac = mac(1); }, ArpVerdict::spoofed_sender},
      {"a reply", [](auto& p) { p.operation = ArpOperation::reply; }, ArpVerdict::not_a_request},
      {"a host that announces its own address", [](auto& p) { p.target_ip = p.sender_ip; }, ArpVerdict::gratuitous},
      {"another node that announces an address which we hold",
       [](auto& p) { p.sender_ip = p.target_ip = ip("192.0.2.12"); }, ArpVerdict::gratuitous},
      {"another host that announces our address", [](auto& p) { p.sender_ip = p.target_ip; }, ArpVerdict::conflict},
      {"another host that replies with our address",
       [](auto& p) {
         p.operation = ArpOperation::reply;
         p.destination = mac(1);
         p.sender_ip = ip("192.0.2.10");
         p.target_ip = ip("0.0.0.0");
       },
       ArpVerdict::conflict},
      {"another host that asks something with our address as its own",
       [](auto& p) {
         p.sender_ip = ip("192.0.2.10");
         p.target_ip = ip("192.0.2.1");
       },
       ArpVerdict::conflict},
      {"a claim to our address whose sender is spoofed: neighbours believe it",
       [](auto& p) {
         p.sender_ip = p.target_ip;
         p.sender_mac = mac(8);
       },
       ArpVerdict::conflict},
      {"a claim to an address that we announce on another interface",
       [](auto& p) { p.sender_ip = p.target_ip = ip("192.0.2.11"); }, ArpVerdict::gratuitous},
      {"an address that we announce on another interface", [](auto& p) { p.target_ip = ip("192.0.2.11"); },
       ArpVerdict::other_interface},
      {"an address that another node announces", [](auto& p) { p.target_ip = ip("192.0.2.12"); },
       ArpVerdict::lost_election},
      {"an address of no concern to us", [](auto& p) { p.target_ip = ip("192.0.2.13"); }, ArpVerdict::not_announced},
  }));
  INFO(row.what);
  ArpPacket packet = request();
  row.change(packet);
  const Hosts hosts;
  CHECK(to_string(judge(packet, hosts.receiver())) == to_string(row.verdict));
}

TEST_CASE("a frame that is no ARP packet is malformed, and a conflict names its owner") {
  const Hosts hosts;
  CHECK(judge(std::optional<ArpPacket>(), hosts.receiver()) == ArpVerdict::malformed);
  ArpPacket packet = request();
  packet.sender_ip = packet.target_ip;
  CHECK(claim_of(packet).address == ip("192.0.2.10"));
  CHECK(claim_of(packet).owner == mac(9));
}

TEST_CASE("each ARP verdict has a label of its own") {
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < kArpVerdicts; ++i) labels.insert(to_string(static_cast<ArpVerdict>(i)));
  CHECK(labels.size() == kArpVerdicts);
  CHECK_FALSE(labels.contains(""));
}

}  // namespace
}  // namespace naru::lb::layer2
