// naru_dns_*: what the workers' DNS servers count, with CoreDNS's labels.
#include <limits>

#include "daemon/metric_family.h"
#include "daemon/metrics_collect.h"

namespace naru::daemon {
namespace {

using prometheus::MetricFamily;
using Workers = std::span<const dns::Metrics* const>;

template <class Pick>
std::uint64_t sum(Workers workers, Pick pick) {
  std::uint64_t total = 0;
  for (const dns::Metrics* worker : workers) total += pick(*worker).value();
  return total;
}

MetricFamily request_family(Workers workers) {
  MetricFamily family = counters("naru_dns_requests_total", "Queries, by transport, IP family (1: IPv4) and type.");
  for (std::size_t transport = 0; transport < 2; ++transport) {
    for (std::size_t ip = 0; ip < 2; ++ip) {
      for (std::size_t type = 0; type < dns::kTypeClasses; ++type) {
        const auto count = sum(
            workers, [&](const dns::Metrics& m) -> auto& { return m.requests[transport][ip][type]; });
        if (count == 0) continue;
        add_value(family,
                  {{"proto", std::string(to_string(static_cast<dns::Transport>(transport)))},
                   {"family", std::to_string(ip + 1)},
                   {"type", std::string(to_string(static_cast<dns::TypeClass>(type)))}},
                  count);
      }
    }
  }
  return family;
}

/// One counter per value of an enum, the label's text being the enumerator's; those that never counted are left out.
template <class Enum, std::size_t N>
MetricFamily by_enum(Workers workers, MetricFamily family, const char* label,
                     const std::array<Counter, N> dns::Metrics::*counters_of) {
  for (std::size_t i = 0; i < N; ++i) {
    const auto count = sum(
        workers, [&](const dns::Metrics& m) -> auto& { return (m.*counters_of)[i]; });
    if (count != 0) add_value(family, {{label, std::string(to_string(static_cast<Enum>(i)))}}, count);
  }
  return family;
}

/// `unit`: how much of the metric's unit one of the histogram's is.
template <std::size_t N>
MetricFamily histogram(Workers workers, MetricFamily family, const dns::Histogram<N> dns::Metrics::*member,
                       double unit) {
  prometheus::ClientMetric metric;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= N; ++i) {
    double bound = std::numeric_limits<double>::infinity();
    for (const dns::Metrics* worker : workers) {
      if (i < N) bound = static_cast<double>((worker->*member).bounds()[i]) * unit;
      cumulative += (worker->*member).count(i);
    }
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  for (const dns::Metrics* worker : workers) {
    metric.histogram.sample_sum += static_cast<double>((worker->*member).sum()) * unit;
  }
  family.metric.push_back(std::move(metric));
  return family;
}

constexpr double kNanosecond = 1e-9;

}  // namespace

void collect_dns(Workers workers, Families& families) {
  if (workers.empty()) return;
  using dns::Metrics;
  families.push_back(request_family(workers));
  families.push_back(by_enum<dns::Rcode>(workers, counters("naru_dns_responses_total", "Answers, by response code."),
                                         "rcode", &Metrics::responses));
  families.push_back(by_enum<dns::DropReason>(
      workers, counters("naru_dns_drops_total", "Queries without an answer, by reason."), "reason", &Metrics::drops));
  families.push_back(by_enum<dns::ForwardResult>(
      workers, counters("naru_dns_forward_attempts_total", "Attempts at upstream servers, by result."), "result",
      &Metrics::forwards));
  families.push_back(by_enum<dns::CutReason>(
      workers, counters("naru_dns_tcp_cuts_total", "TCP connections that naru ended, by reason."), "reason",
      &Metrics::tcp_cuts));
  families.push_back(single(counters("naru_dns_tcp_connections_total", "TCP connections accepted."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.tcp_accepted; })));
  families.push_back(single(counters("naru_dns_truncated_total", "Answers over UDP that did not fit (TC)."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.truncated; })));
  families.push_back(single(counters("naru_dns_forward_shed_total", "Queries refused for too many being forwarded."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.forward_shed; })));
  families.push_back(histogram(workers, histograms("naru_dns_request_duration_seconds", "From a query to its answer."),
                               &Metrics::duration, kNanosecond));
  families.push_back(histogram(workers, histograms("naru_dns_forward_duration_seconds", "One attempt at an upstream."),
                               &Metrics::forward_duration, kNanosecond));
  families.push_back(
      histogram(workers, histograms("naru_dns_request_size_bytes", "Size of queries."), &Metrics::request_size, 1));
  families.push_back(
      histogram(workers, histograms("naru_dns_response_size_bytes", "Size of answers."), &Metrics::response_size, 1));
}

}  // namespace naru::daemon
