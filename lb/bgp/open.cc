#include "lb/bgp/open.h"

#include "lb/bgp/message.h"

namespace naru::lb::bgp {
namespace {

// Capability codes.
constexpr std::uint8_t kMultiprotocol = 1;
constexpr std::uint8_t kRouteRefresh = 2;
constexpr std::uint8_t kGracefulRestart = 64;
constexpr std::uint8_t kFourOctetAsn = 65;

constexpr std::uint8_t kVersion = 4;
constexpr std::uint8_t kCapabilities = 2;          // the optional parameter
constexpr std::uint8_t kExtendedParameters = 255;  // RFC 9072
constexpr std::uint16_t kRestartState = 0x8000;    // of the first 16 bits of the graceful restart capability
constexpr std::uint16_t kRestartTime = 0x0fff;
constexpr std::uint8_t kForwardingState = 0x80;

constexpr Family kFamilies[] = {Family::ipv4, Family::ipv6};

void put_graceful_restart(Bytes& out, const GracefulRestart& restart, const Families& families) {
  put8(out, kGracefulRestart);
  const std::size_t size_at = out.size();
  put8(out, 0);
  put16(out, (restart.restarted ? kRestartState : 0U) | (restart.restart_seconds & kRestartTime));
  for (const Family family : kFamilies) {
    if (!families.has(family)) continue;
    put16(out, afi_of(family));
    put8(out, kUnicast);
    put8(out, restart.kept.has(family) ? kForwardingState : 0U);
  }
  out[size_at] = static_cast<std::uint8_t>(out.size() - size_at - 1);
}

Bytes capabilities_of(const Open& open) {
  Bytes out;
  for (const Family family : kFamilies) {
    if (!open.families.has(family)) continue;
    put16(out, kMultiprotocol << 8 | 4);
    put16(out, afi_of(family));
    put16(out, kUnicast);
  }
  if (open.route_refresh) put16(out, kRouteRefresh << 8);
  if (open.four_octet_asn) {
    put16(out, kFourOctetAsn << 8 | 4);
    put32(out, open.asn);
  }
  if (open.graceful_restart) put_graceful_restart(out, *open.graceful_restart, open.families);
  return out;
}

/// What is read of an OPEN, besides the result itself.
struct Parsing {
  Open open;
  Families named;  // by capabilities
};

bool read_graceful_restart(Reader value, Parsing& to) {
  const std::uint16_t head = value.u16();
  GracefulRestart restart{(head & kRestartState) != 0, static_cast<std::uint16_t>(head & kRestartTime), {}};
  while (value.ok() && !value.empty()) {
    const std::uint16_t afi = value.u16();
    const auto family = family_of(afi, value.u8());
    const bool kept = (value.u8() & kForwardingState) != 0;
    if (family && kept) restart.kept.add(*family);
  }
  to.open.graceful_restart = restart;
  return value.ok();
}

bool read_capability(std::uint8_t code, View bytes, Parsing& to) {
  Reader value(bytes);
  switch (code) {
    case kMultiprotocol: {
      const std::uint16_t afi = value.u16();
      value.u8();
      if (const auto family = family_of(afi, value.u8())) to.named.add(*family);
      to.open.families = to.named;  // even if it is none of ours: IPv4 goes without saying only where nothing is said
      return value.ok() && value.empty();
    }
    case kRouteRefresh:
      to.open.route_refresh = true;
      return value.empty();
    case kGracefulRestart:
      return read_graceful_restart(value, to);
    case kFourOctetAsn:
      to.open.four_octet_asn = true;
      to.open.asn = value.u32();
      return value.ok() && value.empty();
    default:
      return true;
  }
}

bool read_capabilities(View bytes, Parsing& to) {
  Reader reader(bytes);
  while (reader.ok() && !reader.empty()) {
    const std::uint8_t code = reader.u8();
    const View value = reader.take(reader.u8());
    if (!reader.ok() || !read_capability(code, value, to)) return false;
  }
  return reader.ok();
}

std::optional<Notification> read_parameters(Reader reader, std::size_t size_bytes, Parsing& to) {
  while (!reader.empty()) {
    const std::uint8_t type = reader.u8();
    const View value = reader.take(reader.number(size_bytes));
    if (!reader.ok()) return Notification::open(OpenError::unspecific);
    if (type != kCapabilities) return Notification::open(OpenError::unsupported_parameter);
    if (!read_capabilities(value, to)) return Notification::open(OpenError::unspecific);
  }
  return std::nullopt;
}

/// The optional parameters, whose length is of one byte, or of two after an announcement (RFC 9072).
std::optional<Notification> read_tail(Reader reader, Parsing& to) {
  const std::uint8_t size = reader.u8();
  Reader peek = reader;
  const bool extended = size == kExtendedParameters && peek.u8() == kExtendedParameters;
  std::size_t total = size;
  if (extended) {
    total = peek.u16();
    reader = peek;
  }
  if (!reader.ok() || total != reader.left()) return Notification::open(OpenError::unspecific);
  return read_parameters(reader, extended ? 2 : 1, to);
}

}  // namespace

Bytes encode(const Open& open) {
  Bytes message = begin_message(MessageType::open);
  put8(message, kVersion);
  put16(message, open.asn > 0xffff ? kAsTrans : open.asn);
  put16(message, open.hold_seconds);
  put(message, open.router_id);
  const Bytes capabilities = capabilities_of(open);
  if (capabilities.empty()) {
    put8(message, 0);
  } else {
    put8(message, capabilities.size() + 2);
    put8(message, kCapabilities);
    put8(message, capabilities.size());
    put(message, capabilities);
  }
  finish_message(message);
  return message;
}

std::variant<Open, Notification> parse_open(View body) {
  Reader reader(body);
  Parsing to;
  if (reader.u8() != kVersion) return Notification::open(OpenError::unsupported_version, Bytes{0, kVersion});
  const std::uint16_t short_asn = reader.u16();
  to.open.asn = short_asn;
  to.open.hold_seconds = reader.u16();
  to.open.router_id = IpAddress::v4(reader.u32());
  to.open.families.ipv4 = true;
  if (auto fault = read_tail(reader, to)) return *fault;
  // RFC 6793 4.1: the short number is the same one, or stands for one that does not fit. RFC 7607: 0 is nobody's.
  const bool agrees = short_asn == to.open.asn || (short_asn == kAsTrans && to.open.four_octet_asn);
  if (to.open.asn == 0 || !agrees) return Notification::open(OpenError::bad_peer_as);
  return to.open;
}

std::optional<Notification> refusal(const Open& theirs, const Open& ours, const PeerSettings& settings) {
  const bool internal = theirs.asn == settings.my_asn;
  const bool wanted = settings.dynamic_asn ? internal == (*settings.dynamic_asn == DynamicAsn::internal)
                                           : theirs.asn == settings.peer_asn;
  if (!wanted) return Notification::open(OpenError::bad_peer_as);
  // RFC 6286 2.2: not zero, and within an AS not ours.
  if (theirs.router_id.is_unspecified() || (internal && theirs.router_id == ours.router_id)) {
    return Notification::open(OpenError::bad_identifier);
  }
  if (theirs.hold_seconds == 1 || theirs.hold_seconds == 2) {
    return Notification::open(OpenError::unacceptable_hold_time);
  }
  if ((theirs.families & ours.families).empty()) return Notification::open(OpenError::unsupported_capability);
  return std::nullopt;
}

}  // namespace naru::lb::bgp
