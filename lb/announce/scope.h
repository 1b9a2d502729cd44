// Which pools, Services and nodes an advertisement is about.
#pragma once

#include "lb/announce/input.h"

namespace naru::lb::announce {

[[nodiscard]] bool covers(const config::AdvertisementScope& scope, const ServiceInput& service,
                          const std::map<std::string, config::Labels>& pools);
[[nodiscard]] bool selects(const config::AdvertisementScope& scope, const NodeInput& node);
/// Selectors as alternatives; none at all selects everything.
[[nodiscard]] bool any_matches(const std::vector<config::LabelSelector>& selectors, const config::Labels& labels);

/// This node as the Nodes say it is; without any Node objects, a plain one of that name. Null: there are Nodes, but not
/// this one, so that the others do not reckon with it.
[[nodiscard]] const NodeInput* self_of(const Input& input, NodeInput& without_objects);

}  // namespace naru::lb::announce
