// Building metric families by hand, for what is read at a scrape rather than counted as it happens.
#pragma once

#include <prometheus/metric_family.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace naru::daemon {

using Labels = std::vector<prometheus::ClientMetric::Label>;

[[nodiscard]] inline prometheus::MetricFamily counters(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Counter, {}};
}
[[nodiscard]] inline prometheus::MetricFamily gauges(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
}
[[nodiscard]] inline prometheus::MetricFamily histograms(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Histogram, {}};
}

/// To a family of counters or gauges.
template <class Number>
void add_value(prometheus::MetricFamily& family, Labels labels, Number value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = static_cast<double>(value);
  metric.gauge.value = static_cast<double>(value);
  family.metric.push_back(std::move(metric));
}

/// A family of one value without labels.
template <class Number>
[[nodiscard]] prometheus::MetricFamily single(prometheus::MetricFamily family, Number value) {
  add_value(family, {}, value);
  return family;
}

}  // namespace naru::daemon
