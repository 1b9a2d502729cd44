#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/load_advertisement.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 9> kSpecFields = {"ipAddressPools",
                                                         "ipAddressPoolSelectors",
                                                         "nodeSelectors",
                                                         "serviceSelectors",
                                                         "aggregationLength",
                                                         "aggregationLengthV6",
                                                         "localPref",
                                                         "communities",
                                                         "peers"};

/// A value, or the name of one: names have no colon.
void load_community_of(const Field& field, BgpAdvertisement& advertisement) {
  const auto given = nonempty(field);
  if (!given) return field.fail_required();
  if (given->find(':') == std::string::npos) {
    advertisement.community_names.push_back({*given, field.line()});
    return;
  }
  const auto value = CommunityValue::parse(*given);
  if (!value) return field.fail(value.error().message);
  if (std::ranges::find(advertisement.communities, *value) != advertisement.communities.end())
    return field.fail(fmt::format("Duplicate value: {}", quote(*given)));
  advertisement.communities.push_back(*value);
}

unsigned load_length(const Field& field, int most) {
  return static_cast<unsigned>(load_count(field, 1, most).value_or(most));
}

}  // namespace

std::shared_ptr<const BgpAdvertisement> load_bgp_advertisement(const Field& object, Meta meta) {
  auto advertisement = std::make_shared<BgpAdvertisement>();
  advertisement->meta = std::move(meta);
  load_spec_of(object, kSpecFields, false, [&](const Field& spec) {
    const Field communities = spec["communities"];
    const Field peers = spec["peers"];
    advertisement->scope = load_scope(spec);
    advertisement->aggregation_length = load_length(spec["aggregationLength"], 32);
    advertisement->aggregation_length_v6 = load_length(spec["aggregationLengthV6"], 128);
    advertisement->local_pref = load_uint32(spec["localPref"]);
    communities.each([&](const Field& field) { load_community_of(field, *advertisement); });
    advertisement->peers = load_references(peers);
  });
  return advertisement;
}

}  // namespace naru::config
