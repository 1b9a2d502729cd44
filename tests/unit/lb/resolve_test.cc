#include "lb/resolve.h"

#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using config::EndpointSlice;
using config::SliceEndpoint;
using Slices = std::vector<std::shared_ptr<const EndpointSlice>>;

/// One letter per endpoint as in "r 10.0.0.1": r ready, t terminating and serving, x terminating, n not ready though
/// serving (as a slice that says only `ready: false` is read).
SliceEndpoint member(const std::string& text) {
  SliceEndpoint made;
  made.addresses = {ip(text.substr(2))};
  made.target_pod = text;
  made.ready = text[0] == 'r';
  made.serving = text[0] != 'x';
  made.terminating = text[0] == 't' || text[0] == 'x';
  return made;
}

std::shared_ptr<EndpointSlice> slice(const Texts& members, int port = 8080, const std::string& name = "") {
  auto made = std::make_shared<EndpointSlice>();
  made->ports = {{name, Protocol::tcp, std::nullopt, ""}};
  if (port != 0) made->ports[0].port = Port(static_cast<std::uint16_t>(port));
  for (const auto& text : members) made->endpoints.push_back(member(text));
  return made;
}

/// "r 10.0.0.1:8080", by the Pod's letter.
Texts resolved(const Slices& slices, bool publish = false, const config::ServicePort& port = service_port(80)) {
  Texts all;
  for (const auto& one : resolve_endpoints(port, slices, publish)) {
    all.push_back(one.pod.substr(0, 2) + one.address.to_string());
  }
  return all;
}

TEST_CASE("endpoints of all slices, sorted by address") {
  CHECK(resolved({}).empty());
  CHECK(resolved({slice({})}).empty());
  CHECK(resolved({slice({"r 10.0.0.9", "r fd00::1"}), slice({"n 10.0.0.2"}, 81)}) ==
        Texts{"n 10.0.0.2:81", "r 10.0.0.9:8080", "r [fd00::1]:8080"});
}

TEST_CASE("a port is found by name and protocol") {
  config::ServicePort http = service_port(80);
  http.name = "http";
  config::ServicePort udp = http;
  udp.protocol = Protocol::udp;
  const Slices slices = {slice({"r 10.0.0.1"}, 8080, "http"), slice({"r 10.0.0.2"}, 8081, "admin")};
  CHECK(resolved(slices, false, http) == Texts{"r 10.0.0.1:8080"});
  CHECK(resolved(slices, false, udp).empty());
  CHECK(resolved(slices).empty());
}

TEST_CASE("a slice port without a number means the Service's own") {
  CHECK(resolved({slice({"r 10.0.0.1"}, 0)}) == Texts{"r 10.0.0.1:80"});
}

TEST_CASE("of one endpoint in two slices, the entry that may be used best stands, whatever the order") {
  struct Row {
    const char* better;
    const char* worse;
  };
  constexpr Row kRows[] = {{"r", "t"}, {"r", "n"}, {"r", "x"}, {"t", "x"}, {"t", "n"}};
  for (const Row& row : kRows) {
    const auto better = slice({row.better + std::string(" 10.0.0.1")});
    const auto worse = slice({row.worse + std::string(" 10.0.0.1")});
    const Texts expected = {row.better + std::string(" 10.0.0.1:8080")};
    CHECK(resolved({better, worse}) == expected);
    CHECK(resolved({worse, better}) == expected);
  }
}

TEST_CASE("of equal entries the first stands") {
  const auto first = slice({"r 10.0.0.1"});
  const auto second = slice({"r 10.0.0.1"});
  const auto all = resolve_endpoints(service_port(80), Slices{first, second}, false);
  REQUIRE(all.size() == 1);
  CHECK(all[0].slice == first.get());
}

TEST_CASE("one address with two ports is two endpoints") {
  CHECK(resolved({slice({"r 10.0.0.1"}, 1), slice({"r 10.0.0.1"}, 2)}) == Texts{"r 10.0.0.1:1", "r 10.0.0.1:2"});
}

TEST_CASE("further addresses of an endpoint are the same endpoint; one without any is none; names are not addresses") {
  auto several = slice({"r 10.0.0.1"});
  several->endpoints[0].addresses.push_back(ip("10.0.0.2"));
  several->endpoints.emplace_back();
  auto names = slice({"r 10.0.0.7"});
  names->address_type = config::AddressType::fqdn;
  CHECK(resolved({several, names}) == Texts{"r 10.0.0.1:8080"});
}

TEST_CASE("an endpoint knows its slice and its place there") {
  const auto second = slice({"r 10.0.0.5", "r 10.0.0.1"});
  const auto all = resolve_endpoints(service_port(80), Slices{slice({"r 10.0.0.3"}), second}, false);
  REQUIRE(all.size() == 3);
  CHECK(all[0].slice == second.get());
  CHECK(all[0].index == 1);
  CHECK(all[2].index == 0);
}

TEST_CASE("publishNotReadyAddresses makes every endpoint ready and serving, and hides no shutting down") {
  const auto all = resolve_endpoints(service_port(80), Slices{slice({"n 10.0.0.1", "x 10.0.0.2"})}, true);
  REQUIRE(all.size() == 2);
  for (const auto& one : all) CHECK((one.ready && one.serving));
  CHECK_FALSE(all[0].terminating);
  CHECK(all[1].terminating);
}

}  // namespace
}  // namespace naru::lb
