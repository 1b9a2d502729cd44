#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "config/check_service.h"
#include "config/load_meta.h"

namespace naru::config {
namespace {

constexpr std::string_view kNone = "None";

void add_ip(const Field& field, Service& service) {
  const auto ip = load_servable_ip(field);
  if (!ip) return;
  const bool same_family =
      std::ranges::any_of(service.cluster_ips, [&](const IpAddress& other) { return other.family() == ip->family(); });
  if (same_family)
    return field.fail(fmt::format("{}: may specify no more than one IP for each IP family", quote(ip->to_string())));
  service.cluster_ips.push_back(*ip);
}

void load_list(const Field& list, const std::string& first, Service& service) {
  const std::size_t size = list.size();
  if (size > 2) return list.fail("may only hold up to 2 values");
  bool is_first = true;
  list.each([&](const Field& field) {
    const auto given = nonempty(field);
    if (!given) return field.fail("may not be empty");
    if (is_first && *given != first) field.fail(fmt::format("{}: first value must match `clusterIP`", quote(*given)));
    is_first = false;
    if (*given != kNone) return add_ip(field, service);
    service.headless = true;
    if (size > 1) field.fail("'None' must be the first and only value");
  });
}

void check_order(const Field& list, const Service& service) {
  const std::size_t both = std::min(service.cluster_ips.size(), service.ip_families.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (service.cluster_ips[i].family() == service.ip_families[i]) continue;
    list.fail(fmt::format("{}: expected an {} value as indicated by `ipFamilies[{}]`",
                          quote(service.cluster_ips[i].to_string()), to_string(service.ip_families[i]), i));
  }
}

}  // namespace

void load_cluster_ips(const Field& spec, Service& service) {
  const Field single = spec["clusterIP"];
  const Field list = spec["clusterIPs"];
  const auto first = nonempty(single);
  service.cluster_ip_line = single ? single.line() : list.line();
  const bool has_list = !list.none_listed();
  if (has_list && first) {
    load_list(list, *first, service);
  } else if (has_list) {
    list.fail("must be empty when `clusterIP` is not specified");
  } else if (first == kNone) {
    service.headless = true;
  } else if (first) {
    add_ip(single, service);
  }
  check_order(has_list ? list : single, service);
}

}  // namespace naru::config
