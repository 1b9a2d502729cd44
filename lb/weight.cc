#include "lb/weight.h"

#include <algorithm>
#include <numeric>

namespace naru::lb {
namespace {

bool listed(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

bool fits(const config::WeightRule& rule, const WeightSubject& endpoint) {
  if (!listed(rule.nodes, endpoint.node) || !listed(rule.zones, endpoint.zone)) return false;
  if (rule.pods && (endpoint.pod == nullptr || !rule.pods->matches(endpoint.pod->meta.labels))) return false;
  return rule.addresses.empty() ||
         std::ranges::any_of(rule.addresses, [&](const Cidr& network) { return network.contains(endpoint.address); });
}

std::uint64_t step_for(std::uint64_t slots) {
  constexpr double kGoldenRatio = 0.6180339887498949;
  auto step = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(slots) * kGoldenRatio));
  while (std::gcd(step, slots) != 1) ++step;  // ends at slots + 1 at the latest
  return step;
}

}  // namespace

Weight weight_of(std::span<const config::WeightRule> rules, const WeightSubject& endpoint) {
  for (const config::WeightRule& rule : rules) {
    if (fits(rule, endpoint)) return static_cast<Weight>(rule.weight);
  }
  if (endpoint.pod != nullptr && endpoint.pod->weight) return static_cast<Weight>(*endpoint.pod->weight);
  return static_cast<Weight>(endpoint.slice->weight.value_or(1));
}

WeightedSlots::WeightedSlots(std::span<const Weight> weights) {
  if (std::ranges::adjacent_find(weights, std::not_equal_to{}) == weights.end()) return;
  const Weight unit = std::accumulate(weights.begin(), weights.end(), Weight{0},
                                      [](Weight a, Weight b) { return static_cast<Weight>(std::gcd(a, b)); });
  std::uint32_t end = 0;
  for (const Weight weight : weights) ends_.push_back(end += weight / unit);
  step_ = step_for(end);
}

std::uint32_t WeightedSlots::at(std::uint32_t slot) const {
  return static_cast<std::uint32_t>(std::ranges::upper_bound(ends_, slot) - ends_.begin());
}

}  // namespace naru::lb
