// What this process may do.
#pragma once

namespace naru::runtime {

/// Whether this process has CAP_NET_ADMIN in effect; if not it surely may not change this network namespace.
[[nodiscard]] bool may_administer_network();

}  // namespace naru::runtime
