#include "dns/origins.h"

#include <algorithm>

#include "dns/wire.h"

namespace naru::dns {
namespace {

// For zones that nobody transfers: only the last, the time for which a negative answer may be kept (RFC 2308), is ever
// used.
constexpr std::uint32_t kRefresh = 7200;
constexpr std::uint32_t kRetry = 1800;
constexpr std::uint32_t kExpire = 86400;
constexpr std::uint16_t kPointer = 0xc000;

void append_numbers(std::string& to, std::uint32_t serial, std::uint32_t ttl) {
  for (const std::uint32_t number : {serial, kRefresh, kRetry, kExpire, ttl}) append32(to, number);
}

/// The record from `rdata` without its numbers.
Soa soa_record(const std::string& names, std::vector<std::uint16_t> pointers_in_names, std::uint32_t ttl) {
  Soa soa;
  append16(soa.bytes, static_cast<std::size_t>(Type::soa));
  append16(soa.bytes, kClassIn);
  append32(soa.bytes, ttl);
  append16(soa.bytes, names.size() + 20);
  for (const std::uint16_t at : pointers_in_names) {
    soa.apex_pointers.push_back(static_cast<std::uint16_t>(soa.bytes.size() + at));
  }
  soa.bytes += names;
  soa.serial_at = soa.bytes.size();
  append_numbers(soa.bytes, 0, ttl);
  return soa;
}

/// Of the domain itself: both names end in a pointer to the apex.
Soa domain_soa(std::uint32_t ttl) {
  std::string names("\2ns\3dns");
  std::vector<std::uint16_t> pointers{static_cast<std::uint16_t>(names.size())};
  append16(names, kPointer);
  names += "\12hostmaster";
  pointers.push_back(static_cast<std::uint16_t>(names.size()));
  append16(names, kPointer);
  return soa_record(names, std::move(pointers), ttl);
}

std::string soa_names(const Origins& origins) {
  return origins.server.wire() + Name::below("hostmaster", origins.domain).value_or(origins.domain).wire();
}

constexpr std::string_view kHex = "0123456789abcdef";

/// "in-addr.arpa" and "ip6.arpa", in wire form.
const Name& reverse_root(Family family) {
  static const Name v4 = *Name::parse("in-addr.arpa");
  static const Name v6 = *Name::parse("ip6.arpa");
  return family == Family::ipv4 ? v4 : v6;
}

/// The name of the first `groups` octets or nibbles of an address.
Name reverse_name(Family family, const std::array<std::uint8_t, 16>& address, unsigned groups) {
  Name name = reverse_root(family);
  for (unsigned i = 0; i < groups; ++i) {
    const unsigned byte = address[family == Family::ipv4 ? i : i / 2];
    const unsigned nibble = i % 2 == 0 ? byte >> 4 : byte & 15U;
    const std::string label = family == Family::ipv4 ? std::to_string(byte) : std::string(1, kHex[nibble]);
    name = Name::below(label, name).value_or(name);
  }
  return name;
}

}  // namespace

std::vector<Name> reverse_zones(const Cidr& cidr) {
  const unsigned step = cidr.family() == Family::ipv4 ? 8 : 4;
  const unsigned groups = (cidr.prefix_length() + step - 1) / step;
  const unsigned zones = 1U << (groups * step - cidr.prefix_length());
  std::vector<Name> names;
  for (unsigned i = 0; i < zones; ++i) {
    // The i-th prefix of `groups` whole groups: the free bits are the low ones of the last group.
    auto bytes = cidr.base().bytes();
    if (groups > 0) {
      const unsigned last = groups - 1;
      const unsigned byte = step == 8 ? last : last / 2;
      const unsigned shift = step == 8 || last % 2 == 1 ? 0 : 4;
      bytes[byte] = static_cast<std::uint8_t>(bytes[byte] | i << shift);
    }
    names.push_back(reverse_name(cidr.family(), bytes, groups));
  }
  return names;
}

Name reverse_name(const IpAddress& address) {
  return reverse_name(address.family(), address.bytes(), address.is_v4() ? 4 : 32);
}

bool is_reverse(std::string_view name, std::span<const std::uint8_t> labels) {
  if (labels.size() < 2) return false;
  const std::string_view last_two = name.substr(labels[labels.size() - 2]);
  return last_two == reverse_root(Family::ipv4).wire() || last_two == reverse_root(Family::ipv6).wire();
}

Origins make_origins(const Name& domain, std::span<const Cidr> reverse, std::uint32_t ttl) {
  Origins origins;
  origins.domain = domain;
  origins.ttl = ttl;
  const Name dns = Name::below("dns", domain).value_or(domain);
  origins.server = Name::below("ns", dns).value_or(domain);
  origins.zones.push_back({domain, domain_soa(ttl)});
  const Soa soa = soa_record(soa_names(origins), {}, ttl);
  origins.lone.soa = soa;
  std::vector<Name> apexes;
  for (const Cidr& cidr : reverse) {
    for (Name& apex : reverse_zones(cidr)) apexes.push_back(std::move(apex));
  }
  std::sort(apexes.begin(), apexes.end());
  apexes.erase(std::unique(apexes.begin(), apexes.end()), apexes.end());
  origins.fewest_labels = kMaxNameSize;
  for (Name& apex : apexes) {
    origins.fewest_labels = std::min(origins.fewest_labels, apex.labels());
    origins.most_labels = std::max(origins.most_labels, apex.labels());
    origins.zones.push_back({std::move(apex), soa});
  }
  return origins;
}

std::string soa_rdata(const Origins& origins, std::uint32_t serial) {
  std::string rdata = soa_names(origins);
  append_numbers(rdata, serial, origins.ttl);
  return rdata;
}

const Origin* Origins::find(std::string_view name, std::span<const std::uint8_t> labels) const {
  const std::string_view apex = domain.wire();
  if (name.ends_with(apex)) {
    const std::size_t at = name.size() - apex.size();
    const auto is_label = [&](std::uint8_t label) { return label == at; };
    if (domain.is_root() || std::any_of(labels.begin(), labels.end(), is_label)) return &zones.front();
  }
  if (zones.size() == 1 || !is_reverse(name, labels)) return nullptr;
  for (std::size_t count = std::min(most_labels, labels.size()); count >= fewest_labels; --count) {
    const std::string_view suffix = name.substr(labels[labels.size() - count]);
    const auto by_apex = [](const Origin& zone, std::string_view wire) { return zone.apex.wire() < wire; };
    const auto found = std::lower_bound(zones.begin() + 1, zones.end(), suffix, by_apex);
    if (found != zones.end() && found->apex == suffix) return &*found;
  }
  return nullptr;
}

}  // namespace naru::dns
