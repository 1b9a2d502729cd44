#include "lb/announce/scope.h"

#include <algorithm>

namespace naru::lb::announce {
namespace {

bool covers_pool(const config::AdvertisementScope& scope, const std::string& pool,
                 const std::map<std::string, config::Labels>& pools) {
  if (scope.pools.empty() && scope.pool_selectors.empty()) return true;
  if (std::ranges::find(scope.pools, pool, &config::Reference::name) != scope.pools.end()) return true;
  const auto labels = pools.find(pool);
  return labels != pools.end() && !scope.pool_selectors.empty() && any_matches(scope.pool_selectors, labels->second);
}

}  // namespace

bool any_matches(const std::vector<config::LabelSelector>& selectors, const config::Labels& labels) {
  if (selectors.empty()) return true;
  return std::ranges::any_of(selectors,
                             [&](const config::LabelSelector& selector) { return selector.matches(labels); });
}

bool covers(const config::AdvertisementScope& scope, const ServiceInput& service,
            const std::map<std::string, config::Labels>& pools) {
  return covers_pool(scope, service.pool, pools) && any_matches(scope.service_selectors, service.labels);
}

bool selects(const config::AdvertisementScope& scope, const NodeInput& node) {
  return any_matches(scope.node_selectors, node.labels);
}

const NodeInput* self_of(const Input& input, NodeInput& without_objects) {
  if (const auto found = input.nodes.find(input.self); found != input.nodes.end()) return &found->second;
  if (!input.nodes.empty()) return nullptr;
  without_objects.name = input.self;
  return &without_objects;
}

}  // namespace naru::lb::announce
