// Makes the kernel deliver here what is for the sockets of transparent_socket.h.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "base/address.h"
#include "base/result.h"

namespace naru::runtime {

/// A server's answer to a client is for the client's address: a host that it comes through would pass it on, or drop
/// it. Three things together make it stop here instead, if a socket of this host waits for it:
///
///   nftables   table inet naru-source-N: marks what comes in for a transparent socket with 0x204e (of 0xffff)
///   ip rule    7800+N: what is marked so looks into table 7800+N
///   ip route   table 7800+N: local default dev lo
///
/// N is the lowest number from 1 to 99 that no other naru in this network namespace has; several processes have their
/// own of everything, so that one that takes over needs nothing of the one before, and each removes its own. The
/// nftables table is owned by this object's netlink socket, and ends with the process, whatever ends it. Rule and route
/// outlive a killed process, but do nothing without the table; the next one removes them.
///
/// Answers must come in through an interface: servers on this host's own addresses are out of its reach. One thread.
class TransparentRouting {
 public:
  static constexpr std::uint32_t kMark = 0x204e;
  static constexpr std::uint32_t kMarkMask = 0xffff;
  static constexpr std::uint32_t kBase = 7800;  // of rules' priorities and tables' numbers
  static constexpr std::uint32_t kMost = 99;
  static constexpr std::uint8_t kProtocol = 78;  // marks rules and routes as naru's

  TransparentRouting();
  TransparentRouting(const TransparentRouting&) = delete;
  TransparentRouting& operator=(const TransparentRouting&) = delete;
  /// Removes what is there.
  ~TransparentRouting();

  /// For sockets of the family. Nothing to do, and success, where it is in place already. Errors: permission, or what
  /// the kernel lacks; then nothing of it is left in place.
  [[nodiscard]] Result<void> add(Family family);
  /// Removes all of it.
  void clear();
  [[nodiscard]] bool has(Family family) const { return added_.contains(family); }
  [[nodiscard]] bool empty() const { return added_.empty(); }

  /// Removes rules and routes of processes that are no more. Returns how many processes'.
  Result<std::size_t> remove_leftovers();

 private:
  struct Parts;
  [[nodiscard]] Result<void> add_marking();
  [[nodiscard]] Result<void> claim();

  std::unique_ptr<Parts> parts_;
  std::set<Family> added_;
};

/// What nft is told to mark answers, for a table of that name. Pure.
[[nodiscard]] std::string marking_script(const std::string& table);

}  // namespace naru::runtime
