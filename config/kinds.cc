#include "config/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "config/value.h"

namespace naru::config {
namespace {

constexpr std::array<KindInfo, 14> kKinds = {{
    {Kind::service, "v1", true},
    {Kind::endpoint_slice, "discovery.k8s.io/v1", true},
    {Kind::endpoints, "v1", true},
    {Kind::pod, "v1", true},
    {Kind::node, "v1", false},
    {Kind::name_space, "v1", false},
    {Kind::ip_address_pool, "metallb.io/v1beta1", true},
    {Kind::service_policy, "naru.io/v1alpha1", true},
    {Kind::l2_advertisement, "metallb.io/v1beta1", true},
    {Kind::bgp_advertisement, "metallb.io/v1beta1", true},
    {Kind::bgp_peer, "metallb.io/v1beta2", true, "metallb.io/v1beta1"},
    {Kind::bfd_profile, "metallb.io/v1beta1", true},
    {Kind::community, "metallb.io/v1beta1", true},
    {Kind::secret, "v1", true},
}};

// Kinds that exist beside naru's in the same API groups: near to one of naru's in spelling or not, they are no
// mistakes.
constexpr std::array<std::string_view, 17> kNeighbours = {"Binding",
                                                          "ComponentStatus",
                                                          "ConfigMap",
                                                          "Event",
                                                          "LimitRange",
                                                          "PersistentVolume",
                                                          "PersistentVolumeClaim",
                                                          "PodTemplate",
                                                          "ReplicationController",
                                                          "ResourceQuota",
                                                          "ServiceAccount",
                                                          "AddressPool",
                                                          "ServiceL2Status",
                                                          "ServiceBGPStatus",
                                                          "ConfigurationState",
                                                          "PodStatusResult",
                                                          "RangeAllocation"};

std::string_view group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

/// Groups whose kinds are all known: one of naru's kinds there is a slip, not somebody's own kind of the same name.
bool is_well_known(std::string_view group) {
  return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io") || group == "metallb.io" ||
         group == "naru.io";
}

const KindInfo* find_kind(std::string_view kind) {
  const auto* found = std::ranges::find(kKinds, kind, [](const KindInfo& info) { return to_string(info.kind); });
  return found == kKinds.end() ? nullptr : found;
}

Recognized mistake(bool of_version, std::string reason) {
  return {Recognized::As::mistake, {}, false, of_version, std::move(reason)};
}

Recognized recognize_kind(std::string_view api_version, const KindInfo& info, Recognized::As as) {
  const bool older = !info.older_api_version.empty() && api_version == info.older_api_version;
  if (api_version == info.api_version || older) return {as, info, false, false, {}};
  if (!is_well_known(group_of(api_version))) return {};
  return mistake(true, fmt::format("{}: {} is of {}", quote(api_version), to_string(info.kind), info.api_version));
}

std::optional<std::string_view> meant_kind(std::string_view api_version, std::string_view kind) {
  if (std::ranges::find(kNeighbours, kind) != kNeighbours.end()) return std::nullopt;
  std::vector<std::string_view> candidates;
  for (const KindInfo& info : kKinds) {
    if (group_of(info.api_version) == group_of(api_version)) candidates.push_back(to_string(info.kind));
  }
  return nearest(kind, candidates);
}

}  // namespace

const KindInfo& info_of(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

bool is_namespaced(std::string_view kind) {
  const KindInfo* info = find_kind(kind);
  return info == nullptr || info->namespaced;
}

Recognized recognize(std::string_view api_version, std::string_view kind) {
  if (kind == "List" && api_version == "v1") return {Recognized::As::list, {}, true, false, {}};
  if (const KindInfo* info = find_kind(kind)) return recognize_kind(api_version, *info, Recognized::As::object);
  if (kind.ends_with("List")) {
    const KindInfo* info = find_kind(kind.substr(0, kind.size() - 4));
    return info != nullptr ? recognize_kind(api_version, *info, Recognized::As::list) : Recognized{};
  }
  if (const auto meant = meant_kind(api_version, kind)) {
    return mistake(false, fmt::format("unknown kind {}; did you mean {}?", quote(kind), quote(*meant)));
  }
  return {};
}

}  // namespace naru::config
