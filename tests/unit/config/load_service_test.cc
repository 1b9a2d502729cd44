#include <catch2/catch.hpp>

#include "loading.h"

namespace naru::config {
namespace {

using testing::errors_of;
using testing::only;
using testing::service;
using Lines = std::vector<std::string>;

TEST_CASE("a Service with every field is read") {
  const auto s = only<Service>(R"(
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels: {app: web, "example.com/tier": "1"}
  annotations: {metallb.io/address-pool: pool}
  uid: 1-2-3
  creationTimestamp: 2024-01-01T00:00:00Z
  resourceVersion: "12"
  generation: 3
  ownerReferences: []
  finalizers: [service.kubernetes.io/load-balancer-cleanup]
  managedFields: []
spec:
  type: LoadBalancer
  clusterIP: 127.96.0.10
  clusterIPs: [127.96.0.10, "fd00::10"]
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: http, nodePort: 30080, appProtocol: http}
  - {name: dns, port: 53, targetPort: 5353, protocol: UDP}
  externalIPs: [127.0.50.1]
  sessionAffinity: ClientIP
  sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}
  externalTrafficPolicy: Local
  internalTrafficPolicy: Local
  healthCheckNodePort: 32000
  publishNotReadyAddresses: true
  allocateLoadBalancerNodePorts: false
  loadBalancerClass: naru.io/lb
  loadBalancerIP: 192.0.2.1
  loadBalancerSourceRanges: [" 10.0.0.0/8 ", "fd00::/8"]
  trafficDistribution: PreferClose
status:
  loadBalancer: {ingress: [{ip: 192.0.2.1, ipMode: Proxy, ports: []}, {hostname: lb.example.com}]}
  conditions: []
)");
  CHECK(s->meta.name == "web");
  CHECK(s->meta.name_space == "shop");
  CHECK(s->meta.labels.at("example.com/tier") == "1");
  CHECK(s->meta.annotations.at("metallb.io/address-pool") == "pool");
  CHECK(s->meta.uid == "1-2-3");
  CHECK(s->meta.creation_timestamp == "2024-01-01T00:00:00Z");
  CHECK(s->meta.location.to_string() == "t.yaml:2");
  CHECK(s->type == ServiceType::load_balancer);
  REQUIRE(s->cluster_ips.size() == 2);
  CHECK(s->cluster_ips[1].to_string() == "fd00::10");
  CHECK(s->ip_families == std::vector{Family::ipv4, Family::ipv6});
  CHECK(s->ip_family_policy == IpFamilyPolicy::require_dual_stack);
  REQUIRE(s->ports.size() == 2);
  CHECK(std::get<std::string>(s->ports[0].target_port) == "http");
  CHECK(s->ports[0].node_port == Port(30080));
  CHECK(s->ports[0].app_protocol == "http");
  CHECK(s->ports[1].protocol == Protocol::udp);
  CHECK(std::get<Port>(s->ports[1].target_port) == Port(5353));
  CHECK(s->ports[1].line == 25);
  CHECK(s->external_ips.at(0).to_string() == "127.0.50.1");
  CHECK(s->client_ip_affinity);
  CHECK(s->affinity_timeout == std::chrono::seconds(60));
  CHECK(s->external_traffic_policy == TrafficPolicy::local);
  CHECK(s->internal_traffic_policy == TrafficPolicy::local);
  CHECK(s->health_check_node_port == Port(32000));
  CHECK(s->publish_not_ready_addresses);
  CHECK_FALSE(s->allocate_load_balancer_node_ports);
  CHECK(s->load_balancer_class == "naru.io/lb");
  CHECK(s->load_balancer_ip->to_string() == "192.0.2.1");
  REQUIRE(s->load_balancer_source_ranges.size() == 2);
  CHECK(s->load_balancer_source_ranges[0].to_string() == "10.0.0.0/8");
  CHECK(s->traffic_distribution == "PreferClose");
  REQUIRE(s->ingress.size() == 2);
  CHECK(s->ingress[0].proxy_mode);
  CHECK(s->ingress[1].hostname == "lb.example.com");
  CHECK(s->cluster_ip_line == 18);
  CHECK(s->load_balancer_ip_line == 35);
  CHECK(s->external_ips_line == 26);
}

TEST_CASE("the defaults are the API's") {
  const auto s = only<Service>("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n");
  CHECK(s->meta.name_space == "default");
  CHECK(s->type == ServiceType::cluster_ip);
  CHECK(std::get<Port>(s->ports.at(0).target_port) == Port(80));
  CHECK(s->ports[0].protocol == Protocol::tcp);
  CHECK(s->affinity_timeout == std::chrono::seconds(10800));
  CHECK(s->allocate_load_balancer_node_ports);
  CHECK(s->cluster_ips.empty());
  CHECK_FALSE(s->headless);
  CHECK_FALSE(s->ip_family_policy.has_value());
}

TEST_CASE("nothing in a field is as if it were not there") {
  const auto s = only<Service>(
      service("  type:\n  clusterIP: \"\"\n  clusterIPs: []\n  externalIPs: null\n  loadBalancerIP: \"\"\n"
              "  externalName: ''\n  healthCheckNodePort: 0\n  externalTrafficPolicy: \"\"\n"
              "  ports: [{port: 80, nodePort: 0, name: '', protocol: ''}]\n"));
  CHECK(s->type == ServiceType::cluster_ip);
  CHECK_FALSE(s->ports.at(0).node_port.has_value());
}

TEST_CASE("headless and ExternalName Services need no ports") {
  CHECK(only<Service>(service("  clusterIP: None\n"))->headless);
  CHECK(only<Service>(service("  clusterIP: None\n  clusterIPs: [None]\n  ipFamilies: [IPv4, IPv6]\n"))->headless);
  CHECK(only<Service>(service("  type: ExternalName\n  externalName: db.example.com.\n"))->external_name ==
        "db.example.com.");
}

TEST_CASE("two families without a policy are a dual-stack Service") {
  CHECK(only<Service>(service("  ipFamilies: [IPv6, IPv4]\n  ports: [{port: 80}]\n"))->ip_family_policy ==
        IpFamilyPolicy::require_dual_stack);
}

TEST_CASE("each rule of a Service is reported at its line and field, in the words of kube-apiserver") {
  struct Row {
    const char* spec;
    Lines errors;  // after "t.yaml:", and with "@" for " Service shop/web: spec"
  };
  const Row rows[] = {
      // ports
      {"  selector: {a: b}\n", {"4:@.ports: Required value"}},
      {"  ports: []\n", {"5:@.ports: Required value"}},
      {"  ports: 80\n", {"5:@.ports: wants a list, but has the number 80"}},
      {"  ports: [80]\n", {"5:@.ports[0]: wants a map, but has the number 80"}},
      {"  ports:\n  - name: x\n", {"6:@.ports[0].port: Required value"}},
      {"  ports:\n  - port: \"80\"\n",
       {"6:@.ports[0].port: wants a whole number, but has the string \"80\": remove the quotes"}},
      {"  ports:\n  - port: http\n", {"6:@.ports[0].port: wants a whole number, but has the string \"http\""}},
      {"  ports:\n  - port: 80.5\n", {"6:@.ports[0].port: wants a whole number, but has the number 80.5"}},
      {"  ports:\n  - port: 0\n", {"6:@.ports[0].port: 0 is outside 1..65535"}},
      {"  ports:\n  - port: 70000\n", {"6:@.ports[0].port: 70000 is outside 1..65535"}},
      {"  ports:\n  - {port: 65535}\n", {}},
      {"  ports:\n  - {port: 80, name: 80}\n",
       {"6:@.ports[0].name: wants a string, but has the number 80: put it in quotes"}},
      {"  ports:\n  - {port: 80, name: Web_1}\n",
       {"6:@.ports[0].name: \"Web_1\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters "
        "or '-', and must start and end "
        "with an alphanumeric character"}},
      {"  ports:\n  - port: 80\n  - {port: 81, name: b}\n", {"6:@.ports[0].name: Required value"}},
      {"  ports:\n  - {port: 80, name: a}\n  - {port: 81, name: a}\n", {"7:@.ports[1].name: Duplicate value: \"a\""}},
      {"  ports:\n  - {port: 80, name: a}\n  - {port: 80, name: b}\n", {"7:@.ports[1]: Duplicate value: TCP 80"}},
      {"  ports:\n  - {port: 80, name: a}\n  - {port: 80, name: b, protocol: UDP}\n", {}},
      {"  ports:\n  - {port: 80, protocol: tcp}\n",
       {"6:@.ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\""}},
      {"  ports:\n  - {port: 80, targetPort: 0}\n", {"6:@.ports[0].targetPort: 0 is outside 1..65535"}},
      {"  ports:\n  - {port: 80, targetPort: \"8080\"}\n",
       {"6:@.ports[0].targetPort: \"8080\": must contain at least one letter (a-z)"}},
      {"  ports:\n  - {port: 80, targetPort: a--b}\n",
       {"6:@.ports[0].targetPort: \"a--b\": must not contain consecutive hyphens"}},
      {"  ports:\n  - {port: 80, targetPort: abcdefghijklmnop}\n",
       {"6:@.ports[0].targetPort: \"abcdefghijklmnop\": must be no more than 15 characters"}},
      {"  ports:\n  - {port: 80, targetPort: [1]}\n",
       {"6:@.ports[0].targetPort: wants a whole number, but has a list"}},
      {"  ports:\n  - {port: 80, tragetPort: 81}\n",
       {"6:@.ports[0].tragetPort: unknown field; did you mean \"targetPort\"?"}},
      {"  ports:\n  - {port: 80, xyzzy: 81}\n", {"6:@.ports[0].xyzzy: unknown field"}},
      {"  ports:\n  - {port: 80, nodePort: 30080}\n",
       {"6:@.ports[0].nodePort: may not be used when `type` is 'ClusterIP'"}},
      {"  type: NodePort\n  ports:\n  - {port: 80, nodePort: -1}\n", {"7:@.ports[0].nodePort: -1 is outside 1..65535"}},
      {"  type: NodePort\n  ports:\n  - {port: 80, nodePort: 30080, name: a}\n  - {port: 81, nodePort: 30080, name: "
       "b}\n",
       {"8:@.ports[1].nodePort: Duplicate value: TCP 30080"}},
      {"  type: NodePort\n  ports:\n  - {port: 80, nodePort: 30080, name: a}\n  - {port: 80, nodePort: 30080, name: b, "
       "protocol: UDP}\n",
       {}},
      {"  type: LoadBalancer\n  ports: [{port: 10250}]\n",
       {"6:@.ports[0].port: may not expose port 10250 externally since it is used by kubelet"}},
      // type
      {"  type: Clusterip\n  ports: [{port: 80}]\n",
       {"5:@.type: Unsupported value: \"Clusterip\": supported values: \"ClusterIP\", \"ExternalName\", "
        "\"LoadBalancer\", \"NodePort\""}},
      {"  type: NodePort\n  clusterIP: None\n  ports: [{port: 80}]\n",
       {"6:@.clusterIP: may not be set to 'None' for NodePort services"}},
      {"  type: LoadBalancer\n  clusterIP: None\n  ports: [{port: 80}]\n",
       {"6:@.clusterIP: may not be set to 'None' for LoadBalancer services"}},
      {"  type: ExternalName\n", {"4:@.externalName: Required value"}},
      {"  type: ExternalName\n  externalName: -x\n",
       {"6:@.externalName: \"-x\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
        "'-' or '.', and must start and "
        "end with an alphanumeric character"}},
      {"  type: ExternalName\n  externalName: x.y\n  clusterIP: 10.0.0.1\n",
       {"7:@.clusterIP: may not be set for ExternalName services"}},
      // cluster IPs
      {"  clusterIP: 10.0.0.300\n  ports: [{port: 80}]\n",
       {"5:@.clusterIP: \"10.0.0.300\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"}},
      {"  clusterIP: 10.0.0.1\n  clusterIPs: [10.0.0.2]\n  ports: [{port: 80}]\n",
       {"6:@.clusterIPs[0]: \"10.0.0.2\": first value must match `clusterIP`"}},
      {"  clusterIPs: [10.0.0.2]\n  ports: [{port: 80}]\n",
       {"5:@.clusterIPs: must be empty when `clusterIP` is not specified"}},
      {"  clusterIP: 10.0.0.1\n  clusterIPs: [10.0.0.1, 10.0.0.2]\n  ports: [{port: 80}]\n",
       {"6:@.clusterIPs[1]: \"10.0.0.2\": may specify no more than one IP for each IP family"}},
      {"  clusterIP: None\n  clusterIPs: [None, 10.0.0.1]\n",
       {"6:@.clusterIPs[0]: 'None' must be the first and only value"}},
      {"  clusterIP: 10.0.0.1\n  clusterIPs: [10.0.0.1, 'fd00::1', 'fd00::2']\n  ports: [{port: 80}]\n",
       {"6:@.clusterIPs: may only hold up to 2 values"}},
      {"  clusterIP: fd00::1\n  ipFamilies: [IPv4]\n  ports: [{port: 80}]\n",
       {"5:@.clusterIP: \"fd00::1\": expected an IPv4 value as indicated by `ipFamilies[0]`"}},
      // families
      {"  ipFamilies: [ipv4]\n  ports: [{port: 80}]\n",
       {"5:@.ipFamilies[0]: Unsupported value: \"ipv4\": supported values: \"IPv4\", \"IPv6\""}},
      {"  ipFamilies: [IPv4, IPv4]\n  ports: [{port: 80}]\n", {"5:@.ipFamilies: Duplicate value: \"IPv4\""}},
      {"  ipFamilyPolicy: SingleStack\n  ipFamilies: [IPv4, IPv6]\n  ports: [{port: 80}]\n",
       {"5:@.ipFamilyPolicy: must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"}},
      {"  ipFamilyPolicy: Dual\n  ports: [{port: 80}]\n",
       {"5:@.ipFamilyPolicy: Unsupported value: \"Dual\": supported values: \"SingleStack\", \"PreferDualStack\", "
        "\"RequireDualStack\""}},
      // external IPs: loopback is served
      {"  externalIPs: [127.0.0.9, '::1']\n  ports: [{port: 80}]\n", {}},
      {"  externalIPs: [0.0.0.0]\n  ports: [{port: 80}]\n",
       {"5:@.externalIPs[0]: \"0.0.0.0\": may not be unspecified (0.0.0.0 or ::)"}},
      {"  externalIPs: [169.254.1.1]\n  ports: [{port: 80}]\n",
       {"5:@.externalIPs[0]: \"169.254.1.1\": may not be in the link-local range (169.254.0.0/16, fe80::/10)"}},
      {"  externalIPs: ['ff02::1']\n  ports: [{port: 80}]\n",
       {"5:@.externalIPs[0]: \"ff02::1\": may not be in the multicast range (224.0.0.0/4, ff00::/8)"}},
      // affinity
      {"  sessionAffinity: clientip\n  ports: [{port: 80}]\n",
       {"5:@.sessionAffinity: Unsupported value: \"clientip\": supported values: \"ClientIP\", \"None\""}},
      {"  sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}\n  ports: [{port: 80}]\n",
       {"5:@.sessionAffinityConfig: must not be set when session affinity is None"}},
      {"  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}\n  ports: [{port: 80}]\n",
       {"6:@.sessionAffinityConfig.clientIP.timeoutSeconds: 0: must be greater than 0 and less than or equal to "
        "86400"}},
      {"  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}\n  ports: [{port: "
       "80}]\n",
       {}},
      {"  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}\n  ports: [{port: "
       "80}]\n",
       {"6:@.sessionAffinityConfig.clientIP.timeoutSeconds: 86401: must be greater than 0 and less than or equal to "
        "86400"}},
      // traffic policies
      {"  externalTrafficPolicy: Local\n  ports: [{port: 80}]\n",
       {"5:@.externalTrafficPolicy: may only be set for externally-accessible services"}},
      {"  externalTrafficPolicy: Local\n  externalIPs: [10.0.0.1]\n  ports: [{port: 80}]\n", {}},
      {"  internalTrafficPolicy: local\n  ports: [{port: 80}]\n",
       {"5:@.internalTrafficPolicy: Unsupported value: \"local\": supported values: \"Cluster\", \"Local\""}},
      {"  trafficDistribution: Close\n  ports: [{port: 80}]\n",
       {"5:@.trafficDistribution: Unsupported value: \"Close\": supported values: \"PreferClose\", \"PreferSameZone\", "
        "\"PreferSameNode\""}},
      // load balancers
      {"  loadBalancerSourceRanges: [10.0.0.0/8]\n  ports: [{port: 80}]\n",
       {"5:@.loadBalancerSourceRanges: may only be used when type is 'LoadBalancer'"}},
      {"  loadBalancerClass: a/b\n  ports: [{port: 80}]\n",
       {"5:@.loadBalancerClass: may only be used when type is 'LoadBalancer'"}},
      {"  allocateLoadBalancerNodePorts: true\n  ports: [{port: 80}]\n",
       {"5:@.allocateLoadBalancerNodePorts: may only be used when type is 'LoadBalancer'"}},
      {"  type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.1]\n  ports: [{port: 80}]\n",
       {"6:@.loadBalancerSourceRanges[0]: \"10.0.0.1\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or "
        "2001:db8::/64)"}},
      {"  type: LoadBalancer\n  healthCheckNodePort: 31000\n  ports: [{port: 80}]\n",
       {"6:@.healthCheckNodePort: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
        "'Local'"}},
      // types of values
      {"  publishNotReadyAddresses: \"true\"\n  ports: [{port: 80}]\n",
       {"5:@.publishNotReadyAddresses: wants true or false, but has the string \"true\""}},
      {"  publishNotReadyAddresses: 1\n  ports: [{port: 80}]\n",
       {"5:@.publishNotReadyAddresses: wants true or false, but has the number 1"}},
      {"  selector: {app: true}\n  ports: [{port: 80}]\n",
       {"5:@.selector.app: wants a string, but has the boolean true: put it in quotes"}},
      {"  selector: {app: a b}\n  ports: [{port: 80}]\n",
       {"5:@.selector.app: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', "
        "'_' or '.', and must start and "
        "end with an alphanumeric character"}},
      {"  selector: {a/b/c: x}\n  ports: [{port: 80}]\n",
       {"5:@.selector[\"a/b/c\"]: \"a/b/c\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
        "must start and end with an "
        "alphanumeric character"}},
      {"  prots: [{port: 80}]\n  ports: [{port: 80}]\n", {"5:@.prots: unknown field; did you mean \"ports\"?"}},
      // all at once
      {"  type: Nope\n  ports:\n  - port: 0\n  - {port: 70000, name: b}\n",
       {"5:@.type: Unsupported value: \"Nope\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", "
        "\"NodePort\"",
        "7:@.ports[0].port: 0 is outside 1..65535", "8:@.ports[1].port: 70000 is outside 1..65535",
        "7:@.ports[0].name: Required value"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.spec);
    Lines wanted;
    for (std::string line : row.errors) {
      line.replace(line.find('@'), 1, " Service shop/web: spec");
      wanted.push_back("t.yaml:" + line);
    }
    CHECK(errors_of(service(row.spec)) == wanted);
  }
}

TEST_CASE("what is wrong with an object's name and labels is reported") {
  struct Row {
    const char* text;
    Lines errors;
  };
  const Row rows[] = {
      {"apiVersion: v1\nkind: Service\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:1: Service default/(no name): metadata: Required value"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service default/(no name): metadata.name: Required value"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: 1a}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service default/1a: metadata.name: \"1a\": a DNS-1035 label must consist of lower case alphanumeric "
        "characters or '-', start with an "
        "alphabetic character, and end with an alphanumeric character"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: A.b}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service A.b/a: metadata.namespace: \"A.b\": a lowercase RFC 1123 label must consist of lower case "
        "alphanumeric characters or '-', and "
        "must start and end with an alphanumeric character"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a, label: {}}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service default/a: metadata.label: unknown field; did you mean \"labels\"?"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {x: 1.10}}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service default/a: metadata.labels.x: wants a string, but has the number 1.10: put it in quotes"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a, deletionTimestamp: soon}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service default/a: metadata.deletionTimestamp: \"soon\": must be a time as in "
        "2006-01-02T15:04:05Z"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", {"t.yaml:1: Service default/a: spec: Required value"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: 5\n",
       {"t.yaml:4: Service default/a: spec: wants a map, but has the number 5"}},
      {"apiVersion: v1\nkind: Service\nmetadata: {name: \"a\\nb\"}\nspec: {ports: [{port: 80}]}\n",
       {"t.yaml:3: Service default/\"a\\x0ab\": metadata.name: \"a\\x0ab\": a DNS-1035 label must consist of lower "
        "case alphanumeric characters or '-', "
        "start with an alphabetic character, and end with an alphanumeric character"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(errors_of(row.text) == row.errors);
  }
}

TEST_CASE("the faults of one object are listed up to a bound") {
  std::string ports;
  for (int i = 0; i < 500; ++i) ports += "  - {port: 0, name: p" + std::to_string(i) + "}\n";
  const auto errors = errors_of(service("  ports:\n" + ports));
  CHECK(errors.size() == 100);
  CHECK(errors.back().find("has more faults, which are not listed") != std::string::npos);
}

}  // namespace
}  // namespace naru::config
