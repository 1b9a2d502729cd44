// Keeps the kernel from speaking ARP for addresses that are local to this host but not this host's to announce.
#pragma once

#include <memory>
#include <set>

#include "base/address.h"

namespace naru::runtime {

/// An address that is local by a route, as those of load balancers are on every node, would be answered for by the
/// kernel of every node, since it takes any local address for its own on any interface (arp_ignore=0): nobody could
/// tell who has it. And while a node resolves a neighbour in order to reply from such an address, the kernel names that
/// address as the sender (arp_announce=0), which tells the whole segment a lie. Both are stopped here for the held
/// addresses alone, by a table of the ARP family in nftables, `naru-NUMBER`; no setting of the host is changed, and
/// whoever speaks for an address does it with packet sockets, which stand before the table.
///
/// IPv6 needs none of this: the kernel answers for, and solicits from, configured addresses only.
///
/// The table outlives a killed naru on purpose: so do its routes, and with them the kernel's wish to answer. It goes
/// when this object does, and leftovers with the next naru's remove_leftovers(). One thread.
class ArpGuard {
 public:
  ArpGuard();
  ArpGuard(const ArpGuard&) = delete;
  ArpGuard& operator=(const ArpGuard&) = delete;
  /// Removes the table. The routes must be gone by then.
  ~ArpGuard();

  /// All addresses that the kernel must not speak for; call it before they get their routes. An address of an interface
  /// other than loopback is left to the kernel: the host itself lives by it. IPv6 addresses need nothing. Errors:
  /// permission, or a kernel without nftables for ARP (with what to do instead).
  [[nodiscard]] Result<void> hold(const std::set<IpAddress>& addresses);

  /// Takes note of changed addresses of the interfaces.
  [[nodiscard]] Result<void> refresh();

  /// Removes the tables of naru processes that are no more; call it after LocalRoutes::remove_leftovers(). Returns how
  /// many it removed.
  Result<std::size_t> remove_leftovers();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace naru::runtime
