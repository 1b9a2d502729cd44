#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "config/load_meta.h"
#include "config/loaders.h"
#include "config/names.h"

namespace naru::config {
namespace {

constexpr std::array<std::string_view, 5> kPoolFields = {"apiVersion", "kind", "metadata", "spec", "status"};
constexpr std::array<std::string_view, 4> kSpecFields = {"addresses", "autoAssign", "avoidBuggyIPs",
                                                         "serviceAllocation"};
constexpr std::array<std::string_view, 4> kAllocationFields = {"priority", "namespaces", "namespaceSelectors",
                                                               "serviceSelectors"};

Result<AddressRange> parse_range(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Error{Errc::bad_input, fmt::format("{}: {}", quote(text), why)};
  };
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) {
    const auto cidr = Cidr::parse(trim(text));
    if (!cidr) return bad("must be a CIDR (192.168.10.0/24) or a range (192.168.10.1-192.168.10.9)");
    return AddressRange{cidr->base(), cidr->last(), std::string(text), 0};
  }
  const auto first = IpAddress::parse(trim(text.substr(0, dash)));
  const auto last = IpAddress::parse(trim(text.substr(dash + 1)));
  if (!first || !last) return bad("must be a CIDR (192.168.10.0/24) or a range (192.168.10.1-192.168.10.9)");
  if (first->family() != last->family()) return bad("both ends of a range must be of one IP family");
  if (*last < *first) return bad("the end of the range is before its start");
  return AddressRange{*first, *last, std::string(text), 0};
}

bool overlap(const AddressRange& a, const AddressRange& b) {
  return a.first.family() == b.first.family() && a.first <= b.last && b.first <= a.last;
}

void load_addresses(const Field& addresses, IpAddressPool& pool) {
  if (addresses.none_listed()) return addresses.fail_required();
  addresses.each([&](const Field& field) {
    const auto given = field.text();
    if (!given) return;
    auto range = parse_range(*given);
    if (!range) return field.fail(range.error().message);
    range->line = field.line();
    for (const AddressRange& other : pool.addresses) {
      if (overlap(*range, other))
        return field.fail(fmt::format("{}: overlaps with {} of the same pool", quote(*given), quote(other.text)));
    }
    pool.addresses.push_back(std::move(*range));
  });
}

void load_allocation(const Field& field, IpAddressPool& pool) {
  if (!field.map(kAllocationFields)) return;
  ServiceAllocation allocation;
  const Field priority = field["priority"];
  const std::int64_t given = priority.integer().value_or(0);
  if (given < 0 || given > 1'000'000'000)
    priority.fail(fmt::format("{}: must be between 0 and 1000000000", given));
  else
    allocation.priority = static_cast<int>(given);
  field["namespaces"].each([&](const Field& name) {
    if (auto valid = load_name(name, bad_dns_label)) allocation.namespaces.push_back(std::move(*valid));
  });
  field["namespaceSelectors"].each(
      [&](const Field& s) { allocation.namespace_selectors.push_back(load_label_selector(s)); });
  field["serviceSelectors"].each(
      [&](const Field& s) { allocation.service_selectors.push_back(load_label_selector(s)); });
  pool.service_allocation = std::move(allocation);
}

}  // namespace

std::shared_ptr<const IpAddressPool> load_ip_address_pool(const Field& object, Meta meta) {
  auto pool = std::make_shared<IpAddressPool>();
  pool->meta = std::move(meta);
  if (!object.map(kPoolFields)) return pool;
  const Field spec = object["spec"];
  if (!spec) spec.fail_required();
  if (!spec.map(kSpecFields)) return pool;
  load_addresses(spec["addresses"], *pool);
  pool->auto_assign = spec["autoAssign"].boolean_or(true);
  pool->avoid_buggy_ips = spec["avoidBuggyIPs"].boolean_or(false);
  load_allocation(spec["serviceAllocation"], *pool);
  return pool;
}

}  // namespace naru::config
