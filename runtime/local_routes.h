// Whole prefixes of addresses made this host's own, with one route each ("AnyIP"): `local 10.96.0.0/12 dev lo`.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/address.h"
#include "runtime/local_route.h"
#include "runtime/netlink.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

/// The routes that this process needs. One thread.
///
/// Several naru on one host may need the same prefix, and any of them may be killed. So each has a route of its own:
/// the kernel keeps routes to one prefix apart by their metric, and each naru has a number of its own for a metric,
/// which it claims by binding an abstract Unix socket of that number. Such names live in the network namespace, as
/// routes do, and go with the process, whatever ends it. Then: a prefix stays local until the last naru that needs it
/// has taken its route away; nobody ever takes away another's; and a route is a killed naru's leftover exactly if its
/// number can be claimed. No lock file, no count, no race. (Process ids would not do: naru in different containers may
/// share a network.)
class LocalRoutes {
 public:
  /// The routing protocol number that marks naru's routes; unassigned in iproute2's list.
  static constexpr std::uint8_t kProtocol = 78;

  LocalRoutes() = default;
  LocalRoutes(const LocalRoutes&) = delete;
  LocalRoutes& operator=(const LocalRoutes&) = delete;
  /// Removes all that was added.
  ~LocalRoutes();

  /// Makes every address of `cidr` this host's own. Nothing to do, and success, for 127.0.0.0/8, ::1, a single address
  /// that an interface has, and what was added before. Errors: permission (with what to do); conflict, where the prefix
  /// holds an interface's address and with it that interface's neighbours, which the host could no longer reach; else
  /// what the kernel said.
  [[nodiscard]] Result<void> add(const Cidr& cidr);
  void remove(const Cidr& cidr);

  /// Removes the routes of naru processes that are no more; call it when all that is wanted has been added, so that
  /// there is no gap for a prefix that is wanted again. Returns how many it removed.
  Result<std::size_t> remove_leftovers();

  /// Prefixes that have a route of this process.
  [[nodiscard]] const std::set<Cidr>& added() const { return added_; }

 private:
  [[nodiscard]] Result<void> claim();

  Netlink netlink_;
  std::uint32_t number_{0};  // this process's metric; 0: not claimed yet
  UniqueFd claim_;
  std::set<Cidr> added_;
};

}  // namespace naru::runtime
