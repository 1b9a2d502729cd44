// What becomes of a received frame, and why: the reasons that metrics' labels and tests share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace naru::lb::layer2 {

/// Of an ARP frame.
enum class ArpVerdict : std::uint8_t {
  answer,           // a request for an address that is ours to announce here
  malformed,        // cut short, not Ethernet and IPv4, an unknown operation, or a group as its sender
  own_frame,        // our own, come back over a loop or a mirror
  spoofed_sender,   // the Ethernet source and the sender within differ
  not_to_us,        // to another host's MAC address, or to a group that is not broadcast
  conflict,         // somebody else claims an address that is ours to announce here
  not_a_request,    // a reply
  gratuitous,       // a host announces an address of its own
  lost_election,    // another node announces that address
  other_interface,  // we announce that address, but not on this interface
  not_announced,    // of no concern to us
};
inline constexpr std::size_t kArpVerdicts = static_cast<std::size_t>(ArpVerdict::not_announced) + 1;

/// Of an ICMPv6 frame that is a neighbour solicitation or advertisement, or passes for one.
enum class NdpVerdict : std::uint8_t {
  answer,        // a solicitation of an address that is ours to announce here
  answer_probe,  // the same of a host that checks, before taking it, whether anybody has it (RFC 4862 5.4.3)
  malformed,     // cut short, a wrong length, code or option, or a target that is a group
  bad_checksum,
  hop_limit,  // not 255: it came through a router (RFC 4861 7.1)
  own_frame,
  spoofed_sender,  // the Ethernet source and the link-layer address in its option differ
  not_to_us,
  conflict,
  not_a_solicitation,    // an advertisement of no concern to us
  no_link_layer_option,  // a multicast solicitation that does not say where to answer (RFC 4861 4.3)
  lost_election,
  other_interface,
  not_announced,
};
inline constexpr std::size_t kNdpVerdicts = static_cast<std::size_t>(NdpVerdict::not_announced) + 1;

[[nodiscard]] std::string_view to_string(ArpVerdict verdict);  ///< as metrics' label: "lost_election"
[[nodiscard]] std::string_view to_string(NdpVerdict verdict);

}  // namespace naru::lb::layer2
