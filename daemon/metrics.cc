#include "daemon/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "daemon/metrics_collect.h"

namespace naru::daemon {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;
using WallTime = std::chrono::system_clock::time_point;

Counter& counter(Registry& registry, const char* name, const char* help, const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

Gauge& gauge(Registry& registry, const char* name, const char* help, const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

Histogram& histogram(Registry& registry, const char* name, const char* help, const std::vector<double>& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

/// 0.001 * 2^n, 15 of them, as kube-proxy has them.
std::vector<double> sync_buckets() {
  std::vector<double> buckets;
  for (double bound = 0.001; buckets.size() < 15; bound *= 2) buckets.push_back(bound);
  return buckets;
}

/// 0.25, 0.5, 1..59 by 1, 60..115 by 5, 120..300 by 30, as kube-proxy has them.
std::vector<double> programming_buckets() {
  std::vector<double> buckets = {0.25, 0.5};
  for (int bound = 1; bound < 60; ++bound) buckets.push_back(bound);
  for (int bound = 60; bound < 120; bound += 5) buckets.push_back(bound);
  for (int bound = 120; bound <= 300; bound += 30) buckets.push_back(bound);
  return buckets;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}
double unix_seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// Objects of one kind whose changes are counted.
struct Changes {
  Gauge& pending;
  Counter& total;

  void queued(std::size_t count) {
    pending.Increment(static_cast<double>(count));
    total.Increment(static_cast<double>(count));
  }
};

/// Answers of a health endpoint, by code.
struct Answers {
  Counter& good;
  Counter& bad;

  void count(unsigned code) { (code == 200 ? good : bad).Increment(); }
};

Answers answers(Registry& registry, const char* name, const char* help) {
  return {counter(registry, name, help, {{"code", "200"}}), counter(registry, name, help, {{"code", "503"}})};
}

/// kube-proxy's names.
struct KubeProxy {
  explicit KubeProxy(Registry& r) : registry(r) {}

  Registry& registry;
  Histogram& sync = histogram(registry, "kubeproxy_sync_proxy_rules_duration_seconds",
                              "From the beginning of work on a change to its being in force.", sync_buckets());
  Histogram& programming =
      histogram(registry, "kubeproxy_network_programming_duration_seconds",
                "From the cause of an endpoint's change to its being in force.", programming_buckets());
  Gauge& last_sync =
      gauge(registry, "kubeproxy_sync_proxy_rules_last_timestamp_seconds", "When a change was last in force.");
  Gauge& last_queued =
      gauge(registry, "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", "When a change was last queued.");
  Changes services{gauge(registry, "kubeproxy_sync_proxy_rules_service_changes_pending",
                         "Changes of Services that are not in force yet."),
                   counter(registry, "kubeproxy_sync_proxy_rules_service_changes_total", "Changes of Services.")};
  Changes endpoints{gauge(registry, "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
                          "Changes of endpoints that are not in force yet."),
                    counter(registry, "kubeproxy_sync_proxy_rules_endpoint_changes_total", "Changes of endpoints.")};
  Answers healthz = answers(registry, "kubeproxy_proxy_healthz_total", "Answers of /healthz, by code.");
  Answers livez = answers(registry, "kubeproxy_proxy_livez_total", "Answers of /livez, by code.");
};

}  // namespace

struct Metrics::Impl {
  explicit Impl(const View& v) : view(v) {}

  const View& view;
  Registry registry;
  KubeProxy kube_proxy{registry};
  Gauge& load_success = gauge(registry, "naru_config_last_load_success", "Whether the last load had no mistake.");
  Gauge& load_time = gauge(registry, "naru_config_last_load_timestamp_seconds", "When the sources were last loaded.");
};

Metrics::Metrics(const View& view) : impl_(std::make_unique<Impl>(view)) {}
Metrics::~Metrics() = default;

void Metrics::changes_queued(std::size_t services, std::size_t endpoint_slices, WallTime now) {
  impl_->kube_proxy.services.queued(services);
  impl_->kube_proxy.endpoints.queued(endpoint_slices);
  impl_->kube_proxy.last_queued.Set(unix_seconds(now));
}

void Metrics::changes_in_force(Duration took, WallTime now) {
  impl_->kube_proxy.services.pending.Set(0);
  impl_->kube_proxy.endpoints.pending.Set(0);
  impl_->kube_proxy.sync.Observe(seconds(took));
  impl_->kube_proxy.last_sync.Set(unix_seconds(now));
}

void Metrics::observe_network_programming(Duration took) {
  impl_->kube_proxy.programming.Observe(seconds(took));
}

void Metrics::healthz_answered(unsigned code) {
  impl_->kube_proxy.healthz.count(code);
}
void Metrics::livez_answered(unsigned code) {
  impl_->kube_proxy.livez.count(code);
}

void Metrics::config_loaded(bool success, WallTime now) {
  impl_->load_success.Set(success ? 1 : 0);
  impl_->load_time.Set(unix_seconds(now));
}

std::string Metrics::page() const {
  return later_page()();
}

Later<std::string> Metrics::later_page() const {
  const View& view = impl_->view;
  auto families = std::make_shared<Families>(impl_->registry.Collect());
  collect_pools(view.pools(), view.services_by_pool(), *families);
  collect_announcing(view.announcing(), *families);
  collect_dns(view.dns_metrics(), *families);
  collect_intercept(view.intercept_refusals().get(), *families);
  return [families, status = view.summary(), listeners = view.later_listeners(), ports = view.later_service_ports()] {
    collect_status(status, listeners(), *families);
    const auto all = ports();
    collect_service_ports(all, *families);
    collect_http(all, Clock::now(), *families);
    collect_health(all, *families);
    collect_process(*families);
    // Names without a sample yet would only be headings.
    std::erase_if(*families, [](const auto& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(*families);
  };
}

}  // namespace naru::daemon
