#include <array>

#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::int64_t kMostReplayBytes = 16 * 1024 * 1024;

void load_budget(const Field& field, RequestPolicy& requests) {
  constexpr std::array<std::string_view, 2> kFields = {"percent", "minPerSecond"};
  if (!field.map(kFields)) return;
  requests.budget_percent = load_count(field["percent"], 0, 100);
  requests.budget_per_second = load_count(field["minPerSecond"], 0, 1'000'000);
}

}  // namespace

void load_retries(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 6> kFields = {"attempts",          "replay",         "onGatewayStatus",
                                                       "onGrpcUnavailable", "maxReplayBytes", "budget"};
  if (!field.map(kFields)) return;
  policy.max_attempts = load_count(field["attempts"], 1, 16);
  policy.replay = field["replay"].one_of<ReplayMode>(
      {{"Never", ReplayMode::never}, {"Idempotent", ReplayMode::idempotent}, {"Always", ReplayMode::always}});
  policy.requests.retry_on_gateway_status = field["onGatewayStatus"].boolean();
  policy.requests.retry_on_grpc_unavailable = field["onGrpcUnavailable"].boolean();
  policy.requests.replay_bytes = load_bytes(field["maxReplayBytes"], 0, kMostReplayBytes);
  load_budget(field["budget"], policy.requests);
}

}  // namespace naru::config
