// From the configuration to how names outside the cluster's domain are asked for.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "dns/forward_options.h"

namespace naru::daemon {

/// `upstreams` are those for all names; the cache's bytes are shared out among `workers`.
[[nodiscard]] dns::ForwardOptions forward_options(const config::Configuration& configuration,
                                                  const std::vector<SocketAddress>& upstreams, unsigned workers);

}  // namespace naru::daemon
