// How an endpoint that is new grows into its share.
#pragma once

#include "base/time.h"
#include "config/service_policy.h"

namespace naru::lb {

/// What an endpoint of that age gets of its share: from `rule.least` to 1 when the window is over. As Envoy has it:
/// (age / window) ^ (1 / aggression).
[[nodiscard]] double slow_start_factor(Duration age, const config::SlowStart& rule);

}  // namespace naru::lb
