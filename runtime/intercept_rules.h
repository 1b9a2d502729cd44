// What of a network namespace's own traffic is redirected to a sidecar, and the packet filter's rules for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace naru::runtime {

/// A control group of version 2.
struct CgroupSelector {
  std::string path;  // as nft looks for it, below /sys/fs/cgroup
  unsigned level{};  // how deep it is in its hierarchy: 1 is a child of the root

  friend bool operator==(const CgroupSelector&, const CgroupSelector&) = default;
};

struct InterceptRules {
  // Whose connections. One of these has something.
  bool everybody{};
  std::vector<std::uint32_t> uids;
  std::vector<CgroupSelector> cgroups;
  /// Never: the sidecar's own go where they are for.
  std::vector<std::uint32_t> sidecar_uids;

  // To where, and by what they get there instead.
  std::vector<Cidr> cidrs;  // interceptable: base/intercepted.h
  Port port;                // on loopback: TCP
  std::optional<Port> dns_port;
  std::vector<IpAddress> resolvers;  // port 53 of these goes to `dns_port`
};

/// The table's name, the same in every version: what one has written another can remove.
inline constexpr const char* kInterceptTable = "naru_intercept";

/// What nft is told: all of it anew, in one transaction, whatever was there. Pure.
[[nodiscard]] std::string intercept_script(const InterceptRules& rules);

/// What nft is told so that there is no table, whether there was one or not.
[[nodiscard]] std::string intercept_removal_script();

}  // namespace naru::runtime
