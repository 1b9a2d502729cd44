// The addresses in an answer, for whoever is to connect to them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "dns/name.h"
#include "dns/types.h"

namespace naru::dns {

/// What is known of a name's addresses of one family.
struct AddressAnswer {
  enum class Kind : std::uint8_t {
    found,
    none,     // the name does not exist, or has no address of this family
    failure,  // nobody knows: SERVFAIL, REFUSED, no answer, or one that makes no sense
  };
  Kind kind{Kind::failure};
  std::vector<IpAddress> addresses;  // sorted, each once; some if `kind` is found
  Duration ttl{};                    // for how long it holds, by its records; not of a failure
};

/// A query for `name`'s addresses of `family`, as a stub resolver would send it.
[[nodiscard]] std::vector<std::uint8_t> address_query(const Name& name, Family family);

/// `message` answers an address_query() of that family. Records count that the name, or a CNAME from there, leads to;
/// the TTL is the least of theirs, or of a name without addresses that of its zone's SOA (RFC 2308 5).
[[nodiscard]] AddressAnswer read_addresses(std::span<const std::uint8_t> message, Family family);

}  // namespace naru::dns
