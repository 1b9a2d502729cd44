// naru_http_*: of Service ports that speak HTTP and have seen a request.
#include <algorithm>

#include "daemon/metrics_collect.h"
#include "daemon/port_labels.h"

namespace naru::daemon {
namespace {

using prometheus::MetricFamily;
using proxy::CodeClass;
using proxy::DurationHistogram;
using proxy::HttpPortState;
using proxy::ServicePort;

constexpr std::array kVersions = {http::Version::http10, http::Version::http11, http::Version::http2};

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Calls visit(version, code, histogram) for those that have counted.
template <class Visit>
void for_each_histogram(const HttpPortState& state, Visit&& visit) {
  for (const http::Version version : kVersions) {
    for (std::size_t code = 0; code < proxy::kCodeClasses; ++code) {
      const DurationHistogram& histogram = state.durations[static_cast<std::size_t>(version)][code];
      if (histogram.count() != 0) visit(version, static_cast<CodeClass>(code), histogram);
    }
  }
}

bool has_requests(const HttpPortState& state) {
  bool any = state.active.value() != 0;
  for_each_histogram(state, [&](auto&&...) { any = true; });
  state.local_answers.for_each([&](auto&&...) { any = true; });
  state.h1_faults.for_each([&](auto&&...) { any = true; });
  state.h2_faults.for_each([&](auto&&...) { any = true; });
  return any;
}

/// The histogram's part of the metric that it fills.
prometheus::ClientMetric::Histogram filled(const DurationHistogram& histogram) {
  prometheus::ClientMetric::Histogram made;
  for (std::size_t i = 0; i < DurationHistogram::kBuckets; ++i) {
    made.sample_count += static_cast<std::uint64_t>(histogram.in_bucket(i));
    if (i == DurationHistogram::kBounds.size()) break;  // the last bucket, +Inf, follows from the count
    made.bucket.push_back({made.sample_count, in_seconds(DurationHistogram::kBounds[i])});
  }
  made.sample_sum = in_seconds(histogram.sum());
  return made;
}

class Collector {
 public:
  void add(const ServicePort& port, TimePoint now) {
    const HttpPortState& state = *port.state->http;
    add_requests(port, state);
    add_events(port, state);
    add_sums(port, state, now);
    add_endpoints(port);
  }

  void move_to(Families& families) {
    for (MetricFamily* family : {&requests_, &durations_, &active_, &held_, &retries_, &refused_, &budget_, &answers_,
                                 &grpc_, &faults_, &drains_, &gone_, &broken_, &received_, &sent_, &endpoints_}) {
      families.push_back(std::move(*family));
    }
  }

 private:
  void add_requests(const ServicePort& port, const HttpPortState& state) {
    for_each_histogram(state, [&](http::Version version, CodeClass code, const DurationHistogram& histogram) {
      const Labels labels =
          labels_of(port, {{"protocol", std::string(to_string(version))}, {"code", std::string(to_string(code))}});
      add_value(requests_, labels, histogram.count());
      prometheus::ClientMetric metric;
      metric.label = labels;
      metric.histogram = filled(histogram);
      durations_.metric.push_back(std::move(metric));
    });
    for (std::size_t status = 0; status < state.grpc_statuses.size(); ++status) {
      const auto count = state.grpc_statuses[status].value();
      if (count != 0) add_value(grpc_, labels_of(port, {{"grpc_status", std::to_string(status)}}), count);
    }
  }

  void add_events(const ServicePort& port, const HttpPortState& state) {
    add_each(retries_, port, "failure", state.retries);
    add_each(refused_, port, "verdict", state.refused_retries);
    add_each(answers_, port, "reason", state.local_answers);
    add_each(drains_, port, "reason", state.drains);
    add_each(faults_, port, "fault", state.h1_faults, {{"protocol", "HTTP/1"}});
    add_each(faults_, port, "fault", state.h2_faults, {{"protocol", "HTTP/2"}});
  }

  void add_sums(const ServicePort& port, const HttpPortState& state, TimePoint now) {
    add_value(active_, labels_of(port), state.active.value());
    add_value(held_, labels_of(port), state.held.value());
    add_value(budget_, labels_of(port), state.budget.left(now, port.settings.http.retry_budget));
    add_value(gone_, labels_of(port), state.clients_gone.value());
    add_value(broken_, labels_of(port), state.broken_off.value());
    add_value(received_, labels_of(port), state.bytes_received.value());
    add_value(sent_, labels_of(port), state.bytes_sent.value());
  }

  void add_endpoints(const ServicePort& port) {
    if (port.endpoints.size() > kMostEndpointsShown) return;
    for (const lb::Endpoint& endpoint : port.endpoints) {
      for (std::size_t code = 0; code < proxy::kCodeClasses; ++code) {
        const auto count = endpoint.state->responses[code].value();
        if (count == 0) continue;
        const std::string name(to_string(static_cast<CodeClass>(code)));
        add_value(endpoints_, labels_of(port, {{"endpoint", endpoint.address.to_string()}, {"code", name}}), count);
      }
    }
  }

  template <class Counters>
  static void add_each(MetricFamily& family, const ServicePort& port, const char* label, const Counters& counters,
                       const Labels& more = {}) {
    counters.for_each([&](auto value, std::int64_t count) {
      Labels labels = labels_of(port, more);
      labels.push_back({label, std::string(to_string(value))});
      add_value(family, std::move(labels), count);
    });
  }

  MetricFamily requests_ = counters("naru_http_requests_total",
                                    "Requests that have ended, by the client's protocol and the status's first digit.");
  MetricFamily durations_ =
      histograms("naru_http_request_duration_seconds", "From a request's whole head to the end of its response.");
  MetricFamily active_ = gauges("naru_http_requests_active", "Requests in progress.");
  MetricFamily held_ = gauges("naru_http_requests_held", "Of these, requests that wait for an endpoint.");
  MetricFamily retries_ = counters("naru_http_retries_total", "Requests sent again, by how the attempt had failed.");
  MetricFamily refused_ =
      counters("naru_http_retries_refused_total", "Attempts that failed and were not followed by another, by why not.");
  MetricFamily budget_ = gauges("naru_http_retry_budget_left", "Retries that may be made now.");
  MetricFamily answers_ = counters("naru_http_local_answers_total",
                                   "Requests that naru answered itself, by the x-naru-reason that it gave.");
  MetricFamily grpc_ = counters("naru_http_grpc_responses_total", "Responses with a grpc-status.");
  MetricFamily faults_ = counters("naru_http_client_faults_total", "What clients did against the protocol.");
  MetricFamily drains_ =
      counters("naru_http_drains_total", "Connections that took no more requests before they had to, by why.");
  MetricFamily gone_ = counters("naru_http_clients_gone_total", "Requests whose client did not wait for the end.");
  MetricFamily broken_ =
      counters("naru_http_responses_broken_off_total", "Responses that had begun and could not be completed.");
  MetricFamily received_ = counters("naru_http_received_bytes_total", "Content of requests.");
  MetricFamily sent_ = counters("naru_http_sent_bytes_total", "Content of responses.");
  MetricFamily endpoints_ = counters("naru_http_endpoint_responses_total",
                                     "Requests by the endpoint that answered last, of Service ports with at most 100 "
                                     "endpoints.");
};

}  // namespace

void collect_http(std::span<const std::shared_ptr<const ServicePort>> ports, TimePoint now, Families& families) {
  Collector collector;
  for (const auto& port : ports) {
    if (speaks_http(port->settings.http) && port->state->http && has_requests(*port->state->http)) {
      collector.add(*port, now);
    }
  }
  collector.move_to(families);
}

}  // namespace naru::daemon
