// What a ServicePolicy says of requests, headers, limits and health.
#include <catch2/catch.hpp>

#include "tests/unit/config/loading.h"

namespace naru::config {
namespace {

using namespace std::chrono_literals;
using testing::errors_of;
using testing::only;

std::shared_ptr<const ServicePolicy> policy(const std::string& spec) {
  return only<ServicePolicy>(
      "apiVersion: naru.io/v1alpha1\nkind: ServicePolicy\nmetadata: {name: p, namespace: shop}\nspec:\n"
      "  targetRefs: [{kind: Service, name: web}]\n" +
      spec);
}

/// The one mistake of `spec`, without the file and the object.
std::string mistake(const std::string& spec) {
  const auto errors = errors_of(
      "apiVersion: naru.io/v1alpha1\nkind: ServicePolicy\nmetadata: {name: p, namespace: shop}\nspec:\n"
      "  targetRefs: [{kind: Service, name: web}]\n" +
      spec);
  if (errors.size() != 1) return std::to_string(errors.size()) + " errors";
  const std::string prefix = "t.yaml:6: ServicePolicy shop/p: spec.";
  return errors[0].starts_with(prefix) ? errors[0].substr(prefix.size()) : errors[0];
}

void check_mistakes(const std::vector<std::pair<std::string, std::string>>& rows) {
  for (const auto& [spec, expected] : rows) {
    INFO(spec);
    CHECK(mistake(spec) == expected);
  }
}

TEST_CASE("a policy that names its Services only says nothing else") {
  const auto read = policy("");
  CHECK_FALSE(read->protocol);
  CHECK_FALSE(read->active_health);
  CHECK_FALSE(read->requests.hold);
  CHECK_FALSE(read->requests.request_timeout);
  CHECK_FALSE(read->headers.trusted);
  CHECK_FALSE(read->limits.header_bytes);
}

TEST_CASE("each protocol has its word") {
  CHECK(policy("  protocol: TCP\n")->protocol == PolicyProtocol::tcp);
  CHECK(policy("  protocol: HTTP\n")->protocol == PolicyProtocol::http);
  CHECK(policy("  protocol: HTTP2\n")->protocol == PolicyProtocol::http2);
  CHECK(policy("  protocol: GRPC\n")->protocol == PolicyProtocol::grpc);
  CHECK(policy("  protocol: Detect\n")->protocol == PolicyProtocol::detect);
  CHECK(mistake("  protocol: http\n") ==
        "protocol: Unsupported value: \"http\": supported values: \"TCP\", \"HTTP\", \"HTTP2\", \"GRPC\", \"Detect\"");
}

TEST_CASE("weights are read, in their order") {
  const auto read = policy(
      "  loadBalancing:\n    weights:\n    - {podSelector: {matchLabels: {track: canary}}, weight: 5}\n"
      "    - {nodes: [w1-k8s], zones: [a, b], addresses: [10.0.0.0/24, \"fd00::1\"], weight: 0}\n    - {weight: "
      "256}\n");
  REQUIRE(read->weights.size() == 3);
  CHECK(read->weights[0].pods->match_labels == Labels{{"track", "canary"}});
  CHECK(read->weights[0].weight == 5);
  CHECK(read->weights[1].nodes == std::vector<std::string>{"w1-k8s"});
  CHECK(read->weights[1].zones == std::vector<std::string>{"a", "b"});
  CHECK(read->weights[1].addresses ==
        std::vector<Cidr>{Cidr::parse("10.0.0.0/24").value(), Cidr::parse("fd00::1/128").value()});
  CHECK(read->weights[1].weight == 0);
  CHECK(read->weights[2].for_all());
  CHECK(read->weights[2].weight == 256);
  CHECK_FALSE(read->slow_start);
}

TEST_CASE("slow start is read, with its defaults") {
  CHECK(policy("  loadBalancing: {slowStart: {window: 30s}}\n")->slow_start == SlowStart{30s, 1, 0.1});
  CHECK(policy("  loadBalancing: {slowStart: {window: 1m, aggression: 1.5, minPercent: 1}}\n")->slow_start ==
        SlowStart{1min, 1.5, 0.01});
  CHECK(policy("  loadBalancing: {slowStart: {window: 1m, aggression: 2, minPercent: 100}}\n")->slow_start ==
        SlowStart{1min, 2, 1});
}

TEST_CASE("mistakes about weights and slow start") {
  check_mistakes({
      {"  loadBalancing: {weights: [{weight: 257}]}\n", "loadBalancing.weights[0].weight: 257 is outside 0..256"},
      {"  loadBalancing: {weights: [{weight: -1}]}\n", "loadBalancing.weights[0].weight: -1 is outside 0..256"},
      {"  loadBalancing: {weights: [{nodes: [a]}]}\n", "loadBalancing.weights[0].weight: Required value"},
      {"  loadBalancing: {weights: [{addresses: [web], weight: 1}]}\n",
       "loadBalancing.weights[0].addresses[0]: \"web\": must be an address or a CIDR"},
      {"  loadBalancing: {weights: [{weight: 1}, {nodes: [a], weight: 1}]}\n",
       "loadBalancing.weights[1]: has no effect: the one before it is for all endpoints"},
      {"  loadBalancing: {weights: [{node: [a], weight: 1}]}\n",
       "loadBalancing.weights[0].node: unknown field; did you mean \"nodes\"?"},
      {"  loadBalancing: {slowStart: {}}\n", "loadBalancing.slowStart.window: Required value"},
      {"  loadBalancing: {slowStart: {window: 0s}}\n", "loadBalancing.slowStart.window: must be longer than 0"},
      {"  loadBalancing: {slowStart: {window: 1s, minPercent: 0}}\n",
       "loadBalancing.slowStart.minPercent: 0 is outside 1..100"},
      {"  loadBalancing: {slowStart: {window: 1s, aggression: 0.05}}\n",
       "loadBalancing.slowStart.aggression: must be a number from 0.1 to 10, but is the number 0.05"},
      {"  loadBalancing: {slowStart: {window: 1s, aggression: 10.5}}\n",
       "loadBalancing.slowStart.aggression: must be a number from 0.1 to 10, but is the number 10.5"},
      {"  loadBalancing: {slowStart: {window: 1s, aggression: [1]}}\n",
       "loadBalancing.slowStart.aggression: must be a number from 0.1 to 10, but is a list"},
  });
}

TEST_CASE("retries are read") {
  const auto read = policy(
      "  retries: {attempts: 2, onGatewayStatus: true, onGrpcUnavailable: true, maxReplayBytes: 128Ki, "
      "budget: {percent: 0, minPerSecond: 3}}\n");
  CHECK(read->max_attempts == 2);
  CHECK(read->requests.retry_on_gateway_status == true);
  CHECK(read->requests.retry_on_grpc_unavailable == true);
  CHECK(read->requests.replay_bytes == 131072);
  CHECK(read->requests.budget_percent == 0);
  CHECK(read->requests.budget_per_second == 3);
  CHECK(policy("  retries: {maxReplayBytes: 0}\n")->requests.replay_bytes == 0);
  CHECK(policy("  retries: {maxReplayBytes: 16Mi}\n")->requests.replay_bytes == 16777216);
}

TEST_CASE("mistakes in retries") {
  check_mistakes({
      {"  retries: {onGatewayStatus: sometimes}\n",
       "retries.onGatewayStatus: wants true or false, but has the string \"sometimes\""},
      {"  retries: {maxReplayBytes: 17Mi}\n",
       "retries.maxReplayBytes: \"17Mi\": must be from 0 to 16777216 bytes, as in 64Ki"},
      {"  retries: {maxReplayBytes: 64Kb}\n",
       "retries.maxReplayBytes: \"64Kb\": must be from 0 to 16777216 bytes, as in 64Ki"},
      {"  retries: {maxReplayBytes: -1}\n",
       "retries.maxReplayBytes: \"-1\": must be from 0 to 16777216 bytes, as in 64Ki"},
      {"  retries: {budget: {percent: 101}}\n", "retries.budget.percent: 101 is outside 0..100"},
      {"  retries: {budget: {minPerSecond: -1}}\n", "retries.budget.minPerSecond: -1 is outside 0..1000000"},
      {"  retries: {budget: {percentage: 10}}\n",
       "retries.budget.percentage: unknown field; did you mean \"percent\"?"},
  });
}

TEST_CASE("time-outs of requests are read, and 0s turns off those that are off by default") {
  const auto read = policy(
      "  timeouts: {request: 30s, perTry: 5s, requestHeader: 2s, httpIdle: 1m, clientStall: 20s, upstreamIdle: 500ms}\n"
      "  hold: {timeout: 5s}\n");
  CHECK(read->requests.request_timeout == 30s);
  CHECK(read->requests.per_try_timeout == 5s);
  CHECK(read->requests.request_head_timeout == 2s);
  CHECK(read->requests.client_idle_timeout == 1min);
  CHECK(read->requests.client_stall_timeout == 20s);
  CHECK(read->requests.upstream_idle_timeout == 500ms);
  CHECK(read->requests.hold == 5s);
  const auto off = policy("  timeouts: {request: 0s, perTry: 0s}\n  hold: {timeout: 0s}\n");
  CHECK_FALSE(off->requests.request_timeout);
  CHECK_FALSE(off->requests.per_try_timeout);
  CHECK_FALSE(off->requests.hold);
  CHECK(policy("  timeouts: {request: 5s, perTry: 5s}\n")->requests.per_try_timeout == 5s);
}

TEST_CASE("mistakes in time-outs") {
  check_mistakes({
      {"  timeouts: {requestHeader: 0s}\n", "timeouts.requestHeader: must be longer than 0"},
      {"  timeouts: {upstreamIdle: 0s}\n", "timeouts.upstreamIdle: must be longer than 0"},
      {"  timeouts: {request: 5s, perTry: 5001ms}\n", "timeouts.perTry: must not be longer than request"},
      {"  timeouts: {perTry: soon}\n", "timeouts.perTry: \"soon\": must be a duration such as \"500ms\" or \"1m30s\""},
      {"  hold: {time: 5s}\n", "hold.time: unknown field"},
  });
}

TEST_CASE("headers are read") {
  const auto read = policy(
      "  headers: {xForwarded: false, forwarded: true, via: true, requestId: false, "
      "trustedCIDRs: [10.0.0.0/8, \"2001:db8::/32\"]}\n");
  CHECK(read->headers.x_forwarded == false);
  CHECK(read->headers.forwarded == true);
  CHECK(read->headers.via == true);
  CHECK(read->headers.request_id == false);
  REQUIRE(read->headers.trusted);
  CHECK(read->headers.trusted->size() == 2);
  CHECK(policy("  headers: {trustedCIDRs: []}\n")->headers.trusted->empty());
  CHECK(mistake("  headers: {trustedCIDRs: [10.0.0.0]}\n") ==
        "headers.trustedCIDRs[0]: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
}

TEST_CASE("limits are read") {
  const auto read = policy(
      "  limits:\n    maxHeaderBytes: 8Ki\n    maxHeaderFields: 50\n    maxConcurrentStreams: 10\n"
      "    maxRequestsPerConnection: 1000\n    allowConnect: true\n"
      "    http2: {streamWindow: 128Ki, connectionWindow: 2Mi, maxContinuationFrames: 0, resetBurst: 10,\n"
      "            resetsPerSecond: 0, controlFrameBurst: 20, controlFramesPerSecond: 5}\n");
  CHECK(read->limits.header_bytes == 8192);
  CHECK(read->limits.header_fields == 50);
  CHECK(read->limits.concurrent_streams == 10);
  CHECK(read->limits.requests_per_connection == 1000);
  CHECK(read->limits.allow_connect == true);
  CHECK(read->limits.stream_window == 131072);
  CHECK(read->limits.connection_window == 2097152);
  CHECK(read->limits.continuation_frames == 0);
  CHECK(read->limits.resets_burst == 10);
  CHECK(read->limits.resets_per_second == 0);
  CHECK(read->limits.control_frames_burst == 20);
  CHECK(read->limits.control_frames_per_second == 5);
}

TEST_CASE("limits at their bounds") {
  CHECK(policy("  limits: {maxHeaderBytes: 1024}\n")->limits.header_bytes == 1024);
  CHECK(policy("  limits: {http2: {streamWindow: 2147483647}}\n")->limits.stream_window == 2147483647);
  check_mistakes({
      {"  limits: {maxHeaderBytes: 1023}\n",
       "limits.maxHeaderBytes: \"1023\": must be from 1024 to 1048576 bytes, as in 64Ki"},
      {"  limits: {maxHeaderBytes: [1]}\n", "limits.maxHeaderBytes: wants a string, but has a list"},
      {"  limits: {maxHeaderFields: 0}\n", "limits.maxHeaderFields: 0 is outside 1..10000"},
      {"  limits: {maxConcurrentStreams: 0}\n", "limits.maxConcurrentStreams: 0 is outside 1..100000"},
      {"  limits: {http2: {streamWindow: 2147483648}}\n",
       "limits.http2.streamWindow: \"2147483648\": must be from 1024 to 2147483647 bytes, as in 64Ki"},
      {"  limits: {http2: {connectionWindow: 1Ki}}\n",
       "limits.http2.connectionWindow: \"1Ki\": must be from 65536 to 2147483647 bytes, as in 64Ki"},
      {"  limits: {maxConnection: 5}\n", "limits.maxConnection: unknown field; did you mean \"maxConnections\"?"},
  });
}

TEST_CASE("passive health counts gateway failures") {
  CHECK(policy("  health: {passive: {consecutiveGatewayFailures: 0}}\n")->requests.gateway_failures == 0);
  CHECK(mistake("  health: {passive: {consecutiveGatewayFailures: 1001}}\n") ==
        "health.passive.consecutiveGatewayFailures: 1001 is outside 0..1000");
}

TEST_CASE("active probes are read, with their defaults") {
  CHECK(policy("  health: {active: {type: TCP}}\n")->active_health == ActiveHealth{});
  const auto http = policy(
      "  health: {active: {type: HTTP, path: \"/healthz?full=1\", host: web.example, port: 9000, interval: 500ms, "
      "timeout: 2s,\n                    healthyThreshold: 2, unhealthyThreshold: 1, "
      "expectedStatuses: [200, 204-299]}}\n");
  REQUIRE(http->active_health);
  const ActiveHealth& active = *http->active_health;
  CHECK(active.type == ProbeType::http);
  CHECK(active.path == "/healthz?full=1");
  CHECK(active.host == "web.example");
  CHECK(active.port == Port(9000));
  CHECK(active.interval == 500ms);
  CHECK(active.timeout == 2s);
  CHECK(active.healthy_threshold == 2);
  CHECK(active.unhealthy_threshold == 1);
  CHECK(active.expected_statuses == std::vector<StatusRange>{{200, 200}, {204, 299}});
  const auto grpc = policy("  health: {active: {type: GRPC, service: shop.Cart, host: cart.example}}\n");
  CHECK(grpc->active_health->service == "shop.Cart");
}

TEST_CASE("mistakes in active probes") {
  check_mistakes({
      {"  health: {active: {path: /}}\n", "health.active.type: Required value"},
      {"  health: {active: {type: http}}\n",
       "health.active.type: Unsupported value: \"http\": supported values: \"HTTP\", \"GRPC\", \"TCP\""},
      {"  health: {active: {type: HTTP, path: healthz}}\n", "health.active.path: \"healthz\": must begin with \"/\""},
      {"  health: {active: {type: HTTP, path: \"/a b\"}}\n",
       "health.active.path: \"/a b\": must be visible ASCII characters only"},
      {"  health: {active: {type: HTTP, host: \"a\\r\\nb\"}}\n",
       "health.active.host: \"a\\x0d\\x0ab\": must be visible ASCII characters only"},
      {"  health: {active: {type: TCP, interval: 99ms}}\n", "health.active.interval: must be 100ms or longer"},
      {"  health: {active: {type: TCP, timeout: 0s}}\n", "health.active.timeout: must be longer than 0"},
      {"  health: {active: {type: TCP, healthyThreshold: 0}}\n", "health.active.healthyThreshold: 0 is outside 1..100"},
      {"  health: {active: {type: TCP, port: 0}}\n", "health.active.port: 0 is outside 1..65535"},
      {"  health: {active: {type: TCP, path: /}}\n", "health.active.path: is of no use with type TCP"},
      {"  health: {active: {type: GRPC, expectedStatuses: [200]}}\n",
       "health.active.expectedStatuses: is of no use with type GRPC"},
      {"  health: {active: {type: HTTP, service: x}}\n", "health.active.service: is of no use with type HTTP"},
      {"  health: {active: {type: HTTP, expectedStatuses: []}}\n", "health.active.expectedStatuses: Required value"},
      {"  health: {active: {type: HTTP, expectedStatuses: [99]}}\n",
       "health.active.expectedStatuses[0]: \"99\": must be a status from 100 to 599 or a range of them, as in "
       "200-299"},
      {"  health: {active: {type: HTTP, expectedStatuses: [299-200]}}\n",
       "health.active.expectedStatuses[0]: \"299-200\": must be a status from 100 to 599 or a range of them, as in "
       "200-299"},
  });
}

}  // namespace
}  // namespace naru::config
