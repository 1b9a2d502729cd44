// Membership in the groups to which neighbour solicitations are sent.
#pragma once

#include <map>
#include <vector>

#include "base/address.h"
#include "runtime/unique_fd.h"

namespace naru::lb::layer2 {

/// Joined groups of one interface. The interface's filter lets them in, and switches that snoop (MLD) forward them. All
/// are left when it goes.
class GroupSockets {
 public:
  explicit GroupSockets(unsigned interface_index) : interface_index_(interface_index) {}

  /// Joins the solicited-node group of `address`, which may be shared by others. Returns 0 or the errno.
  [[nodiscard]] int join(const IpAddress& address);
  void leave(const IpAddress& address);

 private:
  struct Membership {
    std::size_t socket{};
    std::size_t members{};
  };
  [[nodiscard]] int join_on(std::size_t socket, const IpAddress& group);

  unsigned interface_index_;
  std::vector<runtime::UniqueFd> sockets_;  // one holds but some hundred groups (net.core.optmem_max)
  std::map<IpAddress, Membership> groups_;
};

}  // namespace naru::lb::layer2
