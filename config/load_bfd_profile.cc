#include <array>

#include "config/load_advertisement.h"
#include "config/loaders.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 7> kSpecFields = {
    "receiveInterval", "transmitInterval", "detectMultiplier", "echoInterval", "echoMode", "passiveMode", "minimumTtl"};

void load_interval(const Field& field, std::chrono::milliseconds& interval) {
  constexpr int kShortest = 10;
  constexpr int kLongest = 60'000;
  if (const auto given = load_count(field, kShortest, kLongest)) interval = std::chrono::milliseconds(*given);
}

}  // namespace

std::shared_ptr<const BfdProfile> load_bfd_profile(const Field& object, Meta meta) {
  auto profile = std::make_shared<BfdProfile>();
  profile->meta = std::move(meta);
  load_spec_of(object, kSpecFields, false, [&](const Field& spec) {
    load_interval(spec["receiveInterval"], profile->receive_interval);
    load_interval(spec["transmitInterval"], profile->transmit_interval);
    std::chrono::milliseconds echo{};  // checked, and of no use: there is no echo mode here
    load_interval(spec["echoInterval"], echo);
    profile->detect_multiplier = load_count(spec["detectMultiplier"], 2, 255).value_or(profile->detect_multiplier);
    profile->echo_mode = spec["echoMode"].boolean_or(false);
    profile->passive_mode = spec["passiveMode"].boolean_or(false);
    profile->minimum_ttl = load_count(spec["minimumTtl"], 1, 254).value_or(profile->minimum_ttl);
  });
  return profile;
}

}  // namespace naru::config
