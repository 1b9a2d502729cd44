// Label selectors, as Kubernetes and MetalLB use them.
#pragma once

#include <string>
#include <vector>

#include "config/meta.h"

namespace naru::config {

struct LabelSelectorRequirement {
  std::string key;
  std::string op;  // In, NotIn, Exists, DoesNotExist
  std::vector<std::string> values;
};

/// A Kubernetes label selector; an empty one selects everything.
struct LabelSelector {
  Labels match_labels;
  std::vector<LabelSelectorRequirement> match_expressions;

  [[nodiscard]] bool matches(const Labels& labels) const;
};

}  // namespace naru::config
