// What the loaders of advertisements and peers share. Private to config.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/announcing.h"
#include "config/reader.h"

namespace naru::config {

/// Calls visit(spec) with the object's spec, a map of `known` fields; anything else is reported.
template <class Visit>
void load_spec_of(const Field& object, FieldNames known, bool required, Visit&& visit) {
  static constexpr std::string_view kObjectFields[] = {"apiVersion", "kind", "metadata", "spec", "status"};
  if (!object.map(kObjectFields)) return;
  const Field spec = object["spec"];
  if (!spec && required) return spec.fail_required();
  if (!spec || spec.map(known)) visit(spec);
}

/// ipAddressPools, ipAddressPoolSelectors, nodeSelectors, serviceSelectors.
[[nodiscard]] AdvertisementScope load_scope(const Field& spec);

[[nodiscard]] std::vector<LabelSelector> load_selectors(const Field& list);
/// Names of other objects; one given twice is reported.
[[nodiscard]] std::vector<Reference> load_references(const Field& list);
[[nodiscard]] Reference load_reference(const Field& name);
/// A string that is never shown, not even in the message about what is wrong with it.
[[nodiscard]] std::optional<std::string> load_confidential(const Field& field);
/// 0..4294967295.
[[nodiscard]] std::optional<std::uint32_t> load_uint32(const Field& field);

}  // namespace naru::config
