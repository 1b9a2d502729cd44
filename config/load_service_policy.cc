#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/duration.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"

namespace naru::config {
namespace {

using Milliseconds = std::optional<std::chrono::milliseconds>;

constexpr std::array<std::string_view, 5> kPolicyFields = {"apiVersion", "kind", "metadata", "spec", "status"};
constexpr std::array<std::string_view, 7> kSpecFields = {"targetRefs", "loadBalancing", "retries", "timeouts",
                                                         "drain",      "health",        "limits"};
constexpr std::size_t kMostTargets = 16;

void load_target(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 3> kFields = {"group", "kind", "name"};
  if (!field.map(kFields)) return;
  const Field group = field["group"];
  const Field kind = field["kind"];
  const Field name = field["name"];
  if (!group.text_or("").empty()) group.fail_unsupported(group.text_or(""), std::array<std::string_view, 1>{""});
  if (!kind) kind.fail_required();
  static_cast<void>(kind.one_of<int>({{"Service", 0}}));
  const auto given = load_name(name, bad_dns_1035_label);
  if (!given) return name.fail_required();
  const bool again =
      std::ranges::any_of(policy.target_refs, [&](const TargetRef& other) { return other.name == *given; });
  if (again) return name.fail(fmt::format("Duplicate value: {}", quote(*given)));
  policy.target_refs.push_back({*given, field.line()});
}

void load_targets(const Field& targets, ServicePolicy& policy) {
  if (targets.none_listed()) return targets.fail_required();
  if (targets.size() > kMostTargets) {
    return targets.fail(fmt::format("Too many: {}: must have at most {} items", targets.size(), kMostTargets));
  }
  targets.each([&](const Field& field) { load_target(field, policy); });
}

Milliseconds load_duration(const Field& field) {
  const auto given = field.text();
  if (!given) return std::nullopt;
  const auto duration = parse_duration(*given);
  if (!duration) field.fail(fmt::format("{}: must be a duration such as \"500ms\" or \"1m30s\"", quote(*given)));
  return duration;
}

Milliseconds load_positive_duration(const Field& field) {
  const auto duration = load_duration(field);
  if (duration != std::chrono::milliseconds(0)) return duration;
  field.fail("must be longer than 0");
  return std::nullopt;
}

std::optional<int> load_count(const Field& field, std::int64_t least, std::int64_t most) {
  const auto given = field.integer();
  if (!given) return std::nullopt;
  if (*given >= least && *given <= most) return static_cast<int>(*given);
  field.fail(fmt::format("{} is outside {}..{}", *given, least, most));
  return std::nullopt;
}

void load_timeouts(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 3> kFields = {"connect", "idle", "udpIdle"};
  if (!field.map(kFields)) return;
  policy.connect_timeout = load_positive_duration(field["connect"]);
  policy.idle_timeout = load_duration(field["idle"]);
  if (policy.idle_timeout == std::chrono::milliseconds(0))
    policy.idle_timeout.reset();  // 0 turns it off, as in Gateway API
  policy.udp_idle_timeout = load_positive_duration(field["udpIdle"]);
}

void load_retries(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 2> kFields = {"attempts", "replay"};
  if (!field.map(kFields)) return;
  policy.max_attempts = load_count(field["attempts"], 1, 16);
  policy.replay = field["replay"].one_of<ReplayMode>(
      {{"Never", ReplayMode::never}, {"Idempotent", ReplayMode::idempotent}, {"Always", ReplayMode::always}});
}

void load_passive_health(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 2> kFields = {"baseEjectionTime", "maxEjectionTime"};
  if (!field.map(kFields)) return;
  const Field longest = field["maxEjectionTime"];
  policy.ejection_time = load_positive_duration(field["baseEjectionTime"]);
  policy.max_ejection_time = load_positive_duration(longest);
  const auto base = policy.ejection_time.value_or(std::chrono::seconds(1));
  if (policy.max_ejection_time && *policy.max_ejection_time < base)
    longest.fail("must not be shorter than baseEjectionTime");
}

void load_balancing(const Field& field, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 1> kFields = {"algorithm"};
  if (!field.map(kFields)) return;
  policy.algorithm = field["algorithm"].one_of<Algorithm>({{"Random", Algorithm::random},
                                                           {"RoundRobin", Algorithm::round_robin},
                                                           {"LeastConnections", Algorithm::least_connections}});
}

void load_spec(const Field& spec, ServicePolicy& policy) {
  constexpr std::array<std::string_view, 1> kDrainFields = {"timeout"};
  constexpr std::array<std::string_view, 1> kHealthFields = {"passive"};
  constexpr std::array<std::string_view, 1> kLimitFields = {"maxConnections"};
  load_targets(spec["targetRefs"], policy);
  load_balancing(spec["loadBalancing"], policy);
  load_retries(spec["retries"], policy);
  load_timeouts(spec["timeouts"], policy);
  const Field drain = spec["drain"];
  if (drain.map(kDrainFields)) policy.drain_timeout = load_duration(drain["timeout"]);
  const Field health = spec["health"];
  if (health.map(kHealthFields)) load_passive_health(health["passive"], policy);
  const Field limits = spec["limits"];
  if (limits.map(kLimitFields)) policy.max_connections = load_count(limits["maxConnections"], 1, 1'000'000'000);
}

}  // namespace

std::shared_ptr<const ServicePolicy> load_service_policy(const Field& object, Meta meta) {
  auto policy = std::make_shared<ServicePolicy>();
  policy->meta = std::move(meta);
  if (!object.map(kPolicyFields)) return policy;
  const Field spec = object["spec"];
  if (!spec) spec.fail_required();
  if (spec.map(kSpecFields)) load_spec(spec, *policy);
  return policy;
}

}  // namespace naru::config
