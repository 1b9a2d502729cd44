// The messages of grpc.health.v1.Health/Check, as gRPC frames them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lb/probe_state.h"

namespace naru::daemon {

/// HealthCheckRequest for `service`, with gRPC's five bytes before it. `service` is shorter than 2^14.
[[nodiscard]] std::string health_check_request(std::string_view service);

/// What a call that ended with `grpc_status` (none: without one) and content `body` says of the service.
[[nodiscard]] lb::ProbeResult health_check_result(std::string_view body, std::optional<int> grpc_status);

}  // namespace naru::daemon
