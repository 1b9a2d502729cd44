#include "proxy/origins.h"

#include <catch2/catch.hpp>

#include "proxy/frontends.h"

namespace naru::proxy {
namespace {

using namespace std::chrono_literals;
using config::TrafficPolicy;

constexpr auto kLocal = TrafficPolicy::local;
constexpr auto kCluster = TrafficPolicy::cluster;

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

/// Of w1-k8s, 192.168.1.101, in a cluster with pods in 10.244.0.0/16.
Origins origins() {
  const auto cidr = [](const char* text) { return *Cidr::parse(text); };
  return {CidrSet({cidr("192.168.1.101/32"), cidr("10.244.1.1/32"), cidr("127.0.0.0/8"), cidr("fd00:1::101/128")}),
          CidrSet({cidr("10.244.0.0/16"), cidr("fd00:244::/32")}),
          {}};
}

struct Client {
  const char* sentence;
  const char* address;  // of the client
  const char* to;
  Origin origin;
};

TEST_CASE("where a client is shows by its address") {
  const Client row =
      GENERATE(Client{"a pod of this node", "10.244.1.7", "10.96.0.1", Origin::pod},
               Client{"a pod of another node", "10.244.9.7", "192.168.1.101", Origin::pod},
               Client{"a pod, over IPv6", "fd00:244:2::7", "fd00:113::5", Origin::pod},
               Client{"this node", "192.168.1.101", "192.168.1.101", Origin::node},
               Client{"this node, over IPv6", "fd00:1::101", "fd00:113::5", Origin::node},
               Client{"this node's end of the pods' link", "10.244.1.1", "10.96.0.1", Origin::node},
               Client{"this node's loopback", "127.0.0.1", "127.0.0.1", Origin::node},
               Client{"this node, as the kernel names it where the Service's address is local by a route",
                      "203.0.113.5", "203.0.113.5", Origin::node},
               Client{"another node", "192.168.1.102", "192.168.1.101", Origin::outside},
               Client{"somebody", "198.51.100.10", "203.0.113.5", Origin::outside},
               Client{"somebody, over IPv6", "2001:db8::1", "fd00:113::5", Origin::outside});
  INFO(row.sentence);
  CHECK(origin_of(origins(), ip(row.address), ip(row.to)) == row.origin);
}

TEST_CASE("where several nodes share the loopback interface anybody may be behind one of its addresses") {
  CHECK(origin_of(Origins{}, ip("127.0.0.1"), ip("127.0.0.1")) == Origin::outside);
  CHECK(origin_of(Origins{}, ip("127.0.0.1"), ip("127.96.0.1")) == Origin::outside);
}

struct Flow {
  FrontendKind kind;
  TrafficPolicy policy;
  Origin origin;
  TrafficPolicy counts;
};

// Every row there is.
TEST_CASE("externalTrafficPolicy Local binds who comes from outside; internalTrafficPolicy everybody") {
  const auto kind = GENERATE(FrontendKind::cluster_ip, FrontendKind::node_port, FrontendKind::load_balancer,
                             FrontendKind::external_ip);
  const auto origin = GENERATE(Origin::outside, Origin::pod, Origin::node);
  const bool inside = origin != Origin::outside;
  const bool external = kind != FrontendKind::cluster_ip;
  CAPTURE(to_string(kind), inside);
  CHECK(policy_for({kind, kCluster, {}}, origin) == kCluster);
  CHECK(policy_for({kind, kLocal, {}}, origin) == (inside && external ? kCluster : kLocal));
}

TEST_CASE("rows of that table, told one by one") {
  const Flow row = GENERATE(Flow{FrontendKind::cluster_ip, kLocal, Origin::pod, kLocal},
                            Flow{FrontendKind::cluster_ip, kLocal, Origin::node, kLocal},
                            Flow{FrontendKind::node_port, kLocal, Origin::pod, kCluster},
                            Flow{FrontendKind::node_port, kLocal, Origin::node, kCluster},
                            Flow{FrontendKind::node_port, kLocal, Origin::outside, kLocal},
                            Flow{FrontendKind::load_balancer, kLocal, Origin::pod, kCluster},
                            Flow{FrontendKind::load_balancer, kLocal, Origin::outside, kLocal},
                            Flow{FrontendKind::external_ip, kLocal, Origin::node, kCluster},
                            Flow{FrontendKind::external_ip, kLocal, Origin::outside, kLocal},
                            Flow{FrontendKind::external_ip, kCluster, Origin::outside, kCluster});
  CHECK(policy_for({row.kind, row.policy, {}}, row.origin) == row.counts);
}

enum class Where { nowhere, here, elsewhere };

struct Row {
  const char* sentence;
  FrontendKind kind;
  TrafficPolicy policy;
  const char* address;
  Where endpoints;
  Audience audience;
};

ServicePort port_with(Where endpoints) {
  ServicePort port;
  if (endpoints != Where::nowhere) port.cluster = {{0}, lb::Tier::ready};
  if (endpoints == Where::here) port.local = port.cluster;
  return port;
}

TEST_CASE("whom an address answers") {
  constexpr auto kNodePort = FrontendKind::node_port;
  constexpr auto kClusterIp = FrontendKind::cluster_ip;
  const Row row = GENERATE(
      Row{"no endpoint: refused", kNodePort, kCluster, "192.0.2.1", Where::nowhere, Audience::nobody},
      Row{"no endpoint, policy Local: refused", kNodePort, kLocal, "192.0.2.1", Where::nowhere, Audience::nobody},
      Row{"policy Cluster, endpoints elsewhere", kNodePort, kCluster, "192.0.2.1", Where::elsewhere,
          Audience::everyone},
      Row{"policy Local, endpoints here", kNodePort, kLocal, "192.0.2.1", Where::here, Audience::everyone},
      Row{"policy Local, endpoints elsewhere", kNodePort, kLocal, "192.0.2.1", Where::elsewhere, Audience::cluster},
      Row{"the same of a load balancer's", FrontendKind::load_balancer, kLocal, "192.0.2.1", Where::elsewhere,
          Audience::cluster},
      Row{"the same on this node's loopback", kNodePort, kLocal, "127.0.0.1", Where::elsewhere, Audience::cluster},
      Row{"internal policy Local, endpoints elsewhere", kClusterIp, kLocal, "10.96.0.1", Where::elsewhere,
          Audience::silence},
      Row{"the same on loopback, where another naru may serve", kClusterIp, kLocal, "127.96.0.1", Where::elsewhere,
          Audience::nobody});
  INFO(row.sentence);
  CHECK(audience_of(port_with(row.endpoints), ip(row.address), {row.kind, row.policy, {}}, origins()) == row.audience);
}

TEST_CASE("on a loopback that nodes share nobody is of the cluster for sure, and another naru may serve") {
  const Frontend local{FrontendKind::node_port, kLocal, {}};
  CHECK(audience_of(port_with(Where::elsewhere), ip("127.0.0.1"), local, {}) == Audience::nobody);
}

struct Held {
  const char* sentence;
  ApplicationProtocol protocol;
  bool hold;
  Audience audience;
};

TEST_CASE("requests may wait for an endpoint, bytes may not") {
  const Held row = GENERATE(Held{"bytes", ApplicationProtocol::tcp, false, Audience::nobody},
                            Held{"bytes cannot be held", ApplicationProtocol::tcp, true, Audience::nobody},
                            Held{"requests", ApplicationProtocol::http, false, Audience::nobody},
                            Held{"HTTP/1 requests wait", ApplicationProtocol::http, true, Audience::everyone},
                            Held{"HTTP/2 requests wait", ApplicationProtocol::http2, true, Audience::everyone},
                            Held{"what may be requests waits", ApplicationProtocol::detect, true, Audience::everyone});
  INFO(row.sentence);
  ServicePort port;
  port.settings.http.protocol = row.protocol;
  if (row.hold) port.settings.http.hold = 5s;
  CHECK(audience_of(port, ip("192.0.2.1"), {}, origins()) == row.audience);
}

TEST_CASE("SCTP is tried to be listened on, so that it is refused with a reason") {
  ServicePort port;
  port.protocol = Protocol::sctp;
  CHECK(audience_of(port, ip("192.0.2.1"), {}, origins()) == Audience::everyone);
}

// ---- what the kernel lets through ----

Binding binding_of(FrontendKind kind, Where endpoints, std::vector<Cidr> ranges = {}) {
  auto port = std::make_shared<ServicePort>(port_with(endpoints));
  port->settings.source_ranges = std::move(ranges);
  auto entry = std::make_shared<PortEntry>();
  entry->current = std::move(port);
  return {{{ip("192.0.2.1"), Port(80)}, Protocol::tcp}, {kind, kLocal, {}}, entry};
}

std::size_t prefixes_in(const std::vector<sock_filter>& program) {
  return program.empty() ? 0 : (program.size() - 1) / 4;  // three statements and a verdict each
}

TEST_CASE("the kernel lets the cluster through where outsiders find no endpoint") {
  CHECK(filter_of(binding_of(FrontendKind::node_port, Where::here), origins()).empty());
  // 192.168.1.101, 10.244.1.1, 127.0.0.0/8; 10.244.0.0/16; the address itself.
  CHECK(prefixes_in(filter_of(binding_of(FrontendKind::node_port, Where::elsewhere), origins())) == 5);
  CHECK(filter_of(binding_of(FrontendKind::cluster_ip, Where::elsewhere), origins()).size() == 1);
}

TEST_CASE("loadBalancerSourceRanges close a load balancer's address to pods too") {
  const std::vector<Cidr> ranges{*Cidr::parse("10.244.1.0/24"), *Cidr::parse("198.51.100.0/24")};
  CHECK(prefixes_in(filter_of(binding_of(FrontendKind::load_balancer, Where::here, ranges), origins())) == 2);
  CHECK(prefixes_in(filter_of(binding_of(FrontendKind::load_balancer, Where::elsewhere, ranges), origins())) == 1);
}

}  // namespace
}  // namespace naru::proxy
