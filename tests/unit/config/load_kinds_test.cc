#include <catch2/catch.hpp>

#include "config/duration.h"
#include "loading.h"

namespace naru::config {
namespace {

using testing::errors_of;
using testing::load;
using testing::only;
using Lines = std::vector<std::string>;

struct Row {
  const char* text;
  Lines errors;  // after "t.yaml:"
};

void check_rows(const std::string& head, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Lines wanted;
    for (const std::string& line : row.errors) wanted.push_back("t.yaml:" + line);
    CHECK(errors_of(head + row.text) == wanted);
  }
}

const std::string kSlice = R"(apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
)";

TEST_CASE("an EndpointSlice is read, with the API's defaults") {
  const auto slice = only<EndpointSlice>(kSlice + R"(addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP, appProtocol: http}, {name: all}]
endpoints:
- addresses: [127.0.1.1, 127.0.1.2]
- addresses: [127.0.1.3]
  conditions: {ready: false, serving: true, terminating: true}
  hostname: a
  nodeName: w1
  zone: z1
  targetRef: {kind: Pod, name: web-abc, namespace: shop, uid: "1"}
  hints: {forZones: [{name: z1}], forNodes: [{name: w1}]}
- addresses: [127.0.1.4]
  conditions: {ready: null}
  targetRef: {kind: Node, name: w1}
)");
  CHECK(slice->service == "web");
  REQUIRE(slice->ports.size() == 2);
  CHECK(slice->ports[0].port == Port(8080));
  CHECK_FALSE(slice->ports[1].port.has_value());
  REQUIRE(slice->endpoints.size() == 3);
  CHECK(slice->endpoints[0].addresses.size() == 2);
  CHECK(slice->endpoints[0].ready);
  CHECK(slice->endpoints[0].serving);
  CHECK_FALSE(slice->endpoints[0].terminating);
  const SliceEndpoint& second = slice->endpoints[1];
  CHECK_FALSE(second.ready);
  CHECK(second.terminating);
  CHECK(second.hostname == "a");
  CHECK(second.node_name == "w1");
  CHECK(second.target_pod == "web-abc");
  CHECK(second.hint_zones == Lines{"z1"});
  CHECK(second.hint_nodes == Lines{"w1"});
  CHECK(slice->endpoints[2].ready);
  CHECK(slice->endpoints[2].target_pod.empty());
}

TEST_CASE("a slice without endpoints is a slice without endpoints") {
  CHECK(only<EndpointSlice>(kSlice + "addressType: IPv6\nendpoints: []\nports: []\n")->endpoints.empty());
  CHECK(only<EndpointSlice>(kSlice + "addressType: IPv6\nendpoints: null\n")->endpoints.empty());
}

TEST_CASE("each rule of an EndpointSlice is reported") {
  std::string hundred_and_one = "addressType: IPv4\nendpoints: [{addresses: [";
  for (int i = 0; i < 101; ++i) hundred_and_one += "10.0.0." + std::to_string(i + 1) + ", ";
  hundred_and_one += "]}]\n";
  check_rows(
      kSlice,
      {
          {"endpoints: []\n", {"1: EndpointSlice shop/web-1: addressType: Required value"}},
          {"addressType: IPV4\n",
           {"4: EndpointSlice shop/web-1: addressType: Unsupported value: \"IPV4\": supported values: \"FQDN\", "
            "\"IPv4\", \"IPv6\""}},
          {"addressType: IPv4\nendpoints: [{}]\n",
           {"5: EndpointSlice shop/web-1: endpoints[0].addresses: Required value: must contain at least 1 address"}},
          {"addressType: IPv4\nendpoints: [{addresses: []}]\n",
           {"5: EndpointSlice shop/web-1: endpoints[0].addresses: Required value: must contain at least 1 address"}},
          {hundred_and_one.c_str(),
           {"5: EndpointSlice shop/web-1: endpoints[0].addresses: Too many: 101: must have at most 100 items"}},
          {"addressType: IPv4\nendpoints:\n- addresses: ['fd00::1']\n",
           {"6: EndpointSlice shop/web-1: endpoints[0].addresses[0]: \"fd00::1\": must be an IPv4 address, as "
            "addressType says"}},
          {"addressType: IPv6\nendpoints:\n- addresses: [10.0.0.1]\n",
           {"6: EndpointSlice shop/web-1: endpoints[0].addresses[0]: \"10.0.0.1\": must be an IPv6 address, as "
            "addressType says"}},
          {"addressType: IPv4\nendpoints:\n- addresses: [web.example.com]\n",
           {"6: EndpointSlice shop/web-1: endpoints[0].addresses[0]: \"web.example.com\": must be a valid IP address, "
            "(e.g. 10.9.8.7 or 2001:db8::ffff)"}},
          {"addressType: IPv4\nendpoints:\n- addresses: [0.0.0.0]\n",
           {"6: EndpointSlice shop/web-1: endpoints[0].addresses[0]: \"0.0.0.0\": may not be unspecified (0.0.0.0 or "
            "::)"}},
          {"addressType: FQDN\nendpoints:\n- addresses: [web.example.com, web.example.com.]\n", {}},
          {"addressType: FQDN\nendpoints:\n- addresses: [web]\n",
           {"6: EndpointSlice shop/web-1: endpoints[0].addresses[0]: \"web\": should be a domain with at least two "
            "segments separated by dots"}},
          {"addressType: IPv4\nendpoints:\n- addresses: [10.0.0.1]\n  conditions: {ready: \"yes\"}\n",
           {"7: EndpointSlice shop/web-1: endpoints[0].conditions.ready: wants true or false, but has the string "
            "\"yes\""}},
          {"addressType: IPv4\nendpoints:\n- addresses: [10.0.0.1]\n  condition: {}\n",
           {"7: EndpointSlice shop/web-1: endpoints[0].condition: unknown field; did you mean \"conditions\"?"}},
          {"addressType: IPv4\nports: [{name: a, port: 1}, {name: a, port: 2}]\n",
           {"5: EndpointSlice shop/web-1: ports[1].name: Duplicate value: \"a\""}},
          {"addressType: IPv4\nports: [{port: 0}]\n",
           {"5: EndpointSlice shop/web-1: ports[0].port: 0 is outside 1..65535"}},
          {"addressType: IPv4\nports: {}\n", {"5: EndpointSlice shop/web-1: ports: wants a list, but has a map"}},
          {"addressType: IPv4\nspec: {}\n", {"5: EndpointSlice shop/web-1: spec: unknown field"}},
      });
}

const std::string kEndpoints = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: web, namespace: shop}\n";

TEST_CASE("each subset of Endpoints is a slice per family, not ready ones included") {
  const auto e = only<Endpoints>(kEndpoints + R"(subsets:
- addresses: [{ip: 127.0.1.1, nodeName: w1, targetRef: {kind: Pod, name: p}}, {ip: 'fd00::1'}]
  notReadyAddresses: [{ip: 127.0.1.2}]
  ports: [{port: 8080}]
- addresses: [{ip: 127.0.1.3}]
)");
  REQUIRE(e->subsets.size() == 3);
  CHECK(e->subsets[0].service == "web");
  CHECK(e->subsets[0].address_type == AddressType::ipv4);
  REQUIRE(e->subsets[0].endpoints.size() == 2);
  CHECK(e->subsets[0].endpoints[0].ready);
  CHECK(e->subsets[0].endpoints[0].target_pod == "p");
  CHECK_FALSE(e->subsets[0].endpoints[1].ready);
  CHECK_FALSE(e->subsets[0].endpoints[1].serving);
  CHECK(e->subsets[1].address_type == AddressType::ipv6);
  CHECK(e->subsets[2].ports.empty());
  CHECK(only<Endpoints>(kEndpoints)->subsets.empty());
}

TEST_CASE("each rule of Endpoints is reported") {
  check_rows(
      kEndpoints,
      {
          {"subsets: [{}]\n",
           {"4: Endpoints shop/web: subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"}},
          {"subsets: [{addresses: [{}]}]\n", {"4: Endpoints shop/web: subsets[0].addresses[0].ip: Required value"}},
          {"subsets: [{addresses: [{ip: x}]}]\n",
           {"4: Endpoints shop/web: subsets[0].addresses[0].ip: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or "
            "2001:db8::ffff)"}},
          {"subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{name: a}]}]\n",
           {"4: Endpoints shop/web: subsets[0].ports[0].port: Required value"}},
          {"subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 1, name: a}, {port: 2}]}]\n",
           {"4: Endpoints shop/web: subsets[0].ports[1].name: Required value"}},
          {"subsets: [{addresses: [{ip: 10.0.0.1}], ports: 80}]\n",
           {"4: Endpoints shop/web: subsets[0].ports: wants a list, but has the number 80"}},
      });
}

const std::string kPod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: shop}\n";

TEST_CASE("a Pod is read for what naru needs; the rest may say anything") {
  const auto pod = only<Pod>(R"(
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}, deletionTimestamp: 2024-01-01T00:00:00.5Z}
spec:
  nodeName: w1
  hostname: h
  subdomain: s
  restartPolicy: Always
  whatever: {deep: [1]}
  containers:
  - {name: c, image: x, ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]}
  initContainers:
  - {name: once, ports: [{name: no, containerPort: 1}]}
  - {name: sidecar, restartPolicy: Always, ports: [{name: side, containerPort: 9000}]}
status:
  phase: Running
  podIP: 127.0.1.1
  podIPs: [{ip: 127.0.1.1}, {ip: 'fd00::1'}]
  conditions: [{type: Initialized, status: "True"}, {type: Ready, status: "True", lastProbeTime: null}]
)");
  CHECK(pod->node_name == "w1");
  CHECK(pod->hostname == "h");
  CHECK(pod->subdomain == "s");
  CHECK(pod->ips.size() == 2);
  REQUIRE(pod->ports.size() == 3);
  CHECK(pod->ports[0].name == "http");
  CHECK(pod->ports[1].protocol == Protocol::udp);
  CHECK(pod->ports[2].name == "side");
  CHECK(pod->ready);
  CHECK_FALSE(pod->finished);
  CHECK(pod->meta.deleting());
}

TEST_CASE("whether a Pod is ready") {
  struct Case {
    const char* status;
    bool ready;
    bool finished;
  };
  const Case cases[] = {
      {"", true, false},
      {"status: {}\n", true, false},
      {"status: {podIP: 127.0.1.1}\n", true, false},
      {"status: {phase: Running}\n", true, false},
      {"status: {phase: Pending}\n", false, false},
      {"status: {phase: Succeeded}\n", false, true},
      {"status: {phase: Failed}\n", false, true},
      {"status: {phase: Running, conditions: []}\n", true, false},
      {"status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}\n", false, false},
      {"status: {phase: Running, conditions: [{type: Ready, status: Unknown}]}\n", false, false},
      {"status: {phase: Running, conditions: [{type: PodScheduled, status: 'True'}]}\n", false, false},
      {"status: {conditions: [{type: Ready, status: 'True'}]}\n", true, false},
  };
  for (const auto& each : cases) {
    CAPTURE(each.status);
    const auto pod = only<Pod>(kPod + each.status);
    CHECK(pod->ready == each.ready);
    CHECK(pod->finished == each.finished);
  }
}

TEST_CASE("each rule of a Pod is reported") {
  check_rows(kPod, {
                       {"spec: {containers: [{ports: [{containerPort: 0}]}]}\n",
                        {"4: Pod shop/web-1: spec.containers[0].ports[0].containerPort: 0 is outside 1..65535"}},
                       {"spec: {containers: [{ports: [{name: x}]}]}\n",
                        {"4: Pod shop/web-1: spec.containers[0].ports[0].containerPort: Required value"}},
                       {"status: {podIP: 300.0.0.1}\n",
                        {"4: Pod shop/web-1: status.podIP: \"300.0.0.1\": must be a valid IP address, (e.g. 10.9.8.7 "
                         "or 2001:db8::ffff)"}},
                       {"status: []\n", {"4: Pod shop/web-1: status: wants a map, but has a list"}},
                       {"stauts: {}\n", {"4: Pod shop/web-1: stauts: unknown field; did you mean \"status\"?"}},
                   });
}

TEST_CASE("the weight of a Pod, and of a slice's endpoints, is an annotation") {
  const auto pod = [](const std::string& annotations) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {" + annotations + "}}\n";
  };
  CHECK_FALSE(only<Pod>(pod("other: x"))->weight);
  CHECK(only<Pod>(pod("naru.io/weight: \"0\""))->weight == 0);
  CHECK(only<Pod>(pod("naru.io/weight: \"256\""))->weight == 256);
  for (const std::string bad : {"257", "-1", "1.5", "", "many"}) {
    CHECK(errors_of(pod("naru.io/weight: \"" + bad + "\"")) ==
          std::vector<std::string>{"t.yaml:3: Pod default/a: metadata.annotations[\"naru.io/weight\"]: \"" + bad +
                                   "\": must be a number from 0 to 256"});
  }
  CHECK(errors_of(pod("naru.io/weight: 5")).size() == 1);  // an annotation is a string
  const std::string slice =
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nendpoints: []\n"
      "metadata: {name: a, annotations: {naru.io/weight: \"20\"}}\n";
  CHECK(only<EndpointSlice>(slice)->weight == 20);
}

TEST_CASE("a Node is read for what naru needs") {
  const auto node = only<Node>(R"(
apiVersion: v1
kind: Node
metadata: {name: w1.example.com}
spec: {podCIDR: 10.0.0.0/24, unschedulable: true, taints: [{key: ToBeDeletedByClusterAutoscaler, effect: NoSchedule}]}
status:
  addresses: [{type: InternalIP, address: 127.0.41.1}, {type: ExternalIP, address: 192.0.2.1}, {type: Hostname, address: w1}]
  conditions: [{type: Ready, status: "False"}]
  capacity: {cpu: "2"}
)");
  CHECK(node->meta.name_space.empty());
  REQUIRE(node->internal_ips().size() == 1);
  CHECK(node->internal_ips()[0].to_string() == "127.0.41.1");
  CHECK(node->addresses.size() == 2);
  CHECK(node->taints == Lines{"ToBeDeletedByClusterAutoscaler"});
  CHECK(node->unschedulable);
  CHECK(node->ready == false);
  CHECK_FALSE(only<Node>("apiVersion: v1\nkind: Node\nmetadata: {name: w1}\n")->ready.has_value());
  const std::string head = "apiVersion: v1\nkind: Node\nmetadata: {name: w1}\nspec: ";
  CHECK(only<Node>(head + "{podCIDR: 10.244.1.0/24}\n")->pod_cidrs == std::vector{*Cidr::parse("10.244.1.0/24")});
  CHECK(only<Node>(head + "{podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24, \"fd00:244:1::/64\"]}\n")
            ->pod_cidrs.size() == 2);
}

TEST_CASE("each rule of a Node is reported") {
  check_rows(
      "apiVersion: v1\nkind: Node\n",
      {
          {"metadata: {name: w1, namespace: shop}\n",
           {"3: Node shop/w1: metadata.namespace: not allowed on this type"}},
          {"metadata: {name: W1}\n",
           {"3: Node W1: metadata.name: \"W1\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
            "characters, '-' or '.', and must "
            "start and end with an alphanumeric character"}},
          {"metadata: {name: w1}\nstatus: {addresses: [{type: InternalIP, address: w1}]}\n",
           {"4: Node w1: status.addresses[0].address: \"w1\": must be a valid IP address, (e.g. 10.9.8.7 or "
            "2001:db8::ffff)"}},
          {"metadata: {name: w1}\nstatus: {addresses: [{type: InternalIP}]}\n",
           {"4: Node w1: status.addresses[0].address: Required value"}},
      });
}

TEST_CASE("a Namespace is a name with labels") {
  CHECK(
      only<Namespace>(
          "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\nspec: {finalizers: [kubernetes]}\n")
          ->meta.labels.size() == 1);
}

const std::string kPool =
    "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: pool, namespace: metallb-system}\nspec:\n";

TEST_CASE("an IPAddressPool is read") {
  const auto pool = only<IpAddressPool>(kPool + R"(  addresses:
  - 192.0.2.0/28
  - 192.0.2.100 - 192.0.2.109
  - 2001:db8::/124
  autoAssign: false
  avoidBuggyIPs: true
  serviceAllocation:
    priority: 50
    namespaces: [shop]
    namespaceSelectors: [{matchLabels: {a: b}}]
    serviceSelectors:
    - matchExpressions:
      - {key: app, operator: In, values: [web, api]}
      - {key: old, operator: DoesNotExist}
)");
  REQUIRE(pool->addresses.size() == 3);
  CHECK(pool->addresses[0].first.to_string() == "192.0.2.0");
  CHECK(pool->addresses[0].last.to_string() == "192.0.2.15");
  CHECK(pool->addresses[1].last.to_string() == "192.0.2.109");
  CHECK(pool->addresses[2].line == 8);
  CHECK_FALSE(pool->auto_assign);
  CHECK(pool->avoid_buggy_ips);
  REQUIRE(pool->service_allocation.has_value());
  CHECK(pool->service_allocation->priority == 50);
  CHECK(pool->service_allocation->service_selectors.at(0).matches({{"app", "api"}}));
  CHECK_FALSE(pool->service_allocation->service_selectors.at(0).matches({{"app", "api"}, {"old", ""}}));
  CHECK(only<IpAddressPool>(kPool + "  addresses: [10.0.0.1-10.0.0.1]\n")->auto_assign);
}

TEST_CASE("each rule of an IPAddressPool is reported") {
  const auto spec = [](const std::string& rest) { return ": IPAddressPool metallb-system/pool: spec." + rest; };
  check_rows(
      kPool,
      {
          {"  autoAssign: true\n", {"4" + spec("addresses: Required value")}},
          {"  addresses: []\n", {"5" + spec("addresses: Required value")}},
          {"  addresses: [10.0.0.1]\n",
           {"5" + spec("addresses[0]: \"10.0.0.1\": must be a CIDR (192.168.10.0/24) or a range "
                       "(192.168.10.1-192.168.10.9)")}},
          {"  addresses: [10.0.0.0/33]\n",
           {"5" + spec("addresses[0]: \"10.0.0.0/33\": must be a CIDR (192.168.10.0/24) or a range "
                       "(192.168.10.1-192.168.10.9)")}},
          {"  addresses: [10.0.0.9-10.0.0.1]\n",
           {"5" + spec("addresses[0]: \"10.0.0.9-10.0.0.1\": the end of the range is before its start")}},
          {"  addresses: ['10.0.0.1-::1']\n",
           {"5" + spec("addresses[0]: \"10.0.0.1-::1\": both ends of a range must be of one IP family")}},
          {"  addresses:\n  - 10.0.0.0/24\n  - 10.0.0.255-10.0.1.5\n",
           {"7" + spec("addresses[1]: \"10.0.0.255-10.0.1.5\": overlaps with \"10.0.0.0/24\" of the same pool")}},
          {"  addresses:\n  - 10.0.0.0/24\n  - 10.0.1.0-10.0.1.5\n", {}},
          {"  addresses: [10.0.0.0/24]\n  autoassign: false\n",
           {"6" + spec("autoassign: unknown field; did you mean \"autoAssign\"?")}},
          {"  addresses: [10.0.0.0/24]\n  serviceAllocation: {priority: -1}\n",
           {"6" + spec("serviceAllocation.priority: -1: must be between 0 and 1000000000")}},
          {"  addresses: [10.0.0.0/24]\n  serviceAllocation: {serviceSelectors: [{matchExpressions: [{key: a, "
           "operator: in}]}]}\n",
           {"6" + spec("serviceAllocation.serviceSelectors[0].matchExpressions[0].operator: Unsupported value: \"in\": "
                       "supported values: \"In\", \"NotIn\", "
                       "\"Exists\", \"DoesNotExist\"")}},
          {"  addresses: [10.0.0.0/24]\n  serviceAllocation: {serviceSelectors: [{matchExpressions: [{key: a, "
           "operator: In}]}]}\n",
           {"6" + spec("serviceAllocation.serviceSelectors[0].matchExpressions[0].values: must be specified when "
                       "`operator` is 'In' or 'NotIn'")}},
      });
}

const std::string kPolicy =
    "apiVersion: naru.io/v1alpha1\nkind: ServicePolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  targetRefs: "
    "[{kind: Service, name: web}]\n";

TEST_CASE("a ServicePolicy is read") {
  using namespace std::chrono_literals;
  const auto policy = only<ServicePolicy>(kPolicy + R"(  loadBalancing: {algorithm: LeastConnections}
  retries: {attempts: 5, replay: Always}
  timeouts: {connect: 250ms, idle: 1h, udpIdle: 1m30s}
  drain: {timeout: 0s}
  health: {passive: {baseEjectionTime: 500ms, maxEjectionTime: 10s}}
  limits: {maxConnections: 1000}
)");
  CHECK(policy->target_refs.at(0).name == "web");
  CHECK(policy->target_refs[0].line == 5);
  CHECK(policy->algorithm == Algorithm::least_connections);
  CHECK(policy->max_attempts == 5);
  CHECK(policy->replay == ReplayMode::always);
  CHECK(policy->connect_timeout == 250ms);
  CHECK(policy->idle_timeout == 1h);
  CHECK(policy->udp_idle_timeout == 90s);
  CHECK(policy->drain_timeout == 0ms);
  CHECK(policy->ejection_time == 500ms);
  CHECK(policy->max_ejection_time == 10s);
  CHECK(policy->max_connections == 1000);
  CHECK(only<ServicePolicy>(kPolicy + "  loadBalancing: {algorithm: Maglev}\n")->algorithm == Algorithm::maglev);
  CHECK_FALSE(only<ServicePolicy>(kPolicy)->algorithm.has_value());
  CHECK_FALSE(only<ServicePolicy>(kPolicy + "  timeouts: {idle: 0s}\n")->idle_timeout.has_value());
}

TEST_CASE("each rule of a ServicePolicy is reported") {
  check_rows(
      kPolicy,
      {
          {"  loadBalancing: {algorithm: roundrobin}\n",
           {"6: ServicePolicy shop/p: spec.loadBalancing.algorithm: Unsupported value: \"roundrobin\": supported "
            "values: \"Random\", \"RoundRobin\", "
            "\"LeastConnections\", \"Maglev\""}},
          {"  retries: {attempts: 0}\n", {"6: ServicePolicy shop/p: spec.retries.attempts: 0 is outside 1..16"}},
          {"  retries: {attempts: 17}\n", {"6: ServicePolicy shop/p: spec.retries.attempts: 17 is outside 1..16"}},
          {"  timeouts: {connect: 5}\n",
           {"6: ServicePolicy shop/p: spec.timeouts.connect: wants a string, but has the number 5: put it in quotes"}},
          {"  timeouts: {connect: 5 s}\n",
           {"6: ServicePolicy shop/p: spec.timeouts.connect: \"5 s\": must be a duration such as \"500ms\" or "
            "\"1m30s\""}},
          {"  timeouts: {connect: 0s}\n", {"6: ServicePolicy shop/p: spec.timeouts.connect: must be longer than 0"}},
          {"  timeout: {connect: 1s}\n",
           {"6: ServicePolicy shop/p: spec.timeout: unknown field; did you mean \"timeouts\"?"}},
          {"  health: {passive: {baseEjectionTime: 10s, maxEjectionTime: 5s}}\n",
           {"6: ServicePolicy shop/p: spec.health.passive.maxEjectionTime: must not be shorter than baseEjectionTime"}},
          {"  limits: {maxConnections: 0}\n",
           {"6: ServicePolicy shop/p: spec.limits.maxConnections: 0 is outside 1..1000000000"}},
      });
  check_rows(
      "apiVersion: naru.io/v1alpha1\nkind: ServicePolicy\nmetadata: {name: p, namespace: shop}\nspec:\n",
      {
          {"  retries: {}\n", {"4: ServicePolicy shop/p: spec.targetRefs: Required value"}},
          {"  targetRefs: [{name: web}]\n", {"5: ServicePolicy shop/p: spec.targetRefs[0].kind: Required value"}},
          {"  targetRefs: [{kind: Service}]\n", {"5: ServicePolicy shop/p: spec.targetRefs[0].name: Required value"}},
          {"  targetRefs: [{kind: Pod, name: web}]\n",
           {"5: ServicePolicy shop/p: spec.targetRefs[0].kind: Unsupported value: \"Pod\": supported values: "
            "\"Service\""}},
          {"  targetRefs: [{group: apps, kind: Service, name: web}]\n",
           {"5: ServicePolicy shop/p: spec.targetRefs[0].group: Unsupported value: \"apps\": supported values: \"\""}},
          {"  targetRefs: [{kind: Service, name: web}, {kind: Service, name: web}]\n",
           {"5: ServicePolicy shop/p: spec.targetRefs[1].name: Duplicate value: \"web\""}},
      });
}

TEST_CASE("durations are Go's, in whole milliseconds") {
  struct Case {
    const char* text;
    std::int64_t milliseconds;  // -1: refused
  };
  const Case cases[] = {{"0", 0},
                        {"0s", 0},
                        {"500ms", 500},
                        {"1m30s", 90'000},
                        {"1.5s", 1500},
                        {"1h", 3'600'000},
                        {"1h2m3s4ms", 3'723'004},
                        {"99999h", 359'996'400'000},
                        {"100000h", -1},
                        {"", -1},
                        {"5", -1},
                        {"s", -1},
                        {"-1s", -1},
                        {"1 s", -1},
                        {"1d", -1},
                        {"0.0001s", -1},
                        {"1.s", -1},
                        {".5s", -1},
                        {"99999999999999999999s", -1},
                        {"1us", -1},
                        {"99999h99999h", -1}};
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const auto duration = parse_duration(each.text);
    CHECK((duration ? duration->count() : -1) == each.milliseconds);
  }
}

}  // namespace
}  // namespace naru::config
