#include <array>

#include "config/policy_fields.h"

namespace naru::config {

void load_proxy_protocol(const Field& field, ProxyProtocolPolicy& policy) {
  constexpr std::array<std::string_view, 3> kFields = {"accept", "trustedCIDRs", "send"};
  if (!field.map(kFields)) return;
  policy.required = field["accept"].one_of<bool>({{"Required", true}, {"Never", false}});
  policy.trusted = load_cidrs(field["trustedCIDRs"]);
  policy.send =
      field["send"].one_of<ProxyHeaderVersion>({{"V1", ProxyHeaderVersion::v1}, {"V2", ProxyHeaderVersion::v2}});
}

}  // namespace naru::config
