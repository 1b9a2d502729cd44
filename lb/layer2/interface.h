// An interface as the planning of announcements sees it.
#pragma once

#include <cstdint>
#include <string>

#include "base/mac_address.h"

namespace naru::lb::layer2 {

struct Interface {
  unsigned index{};
  std::string name;
  MacAddress mac;
  bool up{};                // switched on, and with a carrier
  bool speaks_arp{};        // Ethernet that broadcasts and has not ARP switched off; not loopback
  bool enslaved{};          // a port of a bridge or a bond: its master speaks for it
  bool has_ipv4{};          // an address of its own of that family
  bool has_ipv6{};          // the same, link-local ones aside, which every interface has
  std::uint64_t came_up{};  // how often: addresses are announced anew when it did again

  friend bool operator==(const Interface&, const Interface&) = default;
};

}  // namespace naru::lb::layer2
