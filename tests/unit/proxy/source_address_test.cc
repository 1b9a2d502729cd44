#include "proxy/source_address.h"

#include <catch2/catch.hpp>

namespace naru::proxy {
namespace {

struct Row {
  const char* sentence;
  const char* client;
  const char* address;
  const char* endpoint;
  const char* node;  // of the endpoint
  bool available;
  SourceVerdict verdict;
};

Origins origins() {
  const auto cidr = [](const char* text) { return *Cidr::parse(text); };
  return {CidrSet({cidr("192.168.1.101/32"), cidr("fd00:1::101/128")}),
          CidrSet({cidr("10.244.0.0/16")}),
          {cidr("10.244.1.0/24"), cidr("192.168.1.0/24")}};
}

TEST_CASE("an endpoint sees the client's address where its answers will come through this host") {
  const Row row = GENERATE(
      Row{"a pod of this node", "198.51.100.10", "203.0.113.5", "10.244.1.2", "w1-k8s", true, SourceVerdict::client},
      Row{"a server that no node is known of: its way back is the operator's affair", "198.51.100.10", "203.0.113.5",
          "172.16.0.9", "", true, SourceVerdict::client},
      Row{"IPv6", "fd00:51::10", "fd00:113::5", "fd00:244:1::2", "w1-k8s", true, SourceVerdict::client},
      Row{"another node's pod asks a pod", "10.244.2.3", "10.96.0.1", "10.244.1.2", "w1-k8s", true,
          SourceVerdict::client},
      Row{"a pod asks a pod on the same bridge", "10.244.1.3", "10.96.0.1", "10.244.1.2", "w1-k8s", true,
          SourceVerdict::neighbours},
      Row{"client and server are on one of the host's networks", "192.168.1.9", "203.0.113.5", "192.168.1.50", "", true,
          SourceVerdict::neighbours},
      Row{"a pod of another node", "198.51.100.10", "203.0.113.5", "10.244.2.2", "w2-k8s", true,
          SourceVerdict::remote_endpoint},
      Row{"a pod asks itself", "10.244.1.2", "10.96.0.1", "10.244.1.2", "w1-k8s", true, SourceVerdict::hairpin},
      Row{"this node asks", "192.168.1.101", "203.0.113.5", "10.244.1.2", "w1-k8s", true, SourceVerdict::own_client},
      Row{"this node asks, and is named by the Service's address", "203.0.113.5", "203.0.113.5", "10.244.1.2", "w1-k8s",
          true, SourceVerdict::own_client},
      Row{"from loopback", "127.0.0.1", "127.96.0.1", "10.244.1.2", "w1-k8s", true, SourceVerdict::own_client},
      Row{"from loopback, IPv6", "::1", "fd00:113::5", "fd00:244:1::2", "w1-k8s", true, SourceVerdict::own_client},
      Row{"an endpoint with the node's own address", "198.51.100.10", "203.0.113.5", "192.168.1.101", "w1-k8s", true,
          SourceVerdict::own_endpoint},
      Row{"an endpoint on loopback", "198.51.100.10", "203.0.113.5", "127.0.0.1", "", true,
          SourceVerdict::own_endpoint},
      Row{"without the privilege", "198.51.100.10", "203.0.113.5", "10.244.1.2", "w1-k8s", false,
          SourceVerdict::unavailable},
      Row{"without the privilege it is still another node's", "198.51.100.10", "203.0.113.5", "10.244.2.2", "w2-k8s",
          false, SourceVerdict::remote_endpoint});
  INFO(row.sentence);
  lb::Endpoint endpoint;
  endpoint.address = {*IpAddress::parse(row.endpoint), Port(80)};
  endpoint.node = row.node;
  endpoint.local = endpoint.node == "w1-k8s";
  const Origins known = origins();
  CHECK(source_verdict({known, *IpAddress::parse(row.client), *IpAddress::parse(row.address), endpoint,
                        row.available}) == row.verdict);
}

TEST_CASE("each verdict has a word of its own") {
  for (std::size_t i = 0; i < kSourceVerdicts; ++i) CHECK(to_string(static_cast<SourceVerdict>(i)) != "?");
  CHECK(to_string(static_cast<SourceVerdict>(kSourceVerdicts)) == "?");
}

}  // namespace
}  // namespace naru::proxy
