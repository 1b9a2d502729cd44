#include "lb/bgp/peer_settings.h"

#include <fmt/format.h>

namespace naru::lb::bgp {
namespace {

constexpr std::size_t kMostPassword = 80;  // TCP_MD5SIG_MAXKEYLEN
constexpr std::chrono::seconds kLeastHold{3};
constexpr std::chrono::seconds kMostHold{65535};

bool is_hold_time(std::chrono::seconds time) {
  return time.count() == 0 || (time >= kLeastHold && time <= kMostHold);
}

}  // namespace

std::string fault_of(const PeerSettings& s) {
  if (s.name.empty()) return "the peer has no name";
  if (s.my_asn == 0) return "myASN: 0 is no AS number";
  if (s.peer_asn == 0 && !s.dynamic_asn) return "neither peerASN nor dynamicASN is given";
  if (s.peer_asn != 0 && s.dynamic_asn) return "peerASN and dynamicASN exclude each other";
  if (s.address.is_unspecified()) return "no peerAddress";
  if (s.source_address && s.source_address->family() != s.address.family()) {
    return fmt::format("sourceAddress {} is of another family than the peer's", s.source_address->to_string());
  }
  if (s.router_id && (!s.router_id->is_v4() || s.router_id->is_unspecified())) return "routerID: not an IPv4 address";
  if (!is_hold_time(s.hold_time)) return fmt::format("holdTime: {} s is neither 0 nor 3..65535", s.hold_time.count());
  if (s.keepalive_time && s.keepalive_time->count() < 1) return "keepaliveTime: under 1 s";
  if (s.keepalive_time && *s.keepalive_time > s.hold_time) return "keepaliveTime: longer than holdTime";
  if (s.connect_time && s.connect_time->count() < 1) return "connectTime: under 1 s";
  if (s.password.size() > kMostPassword) return fmt::format("password: longer than {} bytes", kMostPassword);
  return {};
}

}  // namespace naru::lb::bgp
