#include "proxy/http_state.h"

#include <algorithm>
#include <numeric>

namespace naru::proxy {
namespace {

constexpr int kGrpcUnknown = 2;

void count_grpc(std::array<SharedCounter, 17>& statuses, int status) {
  const bool known = status >= 0 && status < static_cast<int>(statuses.size());
  statuses[static_cast<std::size_t>(known ? status : kGrpcUnknown)].add();
}

}  // namespace

std::string_view to_string(DrainReason reason) {
  switch (reason) {
    case DrainReason::endpoint_gone:
      return "endpoint_gone";
    case DrainReason::endpoint_goes:
      return "endpoint_goes";
    case DrainReason::shutdown:
      return "shutdown";
    case DrainReason::service_gone:
      return "service_gone";
    case DrainReason::request_limit:
      return "request_limit";
    case DrainReason::drain_timeout:
      return "drain_timeout";
  }
  return "?";
}

std::string_view to_string(CodeClass code) {
  switch (code) {
    case CodeClass::none:
      return "none";
    case CodeClass::informational:
      return "1xx";
    case CodeClass::success:
      return "2xx";
    case CodeClass::redirection:
      return "3xx";
    case CodeClass::client_error:
      return "4xx";
    case CodeClass::server_error:
      return "5xx";
  }
  return "?";
}

CodeClass code_class(int status) {
  if (status < 100) return CodeClass::none;
  // 600..999 are allowed in a message, and are to be treated as 5xx (RFC 9110 15).
  return static_cast<CodeClass>(std::min(status / 100, 5));
}

void DurationHistogram::add(Duration duration) {
  const auto bucket = std::ranges::lower_bound(kBounds, duration);
  buckets_[static_cast<std::size_t>(bucket - kBounds.begin())].add();
  sum_.add(duration.count());
}

std::int64_t DurationHistogram::count() const {
  return std::accumulate(buckets_.begin(), buckets_.end(), std::int64_t{0},
                         [](std::int64_t sum, const SharedCounter& bucket) { return sum + bucket.value(); });
}

void HttpPortState::record(const RequestRecord& request, lb::EndpointState* endpoint) {
  const CodeClass code = code_class(request.status);
  durations[static_cast<std::size_t>(request.client_version)][static_cast<std::size_t>(code)].add(request.duration);
  if (endpoint != nullptr) endpoint->responses[static_cast<std::size_t>(code)].add();
  if (request.reason != http::Reason::none) local_answers.add(request.reason);
  if (request.grpc_status) count_grpc(grpc_statuses, *request.grpc_status);
  if (request.client_gone) clients_gone.add();
  if (request.broken_off) broken_off.add();
  if (request.bytes_received != 0) bytes_received.add(static_cast<std::int64_t>(request.bytes_received));
  if (request.bytes_sent != 0) bytes_sent.add(static_cast<std::int64_t>(request.bytes_sent));
}

}  // namespace naru::proxy
