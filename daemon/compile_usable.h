// Which of a Service port's endpoints new connections may use, for either traffic policy.
#pragma once

#include <span>

#include "daemon/compile.h"

namespace naru::daemon {

/// Fills `compiled.cluster` and `compiled.local` by its endpoints and settings. `places`: of each endpoint. Lists that
/// are as they were `before` (may be null) keep its Maglev tables: making one takes a millisecond.
void set_usable(const CompileInput& input, std::span<const lb::Place> places, const proxy::ServicePort* before,
                proxy::ServicePort& compiled);

}  // namespace naru::daemon
