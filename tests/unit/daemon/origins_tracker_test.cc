#include "daemon/origins_tracker.h"

#include <catch2/catch.hpp>

namespace naru::daemon {
namespace {

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

OriginsTracker::Nodes nodes(const char* address, const std::vector<const char*>& pod_cidrs) {
  auto node = std::make_shared<config::Node>();
  node->meta.name = "w1-k8s";
  node->addresses.push_back({config::NodeAddressType::internal_ip, ip(address)});
  for (const char* cidr : pod_cidrs) node->pod_cidrs.push_back(*Cidr::parse(cidr));
  return {{"w1-k8s", node}};
}

TEST_CASE("a host's addresses and those of its Node object are the node's") {
  OriginsTracker tracker({});
  tracker.set_host({ip("192.168.1.101"), ip("127.0.0.1"), ip("fe80::1")}, {});
  tracker.set_nodes(nodes("10.0.0.101", {}), "w1-k8s");
  const auto known = tracker.origins();
  CHECK(known->node.contains(ip("192.168.1.101")));
  CHECK(known->node.contains(ip("fe80::1")));
  CHECK(known->node.contains(ip("10.0.0.101")));
  CHECK_FALSE(known->node.contains(ip("10.0.0.102")));
}

struct Row {
  const char* sentence;
  const char* address;  // of the Node object
  const char* own;
  bool own_loopback;
};

TEST_CASE("loopback addresses are the node's where nodes are known by others") {
  const Row row = GENERATE(Row{"a node on a network", "192.168.1.101", "w1-k8s", true},
                           Row{"nodes that share the loopback interface", "127.0.1.101", "w1-k8s", false},
                           Row{"no Node object", "192.168.1.101", "another", false});
  INFO(row.sentence);
  OriginsTracker tracker({});
  tracker.set_host({ip("127.0.0.1"), ip("::1")}, {});
  tracker.set_nodes(nodes(row.address, {}), row.own);
  CHECK(tracker.origins()->node.contains(ip("127.0.0.1")) == row.own_loopback);
  CHECK(tracker.origins()->node.contains(ip("::1")) == row.own_loopback);
}

TEST_CASE("Pods are known by the configuration's prefixes and by the nodes'") {
  OriginsTracker tracker({*Cidr::parse("10.244.0.0/16")});
  tracker.set_nodes(nodes("192.168.1.101", {"10.9.1.0/24", "fd00:244:1::/64"}), "w1-k8s");
  CHECK_FALSE(tracker.wants_pods());
  const auto known = tracker.origins();
  CHECK(known->pods.contains(ip("10.244.7.1")));
  CHECK(known->pods.contains(ip("10.9.1.255")));
  CHECK_FALSE(known->pods.contains(ip("10.9.2.0")));
  CHECK(known->pods.contains(ip("fd00:244:1::9")));
}

TEST_CASE("of a family without prefixes Pods are known one by one") {
  OriginsTracker tracker({*Cidr::parse("10.244.0.0/16")});
  CHECK(tracker.wants_pods());  // IPv6
  tracker.set_pods("Pod a", {ip("fd00::1"), ip("10.1.1.1")});
  CHECK(tracker.origins()->pods.contains(ip("fd00::1")));
  CHECK_FALSE(tracker.origins()->pods.contains(ip("10.1.1.1")));  // IPv4 is known by its prefix
}

TEST_CASE("an address is a Pod's until the last that tells of it is gone") {
  OriginsTracker tracker({});
  tracker.set_pods("Pod a", {ip("10.1.1.1")});
  tracker.set_pods("Service s", {ip("10.1.1.1"), ip("10.1.1.2")});
  tracker.set_pods("Pod a", {});
  CHECK(tracker.origins()->pods.contains(ip("10.1.1.1")));
  tracker.set_pods("Service s", {ip("10.1.1.2")});
  CHECK_FALSE(tracker.origins()->pods.contains(ip("10.1.1.1")));
  CHECK(tracker.origins()->pods.contains(ip("10.1.1.2")));
  tracker.forget_pods();
  CHECK(tracker.origins()->pods.empty());
}

TEST_CASE("what changes nothing leaves the object as it is") {
  OriginsTracker tracker({});
  tracker.set_host({ip("192.168.1.101")}, {});
  tracker.set_pods("Pod a", {ip("10.1.1.1")});
  const auto before = tracker.origins();
  tracker.set_host({ip("192.168.1.101")}, {});
  tracker.set_pods("Service s", {ip("10.1.1.1")});
  CHECK(tracker.origins() == before);
  tracker.set_host({}, {});
  CHECK(tracker.origins() != before);
}

}  // namespace
}  // namespace naru::daemon
