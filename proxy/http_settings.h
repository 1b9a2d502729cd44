// How requests to a Service port that speaks HTTP are treated: the defaults, overlaid by its ServicePolicy.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "http/forwarding.h"
#include "http/h1_parser.h"
#include "http/h2_session.h"
#include "http/retry.h"
#include "http/retry_budget.h"

namespace naru::proxy {

/// What a Service port's endpoints speak. Clients of `http` and `http2` may use either version, whatever the endpoints
/// speak.
enum class ApplicationProtocol : std::uint8_t {
  tcp,     // bytes: connections are balanced, not requests
  http,    // HTTP/1.1
  http2,   // HTTP/2 with prior knowledge; gRPC
  detect,  // by each connection's first bytes: HTTP/1, HTTP/2, or else as tcp
};

struct HttpTimeouts {
  std::optional<Duration> request;  // from the head to the response's head, retries and holding included
  std::optional<Duration> per_try;  // the same of one attempt
  Duration request_head{std::chrono::seconds(10)};  // from a head's first byte (or the connection) to its last
  Duration client_idle{std::chrono::hours(1)};      // a client's connection between requests
  Duration client_stall{std::chrono::minutes(1)};   // a client that does not read what is there for it
  Duration upstream_idle{std::chrono::seconds(3)};  // a connection to an endpoint between requests

  friend bool operator==(const HttpTimeouts&, const HttpTimeouts&) = default;
};

struct HttpLimits {
  std::size_t header_bytes{60 * 1024};  // of a whole head, either version, either way
  std::size_t header_fields{100};
  std::optional<int> requests_per_connection;  // of a client; then the connection is closed in good order
  http::H2Limits http2;                        // its header limits are those above

  [[nodiscard]] http::HeadLimits head() const { return {header_bytes, header_fields}; }

  friend bool operator==(const HttpLimits&, const HttpLimits&) = default;
};

struct HttpSettings {
  ApplicationProtocol protocol{ApplicationProtocol::tcp};
  http::RetryRules retries;
  http::RetryBudgetRules retry_budget;
  HttpTimeouts timeouts;
  std::optional<Duration> hold;  // how long a request waits while there is no usable endpoint; none: not at all
  http::ForwardingRules forwarding;
  HttpLimits limits;
  int consecutive_gateway_failures{5};  // that eject an endpoint; 0: never
  bool allow_connect{false};

  friend bool operator==(const HttpSettings&, const HttpSettings&) = default;
};

/// Whether requests may be seen on it.
[[nodiscard]] constexpr bool speaks_http(const HttpSettings& settings) {
  return settings.protocol != ApplicationProtocol::tcp;
}

}  // namespace naru::proxy
