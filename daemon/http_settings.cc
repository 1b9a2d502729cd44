#include "daemon/http_settings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace naru::daemon {

using config::PolicyProtocol;
using proxy::ApplicationProtocol;
using proxy::HttpSettings;

namespace {

constexpr std::array<std::pair<std::string_view, ApplicationProtocol>, 5> kAppProtocols = {
    {{"http", ApplicationProtocol::http},
     {"kubernetes.io/ws", ApplicationProtocol::http},
     {"http2", ApplicationProtocol::http2},
     {"grpc", ApplicationProtocol::http2},
     {"kubernetes.io/h2c", ApplicationProtocol::http2}}};

ApplicationProtocol protocol_of(PolicyProtocol protocol) {
  switch (protocol) {
    case PolicyProtocol::tcp:
      return ApplicationProtocol::tcp;
    case PolicyProtocol::http:
      return ApplicationProtocol::http;
    case PolicyProtocol::http2:
    case PolicyProtocol::grpc:
      return ApplicationProtocol::http2;
    case PolicyProtocol::detect:
      return ApplicationProtocol::detect;
  }
  return ApplicationProtocol::tcp;
}

/// What the policy says, in the target's own type.
template <class To, class From>
void overlay(To& to, const std::optional<From>& from) {
  if (from) to = static_cast<To>(*from);
}
template <class From>
void overlay(std::optional<Duration>& to, const std::optional<From>& from) {
  if (from) to = *from;
}

void overlay_requests(HttpSettings& settings, const config::ServicePolicy& policy) {
  const config::RequestPolicy& requests = policy.requests;
  overlay(settings.retries.attempts, policy.max_attempts);
  overlay(settings.retries.on_gateway_status, requests.retry_on_gateway_status);
  overlay(settings.retries.on_grpc_unavailable, requests.retry_on_grpc_unavailable);
  overlay(settings.retries.replay_bytes, requests.replay_bytes);
  overlay(settings.retry_budget.percent, requests.budget_percent);
  overlay(settings.retry_budget.minimum_per_second, requests.budget_per_second);
  overlay(settings.timeouts.request, requests.request_timeout);
  overlay(settings.timeouts.per_try, requests.per_try_timeout);
  overlay(settings.timeouts.request_head, requests.request_head_timeout);
  overlay(settings.timeouts.client_idle, requests.client_idle_timeout);
  overlay(settings.timeouts.client_stall, requests.client_stall_timeout);
  overlay(settings.timeouts.upstream_idle, requests.upstream_idle_timeout);
  overlay(settings.hold, requests.hold);
  overlay(settings.consecutive_gateway_failures, requests.gateway_failures);
}

void overlay_headers(http::ForwardingRules& rules, const config::HeaderPolicy& headers) {
  overlay(rules.x_forwarded, headers.x_forwarded);
  overlay(rules.forwarded, headers.forwarded);
  overlay(rules.via, headers.via);
  overlay(rules.request_id, headers.request_id);
  if (headers.trusted) rules.trusted = *headers.trusted;
}

void overlay_limits(HttpSettings& settings, const config::RequestLimitPolicy& policy) {
  proxy::HttpLimits& limits = settings.limits;
  overlay(settings.allow_connect, policy.allow_connect);
  overlay(limits.header_bytes, policy.header_bytes);
  overlay(limits.header_fields, policy.header_fields);
  if (policy.requests_per_connection) limits.requests_per_connection = *policy.requests_per_connection;
  limits.http2.header_list_bytes = limits.header_bytes;
  limits.http2.header_fields = limits.header_fields;
  overlay(limits.http2.concurrent_streams, policy.concurrent_streams);
  overlay(limits.http2.stream_window, policy.stream_window);
  overlay(limits.http2.connection_window, policy.connection_window);
  overlay(limits.http2.continuation_frames, policy.continuation_frames);
  overlay(limits.http2.resets_burst, policy.resets_burst);
  overlay(limits.http2.resets_per_second, policy.resets_per_second);
  overlay(limits.http2.control_frames_burst, policy.control_frames_burst);
  overlay(limits.http2.control_frames_per_second, policy.control_frames_per_second);
}

}  // namespace

ApplicationProtocol application_protocol(const config::ServicePort& port, std::optional<PolicyProtocol> policy) {
  if (port.protocol != Protocol::tcp) return ApplicationProtocol::tcp;
  if (policy) return protocol_of(*policy);
  const auto found = std::ranges::find(kAppProtocols, port.app_protocol, &decltype(kAppProtocols)::value_type::first);
  return found == kAppProtocols.end() ? ApplicationProtocol::tcp : found->second;
}

HttpSettings http_settings_of(const config::ServicePort& port, const config::ServicePolicy* policy) {
  HttpSettings settings;
  settings.protocol = application_protocol(port, policy == nullptr ? std::nullopt : policy->protocol);
  if (policy == nullptr) return settings;
  overlay_requests(settings, *policy);
  overlay_headers(settings.forwarding, policy->headers);
  overlay_limits(settings, policy->limits);
  return settings;
}

}  // namespace naru::daemon
