// naru_dns_*: what the workers' DNS servers count, with CoreDNS's labels.
#include <limits>

#include "daemon/metric_family.h"
#include "daemon/metrics_collect.h"
#include "daemon/metrics_dns_forward.h"

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
template <class Pick>
prometheus::ClientMetric histogram_metric(Workers workers, Pick pick, double unit) {
  prometheus::ClientMetric metric;
  std::uint64_t cumulative = 0;
  const std::size_t bounds = pick(*workers.front()).bounds().size();
  for (std::size_t i = 0; i <= bounds; ++i) {
    double bound = std::numeric_limits<double>::infinity();
    if (i < bounds) bound = static_cast<double>(pick(*workers.front()).bounds()[i]) * unit;
    for (const dns::Metrics* worker : workers) cumulative += pick(*worker).count(i);
    metric.histogram.bucket.push_back({cumulative, bound});
  }
  metric.histogram.sample_count = cumulative;
  for (const dns::Metrics* worker : workers) {
    metric.histogram.sample_sum += static_cast<double>(pick(*worker).sum()) * unit;
  }
  return metric;
}

template <std::size_t N>
MetricFamily histogram(Workers workers, MetricFamily family, const dns::Histogram<N> dns::Metrics::*member,
                       double unit) {
  family.metric.push_back(histogram_metric(
      workers, [&](const dns::Metrics& m) -> auto& { return m.*member; }, unit));
  return family;
}

/// By transport, in bytes.
MetricFamily size_histograms(Workers workers, MetricFamily family,
                             const std::array<dns::SizeHistogram, 2> dns::Metrics::*member) {
  for (std::size_t transport = 0; transport < 2; ++transport) {
    auto metric = histogram_metric(
        workers, [&](const dns::Metrics& m) -> auto& { return (m.*member)[transport]; }, 1);
    metric.label.push_back({"proto", std::string(to_string(static_cast<dns::Transport>(transport)))});
    family.metric.push_back(std::move(metric));
  }
  return family;
}

constexpr double kNanosecond = 1e-9;

/// Cookies, rate limiting, search lists.
void collect_dns_features(Workers workers, Families& families) {
  using dns::Metrics;
  families.push_back(single(counters("naru_dns_do_requests_total", "Queries with DO, which asks for DNSSEC records."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.dnssec_ok; })));
  families.push_back(by_enum<dns::CookieVerdict>(
      workers, counters("naru_dns_cookies_total", "Queries with a cookie, by what it says of the client."), "verdict",
      &Metrics::cookies));
  families.push_back(single(counters("naru_dns_rate_limited_total",
                                     "Answers withheld from a network above its rate, which was told to come by TCP."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.rate_slipped; })));
  families.push_back(single(counters("naru_dns_query_log_lost_total", "Queries that the query log had no room for."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.query_log_lost; })));
  families.push_back(single(counters("naru_dns_autopath_total", "Names found further on in a Pod's search list."),
                            sum(
                                workers, [](const Metrics& m) -> auto& { return m.autopath; })));
}

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
      size_histograms(workers, histograms("naru_dns_request_size_bytes", "Size of queries."), &Metrics::request_size));
  families.push_back(size_histograms(workers, histograms("naru_dns_response_size_bytes", "Size of answers."),
                                     &Metrics::response_size));
  collect_dns_features(workers, families);
  collect_dns_forwarding(workers, families);
}

}  // namespace naru::daemon
