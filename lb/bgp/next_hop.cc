#include "lb/bgp/next_hop.h"

#include <algorithm>

namespace naru::lb::bgp {

NextHops next_hops(const IpAddress& local, std::span<const OwnAddress> host) {
  NextHops result;
  (local.is_v4() ? result.ipv4 : result.ipv6) = local;
  const auto own = std::find_if(host.begin(), host.end(), [&](const auto& at) { return at.ip == local; });
  if (own == host.end()) return result;
  const auto other = std::find_if(host.begin(), host.end(), [&](const auto& at) {
    return at.interface_index == own->interface_index && at.ip.family() != local.family() && at.global;
  });
  if (other != host.end()) (local.is_v4() ? result.ipv6 : result.ipv4) = other->ip;
  return result;
}

}  // namespace naru::lb::bgp
