// The metrics page: kube-proxy's and MetalLB's names for what they count too, naru's own for the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/time.h"
#include "config/objects.h"
#include "daemon/view.h"

namespace naru::daemon {

/// What the control loop observes as it happens; what can be read from the View at a scrape is read then.
/// Thread: the control thread.
class Metrics {
 public:
  explicit Metrics(const View& view);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// A change was queued: how many Service and EndpointSlice objects it touches.
  void changes_queued(std::size_t services, std::size_t endpoint_slices, std::chrono::system_clock::time_point now);
  /// Everything queued so far is in force on all workers, `took` after work on it began.
  void changes_in_force(Duration took, std::chrono::system_clock::time_point now);
  /// From the trigger (the annotation endpoints.kubernetes.io/last-change-trigger-time, else the file's change) to in
  /// force.
  void observe_network_programming(Duration took);
  void healthz_answered(unsigned code);
  void livez_answered(unsigned code);
  /// A load of the sources is done; with errors, the state in force stays.
  void config_loaded(bool success, std::chrono::system_clock::time_point now);

  /// The page in Prometheus's text format, version 0.0.4.
  [[nodiscard]] std::string page() const;
  /// The same, of now, to be written on any thread.
  [[nodiscard]] Later<std::string> later_page() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace naru::daemon
