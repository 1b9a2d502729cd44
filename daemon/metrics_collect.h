// Metric families read from the state in force at a scrape. Pure.
#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "daemon/view.h"
#include "dns/metrics.h"

namespace naru::daemon {

using Families = std::vector<prometheus::MetricFamily>;

/// naru_*: totals of the daemon.
void collect_status(const StatusView& status, std::span<const ListenerView> listeners, Families& families);
/// naru_*: per Service port, of those that have seen traffic only: the number of series follows what is used.
void collect_service_ports(std::span<const std::shared_ptr<const proxy::ServicePort>> ports, Families& families);
/// naru_http_*: per Service port that speaks HTTP; of endpoints those of Service ports with few of them.
constexpr std::size_t kMostEndpointsShown = 100;
void collect_http(std::span<const std::shared_ptr<const proxy::ServicePort>> ports, TimePoint now, Families& families);
/// naru_health_*: per Service port with active probes.
void collect_health(std::span<const std::shared_ptr<const proxy::ServicePort>> ports, Families& families);
/// naru_intercept_*: nothing where nothing is intercepted.
void collect_intercept(const proxy::InterceptRefusals* refusals, Families& families);
/// metallb_allocator_*: per pool.
void collect_pools(std::span<const PoolView> pools, const std::map<std::string, std::size_t>& services_by_pool,
                   Families& families);
/// naru_dns_*: summed over the workers.
void collect_dns(std::span<const dns::Metrics* const> workers, Families& families);
/// metallb_speaker_*, metallb_layer2_*, metallb_bgp_*, naru_bfd_*: nothing where nothing was ever announced.
void collect_announcing(const lb::announce::Report& report, Families& families);
/// process_*, as Prometheus's client libraries have them.
void collect_process(Families& families);

}  // namespace naru::daemon
