#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 5> kPolicyFields = {"apiVersion", "kind", "metadata", "spec", "status"};
constexpr std::array<std::string_view, 12> kSpecFields = {"targetRefs", "protocol",      "loadBalancing", "retries",
                                                          "timeouts",   "drain",         "hold",          "health",
                                                          "headers",    "proxyProtocol", "sourceAddress", "limits"};
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

void load_spec(const Field& spec, ServicePolicy& policy) {
  load_targets(spec["targetRefs"], policy);
  policy.protocol = spec["protocol"].one_of<PolicyProtocol>({{"TCP", PolicyProtocol::tcp},
                                                             {"HTTP", PolicyProtocol::http},
                                                             {"HTTP2", PolicyProtocol::http2},
                                                             {"GRPC", PolicyProtocol::grpc},
                                                             {"Detect", PolicyProtocol::detect}});
  load_balancing(spec["loadBalancing"], policy);
  load_retries(spec["retries"], policy);
  load_timeouts(spec["timeouts"], policy);
  load_drain_and_hold(spec, policy);
  load_health(spec["health"], policy);
  load_headers(spec["headers"], policy.headers);
  load_proxy_protocol(spec["proxyProtocol"], policy.proxy_protocol);
  policy.source_address = spec["sourceAddress"].one_of<SourceAddress>(
      {{"Proxy", SourceAddress::proxy}, {"Transparent", SourceAddress::transparent}});
  load_limits(spec["limits"], policy);
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
