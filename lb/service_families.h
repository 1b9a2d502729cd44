// The IP families of a Service: of its cluster IPs, and of the endpoints that are made of its Pods.
#pragma once

#include <span>
#include <vector>

#include "config/objects.h"

namespace naru::lb {

/// ipFamilyPolicy, or what stands for it where it is not given: two families or addresses say dual stack.
[[nodiscard]] config::IpFamilyPolicy family_policy(const config::Service& service);

/// The primary first, each once: those that it names, by itself or by its addresses; else the cluster's default; and
/// with a dual-stack policy the cluster's others. `cluster`: the families of the service CIDRs, the default first.
[[nodiscard]] std::vector<Family> service_families(const config::Service& service, std::span<const Family> cluster);

/// "cluster" as above.
[[nodiscard]] std::vector<Family> families_of(std::span<const Cidr> service_cidrs);

}  // namespace naru::lb
