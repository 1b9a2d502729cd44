// What only a plan of everything together finds: for `naru check`.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "config/source.h"

namespace naru::daemon {

/// Issues of allocation and compilation, as `naru run` would meet them on a host that remembers nothing: addresses and
/// ports that two Services want or that are outside their ranges, endpoints that are a Service's own address.
[[nodiscard]] std::vector<config::Issue> plan_issues(const config::SourceUpdate& loaded,
                                                     const config::Configuration& configuration);

}  // namespace naru::daemon
