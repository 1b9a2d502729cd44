// The interfaces of this network namespace with their addresses, as rtnetlink's messages tell them. No I/O.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/mac_address.h"
#include "runtime/netlink.h"

namespace naru::runtime {

struct LinkAddress {
  IpAddress ip;
  unsigned prefix_length{};
  bool global{};  // of global scope: neither of this host nor of this link alone

  friend auto operator<=>(const LinkAddress&, const LinkAddress&) = default;
};

struct Link {
  unsigned index{};
  std::string name;
  MacAddress mac;   // zero where it has none of six bytes
  bool up{};        // switched on, and with a carrier
  bool ethernet{};  // of Ethernet's kind (ARPHRD_ETHER), virtual ones among them
  bool loopback{};
  bool broadcast{};
  bool arp{};               // not switched off
  unsigned master{};        // the index of the bridge, bond or VRF that it is a port of; 0: none
  std::uint64_t came_up{};  // how often it was seen to: two states may be equal although a cable was pulled between
  std::vector<LinkAddress> addresses;  // in order of the addresses

  friend bool operator==(const Link&, const Link&) = default;
};

/// Follows RTM_NEWLINK, DELLINK, NEWADDR and DELADDR. An address of a link that is not known is ignored: the kernel
/// tells of links first, and so must whoever reads both.
class LinkTable {
 public:
  /// True if anything changed.
  bool apply(const nlmsghdr& message);
  [[nodiscard]] const std::map<unsigned, Link>& links() const { return links_; }

 private:
  bool new_link(const nlmsghdr& message);
  bool delete_link(const nlmsghdr& message);
  bool change_address(const nlmsghdr& message, bool added);

  std::map<unsigned, Link> links_;  // by index
};

}  // namespace naru::runtime
