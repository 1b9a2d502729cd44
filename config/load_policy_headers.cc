#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "config/policy_fields.h"

namespace naru::config {
namespace {

std::optional<std::vector<Cidr>> load_trusted(const Field& field) {
  if (!field) return std::nullopt;
  std::vector<Cidr> trusted;
  field.each([&](const Field& element) {
    const auto given = element.text();
    if (!given) return;
    const auto cidr = Cidr::parse(trim(*given));
    if (cidr) return trusted.push_back(*cidr);
    element.fail(fmt::format("{}: must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)", quote(*given)));
  });
  return trusted;
}

}  // namespace

void load_headers(const Field& field, HeaderPolicy& headers) {
  constexpr std::array<std::string_view, 5> kFields = {"xForwarded", "forwarded", "via", "requestId", "trustedCIDRs"};
  if (!field.map(kFields)) return;
  headers.x_forwarded = field["xForwarded"].boolean();
  headers.forwarded = field["forwarded"].boolean();
  headers.via = field["via"].boolean();
  headers.request_id = field["requestId"].boolean();
  headers.trusted = load_trusted(field["trustedCIDRs"]);
}

}  // namespace naru::config
