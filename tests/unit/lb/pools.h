// A pool allocator with pools that are easy to write down.
#pragma once

#include "lb/pool_allocator.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {

/// "10.0.0.0-10.0.0.3" or "10.0.0.7".
inline config::IpAddressPool pool(const std::string& name, const std::vector<std::string>& ranges) {
  config::IpAddressPool made;
  made.meta.name = name;
  for (const std::string& text : ranges) {
    const auto dash = text.find('-');
    const IpAddress first = ip(text.substr(0, dash));
    made.addresses.push_back({first, dash == std::string::npos ? first : ip(text.substr(dash + 1)), text, 0});
  }
  return made;
}

class PoolLab {
 public:
  explicit PoolLab(std::vector<config::IpAddressPool> pools = {}) { configure(std::move(pools)); }

  void configure(std::vector<config::IpAddressPool> pools, PoolAllocator::NamespaceLabels namespaces = {}) {
    PoolAllocator::Pools shared;
    for (auto& one : pools) shared.push_back(std::make_shared<const config::IpAddressPool>(std::move(one)));
    allocator.configure(std::move(shared), std::move(namespaces));
  }

  PoolAllocator::Outcome give(const config::Service& service, std::vector<Family> families = {Family::ipv4},
                              bool all_families = false) {
    return allocator.allocate(service, families, all_families);
  }
  /// The addresses alone.
  Texts ips(const config::Service& service, std::vector<Family> families = {Family::ipv4}, bool all_families = false) {
    return texts(give(service, std::move(families), all_families).ips);
  }

  PoolAllocator allocator;
};

inline config::Service balancer(const std::string& name, const config::Labels& annotations = {}) {
  config::Service made = service(name, config::ServiceType::load_balancer);
  for (const auto& [key, value] : annotations) made.meta.annotations["metallb.io/" + key] = value;
  return made;
}

}  // namespace naru::lb
