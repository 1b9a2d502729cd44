#include "lb/bgp/attribute_check.h"

#include <algorithm>
#include <iterator>

#include "lb/bgp/update.h"

namespace naru::lb::bgp {
namespace {

constexpr std::uint8_t kWellKnown = kTransitive;
constexpr std::uint8_t kOptionalTransitive = kOptional | kTransitive;

/// Its kind, and what length it may have: a multiple of `unit`, once if `once`; unit 0: none at all; kAny: any.
struct Shape {
  Attribute type;
  std::uint8_t flags;
  std::size_t unit;
  bool once;
};

constexpr std::size_t kAny = 1;
constexpr Shape kShapes[] = {{Attribute::origin, kWellKnown, 1, true},
                             {Attribute::as_path, kWellKnown, kAny, false},
                             {Attribute::next_hop, kWellKnown, 4, true},
                             {Attribute::med, kOptional, 4, true},
                             {Attribute::local_pref, kWellKnown, 4, true},
                             {Attribute::atomic_aggregate, kWellKnown, 0, true},
                             {Attribute::aggregator, kOptionalTransitive, kAny, false},
                             {Attribute::communities, kOptionalTransitive, 4, false},
                             {Attribute::originator_id, kOptional, 4, true},
                             {Attribute::cluster_list, kOptional, 4, false},
                             {Attribute::extended_communities, kOptionalTransitive, 8, false},
                             {Attribute::as4_path, kOptionalTransitive, kAny, false},
                             {Attribute::as4_aggregator, kOptionalTransitive, 8, true},
                             {Attribute::large_communities, kOptionalTransitive, 12, false}};

bool has_shape(const Shape& shape, std::uint8_t flags, std::size_t size) {
  if ((flags & kOptionalTransitive) != shape.flags) return false;
  if (shape.once) return size == shape.unit;
  return shape.unit == kAny || (size != 0 && size % shape.unit == 0);
}

/// RFC 7606 7.2: segments of a known type that have members and fill the attribute.
bool is_as_path(Reader reader, std::size_t asn_bytes) {
  constexpr std::uint8_t kSegmentTypes = 4;  // sets and sequences, and those of confederations
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    const std::uint8_t members = reader.u8();
    reader.take(members * asn_bytes);
    if (!reader.ok() || type == 0 || type > kSegmentTypes || members == 0) return false;
  }
  return true;
}

bool has_value(Attribute type, View value, bool four_octet_asn) {
  const std::size_t asn_bytes = four_octet_asn ? 4 : 2;
  if (type == Attribute::origin) return value[0] <= 2;
  if (type == Attribute::as_path) return is_as_path(Reader(value), asn_bytes);
  if (type == Attribute::as4_path) return is_as_path(Reader(value), 4);
  if (type == Attribute::aggregator) return value.size() == asn_bytes + 4;
  return true;
}

}  // namespace

AttributeVerdict check_attribute(std::uint8_t flags, std::uint8_t type, View value, bool four_octet_asn) {
  const auto shape = std::find_if(std::begin(kShapes), std::end(kShapes), [&](const Shape& candidate) {
    return static_cast<std::uint8_t>(candidate.type) == type;
  });
  if (shape == std::end(kShapes)) {
    return (flags & kOptional) != 0 ? AttributeVerdict::good : AttributeVerdict::unrecognized;
  }
  const bool good = has_shape(*shape, flags, value.size()) && has_value(shape->type, value, four_octet_asn);
  return good ? AttributeVerdict::good : AttributeVerdict::malformed;
}

Bytes attribute_bytes(std::uint8_t flags, std::uint8_t type, View value) {
  Bytes out{flags, type};
  if ((flags & kExtendedLength) != 0) put8(out, value.size() >> 8);
  put8(out, value.size());
  put(out, value);
  return out;
}

}  // namespace naru::lb::bgp
