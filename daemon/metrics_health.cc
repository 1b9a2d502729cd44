// Of Service ports with an active health check.
#include <algorithm>

#include "daemon/metrics_collect.h"
#include "daemon/port_labels.h"

namespace naru::daemon {

void collect_health(std::span<const std::shared_ptr<const proxy::ServicePort>> ports, Families& families) {
  auto probes = counters("naru_health_probes_total", "Active probes of endpoints, by result.");
  auto failing = gauges("naru_health_endpoints_failing", "Endpoints that are avoided since their active probe fails.");
  for (const auto& port : ports) {
    if (!port->settings.active_health) continue;
    port->state->probes.for_each([&](lb::ProbeResult result, std::int64_t count) {
      add_value(probes, labels_of(*port, {{"result", std::string(to_string(result))}}), count);
    });
    add_value(failing, labels_of(*port),
              std::ranges::count_if(port->endpoints, [](const auto& each) { return each.state->probe_failed(); }));
  }
  families.push_back(std::move(probes));
  families.push_back(std::move(failing));
}

}  // namespace naru::daemon
