#include "dns/records.h"

#include "dns/resolv_conf.h"
#include "tests/unit/dns/zone_fixture.h"

namespace naru::dns::test {
namespace {

using Slices = std::vector<std::shared_ptr<const config::EndpointSlice>>;

Slices slices() {
  config::EndpointSlice slice;
  slice.service = "db";
  slice.ports = {{"sql", Protocol::tcp, Port(5432), ""}, {"all", Protocol::tcp, std::nullopt, ""}};
  config::SliceEndpoint ready;
  ready.addresses = {ip("10.1.0.1"), ip("10.1.0.2")};
  ready.hostname = "db-0";
  config::SliceEndpoint waiting;
  waiting.addresses = {ip("10.1.0.3")};
  waiting.ready = false;
  slice.endpoints = {ready, waiting};
  return {std::make_shared<const config::EndpointSlice>(slice)};
}

config::Service service() {
  config::Service service;
  service.meta.name_space = "data";
  service.meta.name = "db";
  service.ports = {{"sql", Protocol::tcp, Port(5432), Port(5432), std::nullopt, "", 0, 0}};
  return service;
}

TEST_CASE("what DNS needs of a Service with a cluster IP") {
  const std::vector<IpAddress> ips{ip("10.96.0.1")};
  const ServiceRecords records = records_of(service(), ips, slices());
  CHECK(records == cluster_ip("data", "db", ips, {{"sql", Protocol::tcp, Port(5432)}}));
  CHECK_FALSE(needs_slices(service()));
}

TEST_CASE("what DNS needs of a headless Service") {
  config::Service headless_service = service();
  headless_service.headless = true;
  CHECK(needs_slices(headless_service));
  const std::vector<PortRecord> ports{{"sql", Protocol::tcp, Port(5432)}};
  std::vector<EndpointRecord> endpoints{
      {ip("10.1.0.1"), "db-0", true, ports}, {ip("10.1.0.2"), "db-0", true, ports}, {ip("10.1.0.3"), "", false, ports}};
  CHECK(records_of(headless_service, {}, slices()) == headless("data", "db", endpoints));
  headless_service.publish_not_ready_addresses = true;
  endpoints[2].ready = true;
  CHECK(records_of(headless_service, {}, slices()) == headless("data", "db", endpoints));
  CHECK(records_of(headless_service, {}, {}).endpoints.empty());
}

TEST_CASE("what DNS needs of an ExternalName Service") {
  config::Service alias = service();
  alias.type = config::ServiceType::external_name;
  alias.external_name = "www.example.com";
  CHECK(records_of(alias, {}, slices()) == external("data", "db", "www.example.com"));
}

TEST_CASE("the upstreams of a resolv.conf") {
  struct Row {
    const char* why;
    const char* text;
    Lines upstreams;
  };
  const Row rows[] = {
      {"empty", "", {}},
      {"one", "nameserver 192.0.2.1", {"192.0.2.1:53"}},
      {"several, in order",
       "# c\nsearch a b\nnameserver 192.0.2.2\nnameserver\t192.0.2.1 \noptions ndots:5\n",
       {"192.0.2.2:53", "192.0.2.1:53"}},
      {"IPv6", "nameserver fd00::1\r\n", {"[fd00::1]:53"}},
      {"twice the same", "nameserver 192.0.2.1\nnameserver 192.0.2.1\n", {"192.0.2.1:53"}},
      {"a comment behind", "nameserver 192.0.2.1 # mine\nnameserver 192.0.2.2;x\n", {"192.0.2.1:53", "192.0.2.2:53"}},
      {"our own", "nameserver 10.96.0.10\nnameserver 192.0.2.1\n", {"192.0.2.1:53"}},
      {"no addresses",
       "nameserver\nnameserver \nnameserver dns.example\nnameservers 192.0.2.1\nnameserver192.0.2.1\n",
       {}},
      {"commented out", "#nameserver 192.0.2.1\n;nameserver 192.0.2.1\n", {}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Lines found;
    for (const auto& upstream : upstreams_of_resolv_conf(row.text, {*SocketAddress::parse("10.96.0.10:53")})) {
      found.push_back(upstream.to_string());
    }
    CHECK(found == row.upstreams);
  }
}

}  // namespace
}  // namespace naru::dns::test
