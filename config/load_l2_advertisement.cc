#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/load_advertisement.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 6> kSpecFields = {"ipAddressPools",   "ipAddressPoolSelectors", "nodeSelectors",
                                                         "serviceSelectors", "preferredNodeSelectors", "interfaces"};

void load_interface(const Field& field, std::vector<std::string>& interfaces) {
  constexpr std::size_t kMost = 15;  // IFNAMSIZ without the end
  const auto given = nonempty(field);
  if (!given) return field.fail_required();
  if (given->size() > kMost || given->find_first_of("/: \t\n") != std::string::npos)
    return field.fail(fmt::format("{}: must be the name of a network interface", quote(*given)));
  if (std::ranges::find(interfaces, *given) != interfaces.end())
    return field.fail(fmt::format("Duplicate value: {}", quote(*given)));
  interfaces.push_back(*given);
}

void load_preference(const Field& field, std::vector<NodePreference>& preferences) {
  constexpr std::array<std::string_view, 2> kFields = {"weight", "preference"};
  if (!field.map(kFields)) return;
  const Field weight = field["weight"];
  const Field preference = field["preference"];
  if (!weight) weight.fail_required();
  if (!preference) preference.fail_required();
  preferences.push_back({load_count(weight, 1, 100).value_or(0), load_label_selector(preference)});
}

}  // namespace

std::shared_ptr<const L2Advertisement> load_l2_advertisement(const Field& object, Meta meta) {
  auto advertisement = std::make_shared<L2Advertisement>();
  advertisement->meta = std::move(meta);
  load_spec_of(object, kSpecFields, false, [&](const Field& spec) {
    const Field interfaces = spec["interfaces"];
    const Field preferences = spec["preferredNodeSelectors"];
    advertisement->scope = load_scope(spec);
    interfaces.each([&](const Field& field) { load_interface(field, advertisement->interfaces); });
    preferences.each([&](const Field& field) { load_preference(field, advertisement->preferences); });
  });
  return advertisement;
}

}  // namespace naru::config
