// What the daemon reads of its host at start-up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "daemon/node_addresses.h"

namespace naru::daemon {

/// The configuration of `file`, or all defaults without one.
[[nodiscard]] config::LoadedConfiguration configuration_for(const std::optional<std::string>& file);

/// The host's addresses; what can't be read is left out and logged.
[[nodiscard]] HostAddresses read_host_addresses();

/// DNS upstreams: as configured, else the host's resolv.conf. Never ourselves (`own`).
[[nodiscard]] std::vector<SocketAddress> upstreams(const config::Configuration& configuration,
                                                   const std::vector<SocketAddress>& own);

}  // namespace naru::daemon
