// hosts(5): an address and its names on each line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dns/zone.h"

namespace naru::dns {

struct HostsProblem {
  int line{};  // from 1
  std::string reason;
};

struct HostsFile {
  std::vector<HostRecord> hosts;
  std::vector<HostsProblem> problems;  // of lines and names that were left out; the first few, so that no log drowns
};

/// Names are taken in lower case. Those at or below `cluster_domain` are left out and told: the cluster's objects give
/// them. Names without a dot are left out silently, since a hosts file has the host's own, which nobody asks for here.
[[nodiscard]] HostsFile parse_hosts(std::string_view text, const Name& cluster_domain);

}  // namespace naru::dns
