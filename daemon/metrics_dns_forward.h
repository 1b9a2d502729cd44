// Metric families of DNS forwarding and its cache. Pure.
#pragma once

#include "daemon/metrics_collect.h"

namespace naru::daemon {

/// naru_dns_forward_*, naru_dns_cache_*: summed over the workers.
void collect_dns_forwarding(std::span<const dns::Metrics* const> workers, Families& families);

}  // namespace naru::daemon
