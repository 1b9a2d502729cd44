// The labels that say which Service port a series is about.
#pragma once

#include "daemon/metric_family.h"
#include "proxy/table.h"

namespace naru::daemon {

/// `port`: its name, else its number.
[[nodiscard]] inline Labels labels_of(const proxy::ServicePort& port) {
  const std::string name = port.port_name.empty() ? std::to_string(port.port.value()) : port.port_name;
  return {{"namespace", port.service.name_space},
          {"service", port.service.name},
          {"port", name},
          {"ip_family", std::string(to_string(port.family))}};
}

/// The same with one more, or two.
[[nodiscard]] inline Labels labels_of(const proxy::ServicePort& port, Labels more) {
  Labels labels = labels_of(port);
  labels.insert(labels.end(), more.begin(), more.end());
  return labels;
}

}  // namespace naru::daemon
