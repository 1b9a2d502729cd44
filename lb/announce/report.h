// What the announcing thread tells of itself, as values that any thread may keep.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lb/announce/plan.h"
#include "lb/bfd/session_info.h"
#include "lb/bgp/session_view.h"
#include "lb/layer2/speaker.h"

namespace naru::lb::announce {

using WallTime = std::chrono::system_clock::time_point;

enum class Protocol : std::uint8_t { none, layer2, bgp };
[[nodiscard]] std::string_view to_string(Protocol protocol);  ///< "", "layer2", "bgp"

/// An address as this node announces it, or does not.
struct AnnouncementInfo {
  IpAddress address;
  std::vector<config::ServiceName> services;  // that have it
  Protocol protocol{Protocol::none};
  std::string node;  // that announces it, as far as this one can tell; empty: none
  std::string via;   // interfaces, or the BGP peer
  Reason reason{Reason::announced};
  std::string detail;                   // a prefix, or what is wrong
  std::optional<std::string> conflict;  // who else claims it
  WallTime since{};                     // it is so
};

/// Another node.
struct NodeInfo {
  bfd::State session{bfd::State::down};
  bool candidate{};  // up, and not a newcomer
  std::optional<WallTime> since;
  std::string fault;
};

struct BgpSessionInfo {
  bgp::SessionView view;
  WallTime since{};  // of its state
};

struct BfdCounts {
  std::uint64_t received{};
  std::uint64_t sent{};
  std::uint64_t send_failures{};
  std::uint64_t detections{};
  std::uint64_t stalls{};
  std::array<std::uint64_t, bfd::kDiscards> discarded{};
};

struct Report {
  bool active{};               // there is something to announce with
  std::optional<Phase> phase;  // of this node in elections; none: there are none
  std::string layer2_fault;    // why nothing is announced by ARP and NDP
  std::vector<AnnouncementInfo> announcements;
  std::map<std::string, NodeInfo> nodes;
  std::vector<bfd::SessionInfo> bfd_sessions;
  std::vector<BgpSessionInfo> bgp_sessions;
  layer2::Counters layer2;
  std::vector<layer2::InterfaceInfo> interfaces;
  BfdCounts bfd;
};

[[nodiscard]] std::string_view to_string(Phase phase);  ///< as the enumerators are written

}  // namespace naru::lb::announce
