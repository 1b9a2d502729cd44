// The section `intercept` of NaruConfiguration.
#include <catch2/catch.hpp>

#include "config/configuration.h"
#include "loading.h"

namespace naru::config {
namespace {

using testing::lines_of;

LoadedConfiguration load(const std::string& text) {
  const std::string head = "apiVersion: naru.io/v1alpha1\nkind: NaruConfiguration\n";
  return load_configuration(head + text, "naru.yaml", {0, "host", "/root", "", ""});
}

std::vector<std::string> words(const std::vector<Cidr>& cidrs) {
  std::vector<std::string> all;
  for (const Cidr& cidr : cidrs) all.push_back(cidr.to_string());
  return all;
}

TEST_CASE("nothing is intercepted unless a port is given") {
  for (const char* text : {"", "intercept: {}\n", "intercept: {port: 0}\n", "intercept: {port: 0, dnsPort: 0}\n"}) {
    const auto loaded = load(text);
    CAPTURE(text);
    CHECK(loaded.errors.empty());
    CHECK_FALSE(loaded.value.intercept);
  }
}

TEST_CASE("the service CIDRs are intercepted by default") {
  const auto loaded = load("serviceCIDRs: [10.96.0.0/12, 'fd00:96::/112']\nintercept: {port: 15001}\n");
  CHECK(lines_of(loaded.errors).empty());
  REQUIRE(loaded.value.intercept);
  CHECK(loaded.value.intercept->port == Port(15001));
  CHECK(words(loaded.value.intercept->cidrs) == std::vector<std::string>{"10.96.0.0/12", "fd00:96::/112"});
  CHECK_FALSE(loaded.value.intercept->dns_port);
}

TEST_CASE("other addresses may be intercepted, and DNS") {
  const auto loaded = load("intercept: {port: 15001, cidrs: [10.96.0.0/12, 192.0.2.0/24], dnsPort: 1053}\n");
  CHECK(lines_of(loaded.errors).empty());
  REQUIRE(loaded.value.intercept);
  CHECK(words(loaded.value.intercept->cidrs) == std::vector<std::string>{"10.96.0.0/12", "192.0.2.0/24"});
  CHECK(loaded.value.intercept->dns_port == Port(1053));
}

TEST_CASE("what cannot be intercepted is a mistake") {
  struct Row {
    const char* text;
    const char* line;
  };
  const auto row = GENERATE(values<Row>({
      {"intercept: {port: 15001}\n",
       "naru.yaml:3: intercept.cidrs: 127.96.0.0/12 is on loopback, where naru listens itself: there is nothing to "
       "intercept"},
      {"intercept: {port: 15001, cidrs: [10.0.0.0/8]}\n",
       "naru.yaml:3: intercept.cidrs[0]: 10.0.0.0/8 is too large to be intercepted: a prefix has at least 9 bits"},
      {"intercept: {port: 15001, cidrs: [10.96.0.0/12, 10.224.0.0/16]}\n",
       "naru.yaml:3: intercept.cidrs[1]: 10.224.0.0/16: datagrams to it and to 10.96.0.0/12 could not be told apart "
       "once they are intercepted"},
      {"intercept: {dnsPort: 1053}\n", "naru.yaml:3: intercept.port: Required value"},
      {"intercept: {port: 70000, cidrs: [10.96.0.0/12]}\n", "naru.yaml:3: intercept.port: 70000 is outside 1..65535"},
      {"intercept: {port: 1053, dnsPort: 1053, cidrs: [10.96.0.0/12]}\n",
       "naru.yaml:3: intercept.dnsPort: must be another port than intercept.port"},
  }));
  const auto lines = lines_of(load(row.text).errors);
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.front() == row.line);
}

}  // namespace
}  // namespace naru::config
