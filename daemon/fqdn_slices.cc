#include "daemon/fqdn_slices.h"

#include <algorithm>

#include "config/load_meta.h"

namespace naru::daemon {
namespace {

using config::AddressType;
using config::EndpointSlice;
using config::SliceEndpoint;

bool has_names(const std::shared_ptr<const EndpointSlice>& slice) {
  return slice->address_type == AddressType::fqdn;
}

std::shared_ptr<const EndpointSlice> addresses_of(const EndpointSlice& slice, Family family,
                                                  const FollowedNames& names) {
  auto made = std::make_shared<EndpointSlice>(slice);
  made->address_type = family == Family::ipv4 ? AddressType::ipv4 : AddressType::ipv6;
  made->endpoints.clear();
  for (const SliceEndpoint& endpoint : slice.endpoints) {
    if (endpoint.fqdns.empty()) continue;
    for (const IpAddress& ip : names.addresses({endpoint.fqdns.front(), family})) {
      if (config::not_servable(ip)) continue;
      made->endpoints.push_back(endpoint);
      made->endpoints.back().addresses = {ip};
    }
  }
  return made;
}

}  // namespace

std::set<FollowedName> names_in(const SlicePtrs& slices, std::span<const Family> families) {
  std::set<FollowedName> names;
  for (const auto& slice : slices) {
    if (!has_names(slice)) continue;
    for (const SliceEndpoint& endpoint : slice->endpoints) {
      if (endpoint.fqdns.empty()) continue;
      for (const Family family : families) names.insert({endpoint.fqdns.front(), family});
    }
  }
  return names;
}

SlicePtrs with_addresses(SlicePtrs slices, std::span<const Family> families, const FollowedNames& names) {
  if (std::ranges::none_of(slices, has_names)) return slices;
  SlicePtrs all;
  for (auto& slice : slices) {
    if (!has_names(slice)) {
      all.push_back(std::move(slice));
      continue;
    }
    for (const Family family : families) all.push_back(addresses_of(*slice, family, names));
  }
  return all;
}

}  // namespace naru::daemon
