// ServicePolicy (naru.io/v1alpha1): how the traffic to the Services it names is balanced, retried, watched and ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "config/label_selector.h"
#include "config/meta.h"

namespace naru::config {

/// `maglev`: by the client's address.
enum class Algorithm : std::uint8_t { random, round_robin, least_connections, maglev };
[[nodiscard]] std::string_view to_string(
    Algorithm algorithm);  ///< "Random", "RoundRobin", "LeastConnections", "Maglev"

/// Weights are from 0, no new connections, to this; 1 where nobody says anything.
inline constexpr int kMostWeight = 256;

/// Of spec.loadBalancing.weights: the weight of the endpoints that meet all of its conditions. Each that is a list is
/// met by any of its elements; one that is absent or empty is met by all endpoints.
struct WeightRule {
  std::optional<LabelSelector> pods;  // podSelector: an endpoint that is no known Pod's is not selected
  std::vector<std::string> nodes;
  std::vector<std::string> zones;
  std::vector<Cidr> addresses;
  int weight{1};

  [[nodiscard]] bool for_all() const { return !pods && nodes.empty() && zones.empty() && addresses.empty(); }
};

/// spec.loadBalancing.slowStart
struct SlowStart {
  std::chrono::milliseconds window{};  // until an endpoint that is new, or back, has its full share
  double aggression{1};                // 1: grows linearly; larger: faster at first
  double least{0.1};                   // minPercent: of its share, that it begins with

  friend bool operator==(const SlowStart&, const SlowStart&) = default;
};

/// Whether bytes that a client has sent may be sent again to another endpoint, when the first endpoint ended the
/// connection without a byte of answer. `idempotent`: where they are one whole HTTP/1 request of a safe method, which
/// may be repeated.
enum class ReplayMode : std::uint8_t { never, idempotent, always };
[[nodiscard]] std::string_view to_string(ReplayMode mode);  ///< "Never", "Idempotent", "Always"

/// What the Services' endpoints speak, whatever appProtocol says.
enum class PolicyProtocol : std::uint8_t { tcp, http, http2, grpc, detect };

struct TargetRef {
  std::string name;  // of a Service in the policy's namespace
  int line{};
};

/// What an active probe asks. `tcp`: a connection; `http`: GET; `grpc`: grpc.health.v1.Health/Check.
enum class ProbeType : std::uint8_t { tcp, http, grpc };
[[nodiscard]] std::string_view to_string(ProbeType type);  ///< "TCP", "HTTP", "GRPC"

/// Statuses from `first` to `last`.
struct StatusRange {
  int first{};
  int last{};

  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// spec.health.active
struct ActiveHealth {
  ProbeType type{ProbeType::tcp};
  std::string path{"/"};     // http
  std::string host;          // http: the field Host, grpc: the authority; empty: the endpoint's address
  std::string service;       // grpc: that is asked about; empty: the server as a whole
  std::optional<Port> port;  // default: the endpoint's own
  std::chrono::milliseconds interval{10'000};
  std::chrono::milliseconds timeout{1'000};
  int healthy_threshold{1};
  int unhealthy_threshold{3};
  std::vector<StatusRange> expected_statuses{{200, 399}};  // http

  friend bool operator==(const ActiveHealth&, const ActiveHealth&) = default;
};

using Milliseconds = std::optional<std::chrono::milliseconds>;

/// The parts about requests. Unset fields keep the defaults, as everywhere in a policy.
struct RequestPolicy {
  std::optional<bool> retry_on_gateway_status;    // spec.retries.onGatewayStatus; default false
  std::optional<bool> retry_on_grpc_unavailable;  // spec.retries.onGrpcUnavailable; default false
  std::optional<std::int64_t> replay_bytes;       // spec.retries.maxReplayBytes; default 64 Ki
  std::optional<int> budget_percent;              // spec.retries.budget.percent; default 20
  std::optional<int> budget_per_second;           // spec.retries.budget.minPerSecond; default 10
  Milliseconds request_timeout;                   // spec.timeouts.request; default none
  Milliseconds per_try_timeout;                   // spec.timeouts.perTry; default none
  Milliseconds request_head_timeout;              // spec.timeouts.requestHeader; default 10 s
  Milliseconds client_idle_timeout;               // spec.timeouts.httpIdle; default 1 h
  Milliseconds client_stall_timeout;              // spec.timeouts.clientStall; default 1 min
  Milliseconds upstream_idle_timeout;             // spec.timeouts.upstreamIdle; default 3 s
  Milliseconds hold;                              // spec.hold.timeout; default none
  std::optional<int> gateway_failures;            // spec.health.passive.consecutiveGatewayFailures; default 5
};

/// spec.headers
struct HeaderPolicy {
  std::optional<bool> x_forwarded;           // xForwarded; default true
  std::optional<bool> forwarded;             // default false
  std::optional<bool> via;                   // default false
  std::optional<bool> request_id;            // requestId; default true
  std::optional<std::vector<Cidr>> trusted;  // trustedCIDRs; default none
};

/// spec.limits, but for connections.
struct RequestLimitPolicy {
  std::optional<std::int64_t> header_bytes;    // maxHeaderBytes; default 60 Ki
  std::optional<int> header_fields;            // maxHeaderFields; default 100
  std::optional<int> concurrent_streams;       // maxConcurrentStreams; default 100
  std::optional<int> requests_per_connection;  // maxRequestsPerConnection; default none
  std::optional<bool> allow_connect;           // allowConnect; default false
  // spec.limits.http2
  std::optional<std::int64_t> stream_window;      // default 64 Ki
  std::optional<std::int64_t> connection_window;  // default 1 Mi
  std::optional<int> continuation_frames;         // maxContinuationFrames; default 8
  std::optional<int> resets_burst;                // resetBurst; default 1000
  std::optional<int> resets_per_second;           // default 33
  std::optional<int> control_frames_burst;        // controlFrameBurst; default 1000
  std::optional<int> control_frames_per_second;   // default 100
};

/// Whose address endpoints see: naru's, or as far as that can be the client's.
enum class SourceAddress : std::uint8_t { proxy, transparent };

enum class ProxyHeaderVersion : std::uint8_t { v1, v2 };

/// spec.proxyProtocol
struct ProxyProtocolPolicy {
  std::optional<bool> required;              // accept: Required, or Never; default Never
  std::optional<std::vector<Cidr>> trusted;  // trustedCIDRs; default all
  std::optional<ProxyHeaderVersion> send;    // V1, V2; default none
};

struct ServicePolicy {
  Meta meta;
  std::vector<TargetRef> target_refs;
  std::optional<PolicyProtocol> protocol;  // spec.protocol; default by the ports' appProtocol
  std::optional<Algorithm> algorithm;      // spec.loadBalancing.algorithm; default Random, for HTTP LeastConnections
  std::vector<WeightRule> weights;         // the first that fits an endpoint counts
  std::optional<SlowStart> slow_start;
  std::optional<int> max_attempts;     // spec.retries.attempts, 1..16; default 3, at least one per endpoint tried at
                                       // connect
  std::optional<ReplayMode> replay;    // spec.retries.replay; default Idempotent
  Milliseconds connect_timeout;        // spec.timeouts.connect; default 1 s
  Milliseconds idle_timeout;           // spec.timeouts.idle (TCP); default none
  Milliseconds udp_idle_timeout;       // spec.timeouts.udpIdle; default 30 s
  Milliseconds drain_timeout;          // spec.drain.timeout; default none: until either side closes
  Milliseconds ejection_time;          // spec.health.passive.baseEjectionTime; default 1 s, doubles
  Milliseconds max_ejection_time;      // spec.health.passive.maxEjectionTime; default 60 s
  std::optional<int> max_connections;  // spec.limits.maxConnections; default none
  std::optional<ActiveHealth> active_health;
  RequestPolicy requests;
  HeaderPolicy headers;
  ProxyProtocolPolicy proxy_protocol;
  std::optional<SourceAddress> source_address;  // spec.sourceAddress: Proxy, Transparent; default Proxy
  RequestLimitPolicy limits;
};

}  // namespace naru::config
