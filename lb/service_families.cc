#include "lb/service_families.h"

#include <algorithm>

namespace naru::lb {
namespace {

using config::IpFamilyPolicy;

void add_once(std::vector<Family>& families, Family family) {
  if (std::ranges::find(families, family) == families.end()) families.push_back(family);
}

}  // namespace

IpFamilyPolicy family_policy(const config::Service& service) {
  const bool names_two = service.ip_families.size() > 1 || service.cluster_ips.size() > 1;
  return service.ip_family_policy.value_or(names_two ? IpFamilyPolicy::require_dual_stack
                                                     : IpFamilyPolicy::single_stack);
}

std::vector<Family> service_families(const config::Service& service, std::span<const Family> cluster) {
  std::vector<Family> families = service.ip_families;
  for (const IpAddress& ip : service.cluster_ips) add_once(families, ip.family());
  if (families.empty() && !cluster.empty()) families.push_back(cluster.front());
  if (family_policy(service) != IpFamilyPolicy::single_stack) {
    for (const Family family : cluster) add_once(families, family);
  }
  return families;
}

std::vector<Family> families_of(std::span<const Cidr> service_cidrs) {
  std::vector<Family> families;
  for (const Cidr& cidr : service_cidrs) add_once(families, cidr.family());
  return families;
}

}  // namespace naru::lb
