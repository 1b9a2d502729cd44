// What a Service port speaks, and how its requests are treated: the defaults, overlaid by the policy. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "config/objects.h"
#include "proxy/http_settings.h"

namespace naru::daemon {

/// By the policy, else by the port's appProtocol: `http` and `kubernetes.io/ws` are HTTP/1.1; `http2`, `grpc` and
/// `kubernetes.io/h2c` are HTTP/2; everything else is bytes, `https` and `kubernetes.io/wss` among it (KEP-3726).
/// Only TCP ports can be anything else.
[[nodiscard]] proxy::ApplicationProtocol application_protocol(const config::ServicePort& port,
                                                              std::optional<config::PolicyProtocol> policy);

[[nodiscard]] proxy::HttpSettings http_settings_of(const config::ServicePort& port,
                                                   const config::ServicePolicy* policy);

}  // namespace naru::daemon
