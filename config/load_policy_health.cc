#include <array>

#include "config/policy_fields.h"

namespace naru::config {
namespace {

void load_passive_health(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 3> kFields = {"baseEjectionTime", "maxEjectionTime",
                                                       "consecutiveGatewayFailures"};
  if (!field.map(kFields)) return;
  const Field longest = field["maxEjectionTime"];
  policy.ejection_time = load_positive_duration(field["baseEjectionTime"]);
  policy.max_ejection_time = load_positive_duration(longest);
  policy.requests.gateway_failures = load_count(field["consecutiveGatewayFailures"], 0, 1000);
  const auto base = policy.ejection_time.value_or(std::chrono::seconds(1));
  if (policy.max_ejection_time && *policy.max_ejection_time < base)
    longest.fail("must not be shorter than baseEjectionTime");
}

}  // namespace

void load_health(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 2> kFields = {"passive", "active"};
  if (!field.map(kFields)) return;
  load_passive_health(field["passive"], policy);
  load_active_health(field["active"], policy);
}

}  // namespace naru::config
