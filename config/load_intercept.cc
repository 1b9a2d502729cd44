#include "config/load_intercept.h"

#include <fmt/format.h>

#include <array>

#include "base/intercepted.h"
#include "base/text.h"

namespace naru::config {
namespace {

constexpr std::array kFields = std::to_array<FieldDoc>({
    {"intercept.port", "number", "0",
     "Port on loopback where TCP connections arrive that `naru intercept install` has redirected; 0: none are."},
    {"intercept.cidrs", "list of CIDR", "(serviceCIDRs)",
     "Addresses to which connections and datagrams are intercepted; none on loopback."},
    {"intercept.dnsPort", "number", "0",
     "Port on loopback where DNS is served to intercepted queries, beside dns.listen; 0: none are."},
});
constexpr std::array<std::string_view, 3> kNames = {"port", "cidrs", "dnsPort"};

/// 0 and nothing are no port.
std::optional<Port> load_port_or_none(const Field& field) {
  const auto given = field.integer();
  if (!given || *given == 0) return std::nullopt;
  return field.port();
}

void add_cidr(const Field& field, const Cidr& cidr, std::vector<Cidr>& cidrs) {
  if (const auto reason = why_not_interceptable(cidr)) {
    return field.fail(fmt::format("{} {}", cidr.to_string(), *reason));
  }
  if (const Cidr* alike = intercepted_alike(cidr, cidrs)) {
    return field.fail(fmt::format("{}: datagrams to it and to {} could not be told apart once they are intercepted",
                                  cidr.to_string(), alike->to_string()));
  }
  cidrs.push_back(cidr);
}

void load_intercept_cidrs(const Field& field, std::vector<Cidr>& cidrs) {
  field.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    const auto cidr = Cidr::parse(*given, true);
    if (!cidr) return element.fail(cidr.error().message);
    add_cidr(element, *cidr, cidrs);
  });
}

}  // namespace

std::span<const FieldDoc> intercept_fields() {
  return kFields;
}

void load_intercept(const Field& field, Configuration& configuration) {
  if (!field || !field.map(kNames)) return;
  const Field port_field = field["port"];
  const Field cidrs = field["cidrs"];
  const Field dns_port = field["dnsPort"];
  Intercept intercept;
  const auto port = load_port_or_none(port_field);
  intercept.dns_port = load_port_or_none(dns_port);
  load_intercept_cidrs(cidrs, intercept.cidrs);
  if (!port) {
    if (intercept.dns_port || !cidrs.none_listed()) port_field.fail_required();
    return;
  }
  intercept.port = *port;
  if (cidrs.none_listed()) {
    for (const Cidr& cidr : configuration.service_cidrs) add_cidr(cidrs, cidr, intercept.cidrs);
  }
  if (intercept.dns_port == port) return dns_port.fail("must be another port than intercept.port");
  configuration.intercept = std::move(intercept);
}

}  // namespace naru::config
