#include "daemon/metrics_collect.h"

#include <algorithm>
#include <array>
#include <limits>

#include "daemon/port_labels.h"

namespace naru::daemon {
namespace {

using prometheus::MetricFamily;
using proxy::ServicePort;
using proxy::ServicePortState;

struct ListenerState {
  std::string_view view;
  const char* label;
};
constexpr std::array<ListenerState, 3> kListenerStates = {
    {{"Open", "open"}, {"NoEndpoints", "no_endpoints"}, {"Failed", "failed"}}};

MetricFamily listener_family(std::span<const ListenerView> listeners) {
  MetricFamily family = gauges("naru_listeners", "Addresses and ports to serve, by whether they are open.");
  for (const ListenerState& state : kListenerStates) {
    std::size_t count = 0;
    for (const ListenerView& listener : listeners) count += listener.state == state.view ? 1U : 0U;
    add_value(family, {{"state", state.label}}, count);
  }
  return family;
}

/// A gauge in spite of its name, which is kube-proxy's.
MetricFamily no_local_family(const StatusView& status) {
  MetricFamily family = gauges("kubeproxy_sync_proxy_rules_no_local_endpoints_total",
                               "Service ports with a Local traffic policy and no endpoint on this node.");
  add_value(family, {{"traffic_policy", "internal"}}, status.no_local_internal);
  add_value(family, {{"traffic_policy", "external"}}, status.no_local_external);
  return family;
}

bool has_traffic(const ServicePortState& state) {
  for (const SharedCounter& outcome : state.outcomes) {
    if (outcome.value() != 0) return true;
  }
  return state.active.value() != 0 || state.connect_failures.value() != 0;
}

/// The families that have one value per Service port.
struct PerPort {
  MetricFamily family;
  const SharedCounter ServicePortState::*counter;
};

std::array<PerPort, 6> per_port_families() {
  return {{{gauges("naru_connections_active", "Connections and flows in progress."), &ServicePortState::active},
           {counters("naru_connect_failures_total", "Attempts to reach an endpoint that failed."),
            &ServicePortState::connect_failures},
           {counters("naru_replays_total", "Requests sent again to another endpoint."), &ServicePortState::replays},
           {counters("naru_ejections_total", "Endpoints taken out of use for a while because they failed."),
            &ServicePortState::ejections},
           {counters("naru_received_bytes_total", "Bytes from clients, of connections that have ended."),
            &ServicePortState::bytes_received},
           {counters("naru_sent_bytes_total", "Bytes to clients, of connections that have ended."),
            &ServicePortState::bytes_sent}}};
}

void add_outcomes(MetricFamily& family, const ServicePort& port) {
  for (std::size_t i = 0; i < proxy::kOutcomes; ++i) {
    const auto count = port.state->outcomes[i].value();
    if (count == 0) continue;
    Labels labels = labels_of(port);
    labels.push_back({"outcome", std::string(to_string(static_cast<proxy::Outcome>(i)))});
    add_value(family, std::move(labels), count);
  }
}

void add_sources(MetricFamily& family, const ServicePort& port) {
  for (std::size_t i = 0; i < proxy::kSourceVerdicts; ++i) {
    const auto count = port.state->sources[i].value();
    if (count == 0) continue;
    add_value(family, labels_of(port, {{"source", std::string(to_string(static_cast<proxy::SourceVerdict>(i)))}}),
              count);
  }
}

std::uint64_t saturating_sum(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t part : parts) {
    sum =
        part > std::numeric_limits<std::uint64_t>::max() - sum ? std::numeric_limits<std::uint64_t>::max() : sum + part;
  }
  return sum;
}

double unix_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// Whether a mistake keeps what is wanted of load balancer addresses from being in force: one of its own objects, or
/// of a file as a whole, which may hold some.
bool is_of_metallb(const config::Issue& issue) {
  constexpr std::array kKinds = {"IPAddressPool ",    "L2Advertisement ", "BGPPeer ",
                                 "BGPAdvertisement ", "BFDProfile ",      "Community "};
  if (issue.object.empty()) return issue.location.line > 0;
  return std::ranges::any_of(kKinds, [&](const char* kind) { return issue.object.starts_with(kind); });
}

void collect_metallb_status(const StatusView& status, Families& families) {
  families.push_back(
      single(gauges("metallb_k8s_client_config_loaded_bool", "Whether a configuration was loaded: 1."), 1));
  families.push_back(single(gauges("metallb_k8s_client_config_stale_bool",
                                   "Whether a mistake keeps pools, advertisements or peers as they were before."),
                            std::ranges::any_of(status.errors, is_of_metallb) ? 1 : 0));
}

}  // namespace

void collect_status(const StatusView& status, std::span<const ListenerView> listeners, Families& families) {
  MetricFamily build = gauges("naru_build_info", "Always 1; the label tells the version.");
  add_value(build, {{"version", NARU_VERSION}}, 1);
  families.push_back(std::move(build));
  families.push_back(
      single(gauges("naru_snapshot_generation", "The snapshot in force on every worker."), status.generation));
  families.push_back(single(gauges("naru_last_change_timestamp_seconds", "When a change was last in force."),
                            unix_seconds(status.last_change)));
  families.push_back(single(gauges("naru_config_errors",
                                   "Mistakes that stand in the sources; what they name is not in "
                                   "force, or is as it was before."),
                            status.errors.size()));
  collect_metallb_status(status, families);
  families.push_back(single(gauges("naru_services", "Services in force."), status.services));
  families.push_back(single(gauges("naru_endpoints", "Endpoints in force."), status.endpoints));
  families.push_back(single(gauges("naru_workers", "Worker threads."), status.workers));
  families.push_back(listener_family(listeners));
  families.push_back(no_local_family(status));
}

void collect_service_ports(std::span<const std::shared_ptr<const ServicePort>> ports, Families& families) {
  MetricFamily outcomes = counters("naru_connections_total", "Connections and flows that have ended, by how.");
  MetricFamily sources =
      counters("naru_source_addresses_total",
               "Attempts to reach an endpoint from the client's address, by whose it became and why.");
  auto others = per_port_families();
  for (const auto& port : ports) {
    if (!has_traffic(*port->state)) continue;
    add_outcomes(outcomes, *port);
    add_sources(sources, *port);
    for (PerPort& each : others) add_value(each.family, labels_of(*port), ((*port->state).*each.counter).value());
  }
  families.push_back(std::move(outcomes));
  families.push_back(std::move(sources));
  for (PerPort& each : others) families.push_back(std::move(each.family));
}

void collect_intercept(const proxy::InterceptRefusals* refusals, Families& families) {
  if (refusals == nullptr) return;
  MetricFamily refused = counters("naru_intercept_refused_total",
                                  "Connections to the port for redirected ones that were reset, by the reason.");
  for (const auto reason : {proxy::InterceptRefusal::not_redirected, proxy::InterceptRefusal::no_service}) {
    add_value(refused, {{"reason", std::string(to_string(reason))}}, refusals->value(reason));
  }
  families.push_back(std::move(refused));
}

void collect_pools(std::span<const PoolView> pools, const std::map<std::string, std::size_t>& services_by_pool,
                   Families& families) {
  // Gauges in spite of their names, which are MetalLB's.
  MetricFamily total = gauges("metallb_allocator_addresses_total", "Usable addresses of the pool.");
  MetricFamily used = gauges("metallb_allocator_addresses_in_use_total", "Addresses of the pool that Services have.");
  MetricFamily served = gauges("metallb_allocator_services_allocated_total", "Services with an address of the pool.");
  for (const PoolView& pool : pools) {
    const Labels labels = {{"pool", pool.object->meta.name}};
    const std::uint64_t in_use = saturating_sum({pool.assigned_ipv4, pool.assigned_ipv6});
    add_value(total, labels, saturating_sum({in_use, pool.available_ipv4, pool.available_ipv6}));
    add_value(used, labels, in_use);
    const auto services = services_by_pool.find(pool.object->meta.name);
    add_value(served, labels, services == services_by_pool.end() ? 0 : services->second);
  }
  for (MetricFamily* family : {&total, &used, &served}) families.push_back(std::move(*family));
}

}  // namespace naru::daemon
