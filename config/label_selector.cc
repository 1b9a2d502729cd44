#include "config/label_selector.h"

#include <algorithm>

namespace naru::config {
namespace {

bool holds(const LabelSelectorRequirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool present = found != labels.end();
  const bool listed = present && std::ranges::count(requirement.values, found->second) > 0;
  if (requirement.op == "In") return listed;
  if (requirement.op == "NotIn") return !listed;  // an absent key is not in any list
  if (requirement.op == "Exists") return present;
  return !present;
}

}  // namespace

bool LabelSelector::matches(const Labels& labels) const {
  if (!match_labels.empty() && !selects(match_labels, labels)) return false;
  return std::ranges::all_of(match_expressions, [&](const auto& requirement) { return holds(requirement, labels); });
}

}  // namespace naru::config
