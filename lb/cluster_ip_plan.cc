#include <fmt/format.h>

#include <algorithm>

#include "lb/band.h"
#include "lb/service_families.h"
#include "lb/service_plan.h"

namespace naru::lb {

using config::IpFamilyPolicy;
using config::ServiceName;

namespace {

/// Positions of a CIDR that may be given: not the network's own address, and for IPv4 not the broadcast address.
Band band_of(const Cidr& cidr) {
  const std::uint64_t unusable = cidr.family() == Family::ipv4 ? 2 : 1;
  return make_band(cidr.size(), cidr.size() > unusable ? cidr.size() - unusable : 0, 16, 256);
}

}  // namespace

void ServiceAllocator::Plan::plan_cluster_ips() {
  for (const IpAddress& ip : service_.cluster_ips) take_cluster_ip(ip);
  for (const Family family : families_to_allocate()) allocate_cluster_ip(family);
}

void ServiceAllocator::Plan::take_cluster_ip(const IpAddress& ip) {
  const auto refuse = [&](const std::string& reason) {
    complain(service_.cluster_ip_line, "spec.clusterIPs",
             fmt::format("failed to allocate IP {}: {}", ip.to_string(), reason));
  };
  const Cidr* cidr = owner_.cidr_of(ip.family());
  if (cidr == nullptr) return refuse(fmt::format("{} is not configured on this cluster", to_string(ip.family())));
  if (!owner_.gives(ip)) {
    return refuse(fmt::format("the provided IP ({}) is not in the valid range. The range of valid IPs is {}",
                              ip.to_string(), cidr->to_string()));
  }
  if (owner_.is_reserved(ip)) return refuse("provided IP is already allocated (it is the DNS server's)");
  if (const ServiceName* other = owner_.owner_of(ip); other != nullptr && *other != name_) {
    return refuse(fmt::format("provided IP is already allocated (by Service {})", other->to_string()));
  }
  outcome_.allocation.cluster_ips.push_back(ip);
}

/// Families of which the Service is to have an address and names none, the primary first.
std::vector<Family> ServiceAllocator::Plan::families_to_allocate() {
  const std::vector<Cidr>& cidrs = owner_.config_.service_cidrs;
  if (family_policy(service_) == IpFamilyPolicy::require_dual_stack && cidrs.size() < 2) {
    complain(0, "spec.ipFamilyPolicy", "this cluster is not configured for dual-stack services");
    return {};
  }
  std::vector<Family> wanted = service_families(service_, families_of(cidrs));
  std::erase_if(wanted, [&](Family family) {
    return std::ranges::find(service_.cluster_ips, family, &IpAddress::family) != service_.cluster_ips.end();
  });
  return wanted;
}

void ServiceAllocator::Plan::allocate_cluster_ip(Family family) {
  const Cidr* cidr = owner_.cidr_of(family);
  if (cidr == nullptr) {
    return complain(0, "spec.ipFamilies",
                    fmt::format("not configured on this cluster: {} (no such service CIDR)", to_string(family)));
  }
  const auto had = std::ranges::find(held_.cluster_ips, family, &IpAddress::family);
  if (had != held_.cluster_ips.end()) return outcome_.allocation.cluster_ips.push_back(*had);

  const auto at = [&](std::uint64_t position) { return cidr->base().plus(position + 1); };
  const auto free = [&](std::uint64_t position) {
    const IpAddress ip = at(position);
    return owner_.owner_of(ip) == nullptr && !batch_.cluster_ips.contains(ip) && !owner_.is_reserved(ip);
  };
  const auto seed = hash_bytes(name_.to_string(), static_cast<std::uint64_t>(family));
  const auto position = choose_position(band_of(*cidr), seed, free);
  if (position) return outcome_.allocation.cluster_ips.push_back(at(*position));
  complain(0, "spec.clusterIPs", fmt::format("failed to allocate a serviceIP: range is full ({})", cidr->to_string()));
}

}  // namespace naru::lb
