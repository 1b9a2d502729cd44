// Which names a Service has, and what is at them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "dns/name.h"
#include "dns/record_set.h"
#include "dns/records.h"

namespace naru::dns {

/// An address that has a name through the Service.
struct Pointer {
  IpAddress address;
  bool cluster_ip{};
  Name target;

  friend auto operator<=>(const Pointer&, const Pointer&) = default;
};

/// A pure function of the Service's records. Names that are too long for DNS are left out.
struct ServiceContent {
  std::vector<std::shared_ptr<const RecordSet>> records;  // by owner; each once; none empty
  std::vector<Pointer> pointers;                          // sorted; each once
};

[[nodiscard]] ServiceContent content_of(const ServiceRecords& records, const Name& domain, std::uint32_t ttl);

/// "shop.svc.cluster.local"; nothing if that is no valid name.
[[nodiscard]] std::optional<Name> namespace_name(std::string_view name_space, const Name& domain);

/// What an endpoint without a hostname is called: its address with dashes; an IPv6 address that then ends in a dash
/// gets a zero, as "fd00--0", for a label must not end in one.
[[nodiscard]] std::string dashed(const IpAddress& address);

}  // namespace naru::dns
