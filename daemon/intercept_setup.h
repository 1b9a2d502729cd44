// From the configuration to what a sidecar intercepts.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "config/intercept.h"
#include "proxy/interception.h"

namespace naru::daemon {

/// Where packets to one port of loopback arrive once they are redirected, in the families that are intercepted.
[[nodiscard]] std::vector<SocketAddress> loopback_addresses(const config::Intercept& intercept, Port port);

/// Where DNS is served to intercepted queries: nowhere if there are none.
[[nodiscard]] std::vector<SocketAddress> intercepted_dns_addresses(const std::optional<config::Intercept>& intercept);

/// Of `cidrs`, those whose addresses this host need not have, since connections to them never leave it by them.
[[nodiscard]] std::vector<Cidr> not_intercepted(const std::vector<Cidr>& cidrs,
                                                const std::optional<config::Intercept>& intercept);

/// What the workers are to know of it; null: nothing is intercepted.
[[nodiscard]] std::shared_ptr<const proxy::Interception> interception_of(
    const std::optional<config::Intercept>& intercept);

/// Whether connections to the address are intercepted.
[[nodiscard]] bool is_intercepted(const IpAddress& address, const std::optional<config::Intercept>& intercept);

}  // namespace naru::daemon
