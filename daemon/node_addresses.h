// Which addresses of the node answer on node ports.
#pragma once

#include <span>
#include <vector>

#include "config/configuration.h"
#include "config/objects.h"

namespace naru::daemon {

/// What the host itself has: its addresses and, per family, the one that its default route leaves from.
struct HostAddresses {
  std::vector<IpAddress> all;
  std::vector<IpAddress> primary;
  std::vector<Cidr> subnets{};  // that its interfaces are on
};

/// nodePortAddresses of the configuration, applied. By default the InternalIPs of the Node object, else the primary
/// addresses. `node` may be null. Sorted, unique.
[[nodiscard]] std::vector<IpAddress> node_port_addresses(const config::NodePortAddresses& setting,
                                                         const config::Node* node, const HostAddresses& host);

}  // namespace naru::daemon
