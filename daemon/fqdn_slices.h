// EndpointSlices of addressType FQDN, as the slices of addresses that they stand for.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <vector>

#include "daemon/followed_names.h"

namespace naru::daemon {

using SlicePtrs = std::vector<std::shared_ptr<const config::EndpointSlice>>;

/// The names of the endpoints in `slices`, each in every family. Of an endpoint the first name counts, as of others the
/// first address does.
[[nodiscard]] std::set<FollowedName> names_in(const SlicePtrs& slices, std::span<const Family> families);

/// `slices`, with one for each family in place of each that has names: an endpoint for each address of a name, with all
/// else as the slice says. Addresses that can be no endpoint's (unspecified, link-local, multicast) are left out.
[[nodiscard]] SlicePtrs with_addresses(SlicePtrs slices, std::span<const Family> families, const FollowedNames& names);

}  // namespace naru::daemon
