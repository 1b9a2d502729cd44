#include "config/load_advertisement.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "config/load_meta.h"
#include "config/names.h"

namespace naru::config {

std::vector<LabelSelector> load_selectors(const Field& list) {
  std::vector<LabelSelector> selectors;
  list.each([&](const Field& selector) { selectors.push_back(load_label_selector(selector)); });
  return selectors;
}

Reference load_reference(const Field& name) {
  return {load_name(name, bad_dns_subdomain).value_or(""), name.line()};
}

std::vector<Reference> load_references(const Field& list) {
  std::vector<Reference> references;
  list.each([&](const Field& element) {
    Reference reference = load_reference(element);
    if (reference.name.empty()) return element.fail_required();
    if (std::ranges::find(references, reference) != references.end())
      return element.fail(fmt::format("Duplicate value: {}", quote(reference.name)));
    references.push_back(std::move(reference));
  });
  return references;
}

AdvertisementScope load_scope(const Field& spec) {
  const Field pools = spec["ipAddressPools"];
  const Field pool_selectors = spec["ipAddressPoolSelectors"];
  const Field nodes = spec["nodeSelectors"];
  const Field services = spec["serviceSelectors"];
  return {load_references(pools), load_selectors(pool_selectors), load_selectors(nodes), load_selectors(services)};
}

std::optional<std::string> load_confidential(const Field& field) {
  if (!field) return std::nullopt;
  const Value& value = *field.value();
  if (value.type == Value::Type::scalar && scalar_type(value) == ScalarType::string) return value.text;
  field.fail("must be a string; one that looks like something else must be in quotes");
  return std::nullopt;
}

std::optional<std::uint32_t> load_uint32(const Field& field) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto given = field.integer();
  if (!given) return std::nullopt;
  if (*given >= 0 && *given <= kMost) return static_cast<std::uint32_t>(*given);
  field.fail(fmt::format("{} is outside 0..{}", *given, kMost));
  return std::nullopt;
}

}  // namespace naru::config
