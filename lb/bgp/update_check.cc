#include "lb/bgp/update_check.h"

#include <bitset>

#include "lb/bgp/attribute_check.h"
#include "lb/bgp/family.h"
#include "lb/bgp/update.h"

namespace naru::lb::bgp {
namespace {

bool are_prefixes(View bytes, unsigned bits) {
  Reader reader(bytes);
  while (!reader.empty()) {
    const std::uint8_t length = reader.u8();
    reader.take((length + 7U) / 8);
    if (length > bits || !reader.ok()) return false;
  }
  return true;
}

unsigned bits_of(Family family) {
  return family == Family::ipv4 ? 32 : 128;
}

/// Of families that are not ours nothing is known, so nothing is wrong with them.
bool is_mp_reach(Reader value) {
  const std::uint16_t afi = value.u16();
  const auto family = family_of(afi, value.u8());
  const std::uint8_t next_hop_bytes = value.u8();
  value.take(next_hop_bytes);
  value.u8();
  if (!value.ok()) return false;
  if (!family) return true;
  const bool known = next_hop_bytes == 4 || next_hop_bytes == 16 || next_hop_bytes == 32;
  return known && are_prefixes(value.take(value.left()), bits_of(*family));
}

bool is_mp_unreach(Reader value) {
  const std::uint16_t afi = value.u16();
  const auto family = family_of(afi, value.u8());
  if (!value.ok()) return false;
  return !family || are_prefixes(value.take(value.left()), bits_of(*family));
}

class Check {
 public:
  explicit Check(bool four_octet_asn) : four_octet_asn_(four_octet_asn) {}

  UpdateVerdict run(View body) {
    Reader reader(body);
    const View withdrawn = reader.take(reader.u16());
    const View attributes = reader.take(reader.u16());
    const View announced = reader.take(reader.left());
    if (!reader.ok()) return reset(UpdateError::malformed_attributes);
    if (!are_prefixes(withdrawn, 32) || !are_prefixes(announced, 32)) return reset(UpdateError::invalid_network);
    if (!read_attributes(Reader(attributes))) return verdict_;
    const bool has_routes = !announced.empty() || seen(Attribute::mp_reach);
    if (has_routes && !(seen(Attribute::origin) && seen(Attribute::as_path))) verdict_.malformed = true;
    if (!announced.empty() && !seen(Attribute::next_hop)) verdict_.malformed = true;
    return verdict_;
  }

 private:
  [[nodiscard]] bool seen(Attribute type) const { return seen_[static_cast<std::size_t>(type)]; }

  UpdateVerdict reset(UpdateError error, Bytes data = {}) {
    verdict_.reset = Notification::update(error, std::move(data));
    return verdict_;
  }

  /// False if the session ends.
  bool read_attributes(Reader reader) {
    while (!reader.empty()) {
      const std::uint8_t flags = reader.u8();
      const std::uint8_t type = reader.u8();
      const View value = reader.take((flags & kExtendedLength) != 0 ? reader.u16() : reader.u8());
      // RFC 7606 4: where lengths disagree, what came before still counts, and the routes are taken for withdrawn.
      if (!reader.ok()) return verdict_.malformed = true;
      if (!read_attribute(flags, type, value)) return false;
    }
    return true;
  }

  bool read_attribute(std::uint8_t flags, std::uint8_t type, View value) {
    const bool again = seen_[type];
    seen_.set(type);
    if (type == static_cast<std::uint8_t>(Attribute::mp_reach)) return read_mp(again, is_mp_reach(Reader(value)));
    if (type == static_cast<std::uint8_t>(Attribute::mp_unreach)) return read_mp(again, is_mp_unreach(Reader(value)));
    switch (check_attribute(flags, type, value, four_octet_asn_)) {
      case AttributeVerdict::good:
        return true;
      case AttributeVerdict::malformed:
        return verdict_.malformed = true;
      case AttributeVerdict::unrecognized:
        break;
    }
    reset(UpdateError::unrecognized_well_known, attribute_bytes(flags, type, value));
    return false;
  }

  /// RFC 7606 3(g) and 5.3: a second one, and one that cannot be read.
  bool read_mp(bool again, bool is_good) {
    if (again) reset(UpdateError::malformed_attributes);
    if (!again && !is_good) reset(UpdateError::optional_attribute);
    return !verdict_.reset;
  }

  UpdateVerdict verdict_;
  bool four_octet_asn_;
  std::bitset<256> seen_;
};

}  // namespace

UpdateVerdict check_update(View body, bool four_octet_asn) {
  return Check(four_octet_asn).run(body);
}

}  // namespace naru::lb::bgp
