// naru_dns_forward_* and naru_dns_cache_*: by the meaning of CoreDNS's forward and cache plugins.
#include "daemon/metrics_dns_forward.h"

#include <map>

#include "daemon/metric_family.h"

namespace naru::daemon {
namespace {

using prometheus::MetricFamily;
using Workers = std::span<const dns::Metrics* const>;
using dns::ForwardMetrics;
using dns::UpstreamMetrics;

template <class Pick>
std::uint64_t sum(Workers workers, Pick pick) {
  std::uint64_t total = 0;
  for (const dns::Metrics* worker : workers) total += pick(worker->forwarding);
  return total;
}

/// One value per upstream address; it may be in several stub zones.
template <class Pick>
std::map<std::string, std::uint64_t> by_upstream(Workers workers, Pick pick) {
  std::map<std::string, std::uint64_t> values;
  for (const dns::Metrics* worker : workers) {
    for (const UpstreamMetrics& upstream : worker->forwarding.upstreams) {
      values[upstream.to.to_string()] += pick(upstream);
    }
  }
  return values;
}

template <class Pick>
MetricFamily per_upstream(Workers workers, MetricFamily family, Pick pick) {
  for (const auto& [to, value] : by_upstream(workers, pick)) add_value(family, {{"to", to}}, value);
  return family;
}

MetricFamily responses(Workers workers) {
  MetricFamily family = counters("naru_dns_forward_responses_total", "Answers of upstreams, by response code.");
  for (std::size_t code = 0; code < UpstreamMetrics{}.responses.size(); ++code) {
    const auto values = by_upstream(workers, [&](const UpstreamMetrics& of) { return of.responses[code].value(); });
    for (const auto& [to, value] : values) {
      if (value == 0) continue;
      add_value(family, {{"to", to}, {"rcode", to_string(dns::Rcode{static_cast<std::uint8_t>(code)})}}, value);
    }
  }
  return family;
}

template <class Cells>
MetricFamily per_kind(Workers workers, MetricFamily family, Cells ForwardMetrics::*cells) {
  for (std::size_t i = 0; i < dns::kCacheKinds; ++i) {
    const auto kind = static_cast<dns::CacheKind>(i);
    add_value(family, {{"type", std::string(to_string(kind))}},
              sum(workers, [&](const ForwardMetrics& m) { return (m.*cells)[i].value(); }));
  }
  return family;
}

void collect_upstreams(Workers workers, Families& families) {
  families.push_back(per_upstream(workers, counters("naru_dns_forward_requests_total", "Queries sent to upstreams."),
                                  [](const UpstreamMetrics& of) { return of.requests.value(); }));
  families.push_back(responses(workers));
  families.push_back(per_upstream(
      workers, counters("naru_dns_forward_healthcheck_failures_total", "Checks of upstreams that got no answer."),
      [](const UpstreamMetrics& of) { return of.healthcheck_failures.value(); }));
  families.push_back(
      per_upstream(workers,
                   gauges("naru_dns_forward_workers_avoiding",
                          "Workers that pass an upstream over, for it failed and has not answered since."),
                   [](const UpstreamMetrics& of) { return 1 - of.usable.value(); }));
  families.push_back(per_upstream(
      workers, gauges("naru_dns_forward_loops", "Workers that do not ask an upstream, for it leads back to naru."),
      [](const UpstreamMetrics& of) { return of.loops.value(); }));
  families.push_back(
      single(counters("naru_dns_forward_healthcheck_broken_total", "Queries sent although no upstream was healthy."),
             sum(workers, [](const ForwardMetrics& m) { return m.healthcheck_broken.value(); })));
  families.push_back(
      single(counters("naru_dns_forward_hedges_total", "Queries sent to the next upstream too, the first being slow."),
             sum(workers, [](const ForwardMetrics& m) { return m.hedges.value(); })));
  families.push_back(single(
      counters("naru_dns_forward_joined_total", "Queries that waited for another's answer to the same question."),
      sum(workers, [](const ForwardMetrics& m) { return m.joined.value(); })));
}

void collect_cache(Workers workers, Families& families) {
  const auto hits = [](const ForwardMetrics& m) {
    std::uint64_t all = 0;
    for (const Counter& of_kind : m.cache_hits) all += of_kind.value();
    return all;
  };
  const auto misses = [](const ForwardMetrics& m) { return m.cache_misses.value(); };
  families.push_back(per_kind(workers, gauges("naru_dns_cache_entries", "Answers in the cache, by type."),
                              &ForwardMetrics::cache_entries));
  families.push_back(single(gauges("naru_dns_cache_size_bytes", "What they take."),
                            sum(workers, [](const ForwardMetrics& m) { return m.cache_bytes.value(); })));
  families.push_back(single(counters("naru_dns_cache_requests_total", "Queries that the cache was asked for."),
                            sum(workers, hits) + sum(workers, misses)));
  families.push_back(per_kind(workers, counters("naru_dns_cache_hits_total", "Queries answered from the cache."),
                              &ForwardMetrics::cache_hits));
  families.push_back(
      single(counters("naru_dns_cache_misses_total", "Queries that upstreams were asked for."), sum(workers, misses)));
  families.push_back(per_kind(workers,
                              counters("naru_dns_cache_evictions_total", "Answers that went to make room, by type."),
                              &ForwardMetrics::cache_evictions));
  families.push_back(single(counters("naru_dns_cache_prefetch_total", "Answers asked for again before their end."),
                            sum(workers, [](const ForwardMetrics& m) { return m.cache_prefetches.value(); })));
  families.push_back(
      single(counters("naru_dns_cache_served_stale_total", "Queries answered with what was out of date."),
             sum(workers, [](const ForwardMetrics& m) { return m.cache_served_stale.value(); })));
}

}  // namespace

void collect_dns_forwarding(Workers workers, Families& families) {
  if (workers.empty()) return;
  collect_upstreams(workers, families);
  collect_cache(workers, families);
}

}  // namespace naru::daemon
