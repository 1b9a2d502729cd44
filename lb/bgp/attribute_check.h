// Single path attributes of peers' UPDATEs.
#pragma once

#include "lb/bgp/wire.h"

namespace naru::lb::bgp {

enum class AttributeVerdict : std::uint8_t {
  good,
  malformed,    // flags, length or value (RFC 7606 3 and 7)
  unrecognized  // well-known, as its flags say, but not known (RFC 4271 6.3)
};

/// Not for MP_REACH_NLRI and MP_UNREACH_NLRI, whose faults weigh more.
[[nodiscard]] AttributeVerdict check_attribute(std::uint8_t flags, std::uint8_t type, View value, bool four_octet_asn);

/// As it stood in the message.
[[nodiscard]] Bytes attribute_bytes(std::uint8_t flags, std::uint8_t type, View value);

}  // namespace naru::lb::bgp
