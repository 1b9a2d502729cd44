#include <array>

#include "config/policy_fields.h"

namespace naru::config {

void load_timeouts(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 9> kFields = {
      "connect", "idle", "udpIdle", "request", "perTry", "requestHeader", "httpIdle", "clientStall", "upstreamIdle"};
  if (!field.map(kFields)) return;
  RequestPolicy& requests = policy.requests;
  const Field per_try = field["perTry"];
  policy.connect_timeout = load_positive_duration(field["connect"]);
  policy.idle_timeout = load_duration_or_off(field["idle"]);
  policy.udp_idle_timeout = load_positive_duration(field["udpIdle"]);
  requests.request_timeout = load_duration_or_off(field["request"]);
  requests.per_try_timeout = load_duration_or_off(per_try);
  requests.request_head_timeout = load_positive_duration(field["requestHeader"]);
  requests.client_idle_timeout = load_positive_duration(field["httpIdle"]);
  requests.client_stall_timeout = load_positive_duration(field["clientStall"]);
  requests.upstream_idle_timeout = load_positive_duration(field["upstreamIdle"]);
  if (requests.request_timeout && requests.per_try_timeout > requests.request_timeout) {
    per_try.fail("must not be longer than request");
  }
}

void load_drain_and_hold(const Field& spec, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 1> kFields = {"timeout"};
  const Field drain = spec["drain"];
  const Field hold = spec["hold"];
  if (drain.map(kFields)) policy.drain_timeout = load_duration(drain["timeout"]);
  if (hold.map(kFields)) policy.requests.hold = load_duration_or_off(hold["timeout"]);
}

}  // namespace naru::config
