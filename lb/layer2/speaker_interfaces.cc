#include "lb/layer2/speaker_interfaces.h"

#include <algorithm>

namespace naru::lb::layer2 {
namespace {

bool has_address(const runtime::Link& link, Family family) {
  return std::any_of(link.addresses.begin(), link.addresses.end(), [&](const runtime::LinkAddress& address) {
    return address.ip.family() == family && (address.global || family == Family::ipv4);
  });
}

/// A VRF is a routing table, not a link: its ports speak for themselves.
bool enslaved(const runtime::Link& link, const std::map<unsigned, runtime::Link>& links) {
  const auto master = links.find(link.master);
  // Not to be seen: it is in another network namespace, and speaks there.
  return link.master != 0 && (master == links.end() || master->second.broadcast);
}

}  // namespace

std::vector<Interface> interfaces_of(const std::map<unsigned, runtime::Link>& links) {
  std::vector<Interface> all;
  for (const auto& [index, link] : links) {
    Interface interface;
    interface.index = index;
    interface.name = link.name;
    interface.mac = link.mac;
    interface.up = link.up;
    interface.speaks_arp = link.ethernet && !link.loopback && link.broadcast && link.arp && !link.mac.is_zero();
    interface.enslaved = enslaved(link, links);
    interface.has_ipv4 = has_address(link, Family::ipv4);
    interface.has_ipv6 = has_address(link, Family::ipv6);
    interface.came_up = link.came_up;
    all.push_back(std::move(interface));
  }
  return all;
}

}  // namespace naru::lb::layer2
