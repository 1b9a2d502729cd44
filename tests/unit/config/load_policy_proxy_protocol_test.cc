// What a ServicePolicy says of the PROXY protocol.
#include <catch2/catch.hpp>

#include "tests/unit/config/loading.h"

namespace naru::config {
namespace {

const std::string kHead =
    "apiVersion: naru.io/v1alpha1\nkind: ServicePolicy\nmetadata: {name: p, namespace: shop}\nspec:\n"
    "  targetRefs: [{kind: Service, name: web}]\n";

TEST_CASE("the PROXY protocol is read") {
  const auto read = testing::only<ServicePolicy>(
      kHead + "  proxyProtocol: {accept: Required, trustedCIDRs: [10.0.0.0/8, \"fd00::/8\"], send: V2}\n");
  CHECK(read->proxy_protocol.required == true);
  REQUIRE(read->proxy_protocol.trusted);
  CHECK(read->proxy_protocol.trusted->size() == 2);
  CHECK(read->proxy_protocol.send == ProxyHeaderVersion::v2);
}

TEST_CASE("without a word of it there is none") {
  const auto read = testing::only<ServicePolicy>(kHead);
  CHECK_FALSE(read->proxy_protocol.required);
  CHECK_FALSE(read->proxy_protocol.trusted);
  CHECK_FALSE(read->proxy_protocol.send);
}

TEST_CASE("mistakes in the PROXY protocol") {
  const std::pair<std::string, std::string> rows[] = {
      {"{accept: Optional}", "accept: Unsupported value: \"Optional\": supported values: \"Required\", \"Never\""},
      {"{send: v1}", "send: Unsupported value: \"v1\": supported values: \"V1\", \"V2\""},
      {"{trustedCIDRs: [10.0.0.1]}",
       "trustedCIDRs[0]: \"10.0.0.1\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"},
      {"{accepts: Required}", "accepts: unknown field; did you mean \"accept\"?"},
  };
  for (const auto& [spec, expected] : rows) {
    INFO(spec);
    const auto errors = testing::errors_of(kHead + "  proxyProtocol: " + spec + "\n");
    REQUIRE(errors.size() == 1);
    CHECK(errors[0] == "t.yaml:6: ServicePolicy shop/p: spec.proxyProtocol." + expected);
  }
}

TEST_CASE("whose address endpoints see is read") {
  CHECK_FALSE(testing::only<ServicePolicy>(kHead)->source_address);
  CHECK(testing::only<ServicePolicy>(kHead + "  sourceAddress: Proxy\n")->source_address == SourceAddress::proxy);
  CHECK(testing::only<ServicePolicy>(kHead + "  sourceAddress: Transparent\n")->source_address ==
        SourceAddress::transparent);
  const auto errors = testing::errors_of(kHead + "  sourceAddress: Client\n");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] ==
        "t.yaml:6: ServicePolicy shop/p: spec.sourceAddress: Unsupported value: \"Client\": supported values: "
        "\"Proxy\", \"Transparent\"");
}

}  // namespace
}  // namespace naru::config
