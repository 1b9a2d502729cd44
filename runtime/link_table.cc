#include "runtime/link_table.h"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>

namespace naru::runtime {
namespace {

MacAddress mac_of(const nlattr& attribute) {
  std::array<std::uint8_t, 6> bytes{};
  if (mnl_attr_get_payload_len(&attribute) != bytes.size()) return {};
  std::memcpy(bytes.data(), mnl_attr_get_payload(&attribute), bytes.size());
  return MacAddress(bytes);
}

void take_flags(Link& link, const ifinfomsg& header) {
  // IFF_RUNNING follows the operational state: without a carrier nothing would leave.
  const unsigned both = IFF_UP | IFF_RUNNING;
  link.index = static_cast<unsigned>(header.ifi_index);
  const bool up = (header.ifi_flags & both) == both;
  if (up && !link.up) ++link.came_up;
  link.up = up;
  link.ethernet = header.ifi_type == ARPHRD_ETHER;
  link.loopback = (header.ifi_flags & IFF_LOOPBACK) != 0;
  link.broadcast = (header.ifi_flags & IFF_BROADCAST) != 0;
  link.arp = (header.ifi_flags & IFF_NOARP) == 0;
}

/// True if the message describes the whole link. Wireless drivers send some that hold but a name.
bool take_attributes(Link& link, const nlmsghdr& message) {
  bool whole = false;
  link.master = 0;
  for_each_attribute(message, sizeof(ifinfomsg), [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case IFLA_IFNAME:
        link.name = mnl_attr_get_str(&attribute);
        break;
      case IFLA_ADDRESS:
        link.mac = mac_of(attribute);
        break;
      case IFLA_MASTER:
        link.master = mnl_attr_get_u32(&attribute);
        break;
      case IFLA_MTU:
        whole = true;
        break;
      default:
        break;
    }
  });
  return whole;
}

LinkAddress parse_address(const nlmsghdr& message, const ifaddrmsg& header) {
  LinkAddress address;
  bool local_seen = false;
  for_each_attribute(message, sizeof header, [&](const nlattr& attribute) {
    // On a point-to-point link IFA_ADDRESS is the peer's; IFA_LOCAL, where given, is ours.
    const bool local = mnl_attr_get_type(&attribute) == IFA_LOCAL;
    if (!local && (local_seen || mnl_attr_get_type(&attribute) != IFA_ADDRESS)) return;
    if (const auto ip = address_of(attribute)) address.ip = *ip;
    local_seen = local_seen || local;
  });
  address.prefix_length = header.ifa_prefixlen;
  address.global = header.ifa_scope == RT_SCOPE_UNIVERSE || header.ifa_scope == RT_SCOPE_SITE;
  return address;
}

}  // namespace

bool LinkTable::apply(const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
      return new_link(message);
    case RTM_DELLINK:
      return delete_link(message);
    case RTM_NEWADDR:
      return change_address(message, true);
    case RTM_DELADDR:
      return change_address(message, false);
    default:
      return false;
  }
}

bool LinkTable::new_link(const nlmsghdr& message) {
  const auto& header = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  // A bridge speaks of its ports, one that leaves among them, in link messages of its own family.
  if (header.ifi_family != AF_UNSPEC) return false;
  const auto found = links_.find(static_cast<unsigned>(header.ifi_index));
  Link link = found != links_.end() ? found->second : Link();
  take_flags(link, header);
  if (!take_attributes(link, message)) return false;
  if (found != links_.end() && found->second == link) return false;
  links_[link.index] = std::move(link);
  return true;
}

bool LinkTable::delete_link(const nlmsghdr& message) {
  const auto& header = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  return header.ifi_family == AF_UNSPEC && links_.erase(static_cast<unsigned>(header.ifi_index)) != 0;
}

bool LinkTable::change_address(const nlmsghdr& message, bool added) {
  const auto& header = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  const LinkAddress address = parse_address(message, header);
  const auto found = links_.find(header.ifa_index);
  if (found == links_.end()) return false;
  auto& all = found->second.addresses;
  const auto at = std::lower_bound(all.begin(), all.end(), address);
  const bool there = at != all.end() && *at == address;
  if (added == there) return false;
  if (added) {
    all.insert(at, address);
  } else {
    all.erase(at);
  }
  return true;
}

}  // namespace naru::runtime
