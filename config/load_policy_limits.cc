#include <array>

#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::int64_t kMostCount = 1'000'000'000;
constexpr std::int64_t kLargestWindow = (std::int64_t{1} << 31) - 1;  // RFC 9113 6.9.1

void load_http2_limits(const Field& field, RequestLimitPolicy& limits) {
  constexpr std::array<std::string_view, 7> kFields = {
      "streamWindow",    "connectionWindow",  "maxContinuationFrames", "resetBurst",
      "resetsPerSecond", "controlFrameBurst", "controlFramesPerSecond"};
  if (!field.map(kFields)) return;
  // Both windows begin at 65,535 bytes; a smaller one for the connection cannot be asked for.
  limits.stream_window = load_bytes(field["streamWindow"], 1024, kLargestWindow);
  limits.connection_window = load_bytes(field["connectionWindow"], 64 * 1024, kLargestWindow);
  limits.continuation_frames = load_count(field["maxContinuationFrames"], 0, 1000);
  limits.resets_burst = load_count(field["resetBurst"], 1, kMostCount);
  limits.resets_per_second = load_count(field["resetsPerSecond"], 0, kMostCount);
  limits.control_frames_burst = load_count(field["controlFrameBurst"], 1, kMostCount);
  limits.control_frames_per_second = load_count(field["controlFramesPerSecond"], 0, kMostCount);
}

}  // namespace

void load_limits(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 7> kFields = {
      "maxConnections", "maxHeaderBytes", "maxHeaderFields", "maxConcurrentStreams", "maxRequestsPerConnection",
      "allowConnect",   "http2"};
  if (!field.map(kFields)) return;
  policy.max_connections = load_count(field["maxConnections"], 1, kMostCount);
  policy.limits.header_bytes = load_bytes(field["maxHeaderBytes"], 1024, 1024 * 1024);
  policy.limits.header_fields = load_count(field["maxHeaderFields"], 1, 10'000);
  policy.limits.concurrent_streams = load_count(field["maxConcurrentStreams"], 1, 100'000);
  policy.limits.requests_per_connection = load_count(field["maxRequestsPerConnection"], 1, kMostCount);
  policy.limits.allow_connect = field["allowConnect"].boolean();
  load_http2_limits(field["http2"], policy.limits);
}

}  // namespace naru::config
