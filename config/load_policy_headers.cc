#include <array>

#include "config/policy_fields.h"

namespace naru::config {
void load_headers(const Field& field, HeaderPolicy& headers) {
  constexpr std::array<std::string_view, 5> kFields = {"xForwarded", "forwarded", "via", "requestId", "trustedCIDRs"};
  if (!field.map(kFields)) return;
  headers.x_forwarded = field["xForwarded"].boolean();
  headers.forwarded = field["forwarded"].boolean();
  headers.via = field["via"].boolean();
  headers.request_id = field["requestId"].boolean();
  headers.trusted = load_cidrs(field["trustedCIDRs"]);
}

}  // namespace naru::config
