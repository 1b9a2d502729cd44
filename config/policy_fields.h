// Values that the sections of a ServicePolicy share. Private to config.
#pragma once

#include <cstdint>
#include <optional>

#include "config/reader.h"
#include "config/service_policy.h"

namespace naru::config {

[[nodiscard]] Milliseconds load_duration(const Field& field);
[[nodiscard]] Milliseconds load_positive_duration(const Field& field);
/// "0s" turns off what may be off, as in the Gateway API.
[[nodiscard]] Milliseconds load_duration_or_off(const Field& field);
[[nodiscard]] std::optional<int> load_count(const Field& field, std::int64_t least, std::int64_t most);
/// 65536, "64Ki", "1Mi".
[[nodiscard]] std::optional<std::int64_t> load_bytes(const Field& field, std::int64_t least, std::int64_t most);

/// A list of CIDRs; nothing if it is not there.
[[nodiscard]] std::optional<std::vector<Cidr>> load_cidrs(const Field& field);

// The sections: each fills in its part of the policy, `spec.` left out of the comment.
void load_balancing(const Field& field, ServicePolicy& policy);             // loadBalancing
void load_retries(const Field& field, ServicePolicy& policy);               // retries
void load_timeouts(const Field& field, ServicePolicy& policy);              // timeouts
void load_drain_and_hold(const Field& spec, ServicePolicy& policy);         // drain, hold
void load_health(const Field& field, ServicePolicy& policy);                // health
void load_active_health(const Field& field, ServicePolicy& policy);         // health.active
void load_headers(const Field& field, HeaderPolicy& headers);               // headers
void load_proxy_protocol(const Field& field, ProxyProtocolPolicy& policy);  // proxyProtocol
void load_limits(const Field& field, ServicePolicy& policy);                // limits

}  // namespace naru::config
