// What active probes make of an endpoint. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace naru::lb {

/// How one probe ended: label of a metric, and what the log says.
enum class ProbeResult : std::uint8_t {
  success,
  not_connected,  // refused or unreachable
  timed_out,      // while connecting or while waiting for the answer: a hung endpoint does either
  bad_response,   // ended without an answer, or with what is none
  bad_status,     // HTTP: not among those expected; gRPC: the call failed
  not_serving,    // gRPC: the service says so
};
[[nodiscard]] std::string_view to_string(ProbeResult result);

/// How many results in a row turn an endpoint.
struct ProbeThresholds {
  int healthy{1};
  int unhealthy{3};
};

/// Healthy until its probes have failed as often as it takes: an endpoint that is ready may be used before the first
/// probe, so that nobody waits for one.
class ProbeState {
 public:
  enum class Change : std::uint8_t { none, recovered, failed };

  /// The thresholds may change between two calls.
  Change observe(ProbeResult result, const ProbeThresholds& thresholds);
  [[nodiscard]] bool healthy() const { return healthy_; }

 private:
  bool healthy_{true};
  int in_row_{0};  // results that speak against healthy_
};

/// Until the first probe: anywhere within the interval, so that the endpoints of a large Service, and the nodes that
/// probe one endpoint, do not all ask at once.
[[nodiscard]] Duration first_probe_after(Duration interval, Random& random);
/// From the beginning of one probe to that of the next: the interval, a tenth longer or shorter.
[[nodiscard]] Duration next_probe_after(Duration interval, Random& random);

}  // namespace naru::lb
