#include "daemon/to_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "fake_view.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

std::string spec_of(const ServiceView& view) {
  return json::serialize(to_json(view).at("spec"));
}

TEST_CASE("a Service carries what was allocated, in the API's order") {
  CHECK(json::serialize(to_json(web_service())) ==
        R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop",)"
        R"("annotations":{"metallb.io/ip-allocated-from-pool":"edge"}},)"
        R"("spec":{"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":8080,"nodePort":30080},)"
        R"({"name":"https","protocol":"TCP","port":443,"targetPort":"tls","nodePort":30443}],)"
        R"("selector":{"app":"web"},"clusterIP":"127.96.0.17","clusterIPs":["127.96.0.17"],"type":"LoadBalancer",)"
        R"("sessionAffinity":"None","externalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],)"
        R"("ipFamilyPolicy":"SingleStack","allocateLoadBalancerNodePorts":true,"internalTrafficPolicy":"Cluster"},)"
        R"("status":{"loadBalancer":{"ingress":[{"ip":"127.0.44.1"}]},"conditions":[{"type":"LoadBalancerAddress",)"
        R"("status":"True","reason":"Allocated","message":"from pool edge"}]}})");
}

TEST_CASE("each type of Service has its fields and no others") {
  config::Service object;
  object.meta = meta("web");
  SECTION("ClusterIP without ports or selector") {
    CHECK(spec_of(service(object, {{ip("127.96.0.2")}, {}, {}, {}, ""})) ==
          R"({"clusterIP":"127.96.0.2","clusterIPs":["127.96.0.2"],"type":"ClusterIP","sessionAffinity":"None",)"
          R"("ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster"})");
  }
  SECTION("headless with a selector") {
    object.headless = true;
    object.selector = {{"app", "web"}};
    object.publish_not_ready_addresses = true;
    CHECK(spec_of(service(object)) ==
          R"({"selector":{"app":"web"},"clusterIP":"None","clusterIPs":["None"],"type":"ClusterIP",)"
          R"("sessionAffinity":"None","publishNotReadyAddresses":true,"ipFamilies":["IPv4"],)"
          R"("ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster"})");
  }
  SECTION("headless without a selector is of both families") {
    object.headless = true;
    CHECK(spec_of(service(object)).find(R"("ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"RequireDualStack")") !=
          std::string::npos);
  }
  SECTION("ExternalName") {
    object.type = config::ServiceType::external_name;
    object.external_name = "example.com";
    CHECK(spec_of(service(object)) ==
          R"({"type":"ExternalName","sessionAffinity":"None","externalName":"example.com"})");
  }
  SECTION("dual stack, affinity, Local, health check port, external IPs") {
    object.type = config::ServiceType::load_balancer;
    object.client_ip_affinity = true;
    object.external_traffic_policy = config::TrafficPolicy::local;
    object.external_ips = {ip("10.0.0.1")};
    object.load_balancer_source_ranges = {Cidr::parse("10.0.0.0/8").value()};
    object.load_balancer_class = "naru.io/lb";
    object.traffic_distribution = "PreferClose";
    object.ip_family_policy = config::IpFamilyPolicy::prefer_dual_stack;
    CHECK(spec_of(service(object, {{ip("fd00::1"), ip("127.96.0.2")}, {}, Port(31000), {}, ""})) ==
          R"({"clusterIP":"fd00::1","clusterIPs":["fd00::1","127.96.0.2"],"type":"LoadBalancer",)"
          R"("externalIPs":["10.0.0.1"],"sessionAffinity":"ClientIP","loadBalancerSourceRanges":["10.0.0.0/8"],)"
          R"("externalTrafficPolicy":"Local","healthCheckNodePort":31000,)"
          R"("sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}},"ipFamilies":["IPv6","IPv4"],)"
          R"("ipFamilyPolicy":"PreferDualStack","allocateLoadBalancerNodePorts":true,)"
          R"("loadBalancerClass":"naru.io/lb","internalTrafficPolicy":"Cluster","trafficDistribution":"PreferClose"})");
  }
}

TEST_CASE("a load balancer without an address shows none, or, of another class, what its controller wrote") {
  config::Service object;
  object.meta = meta("web");
  object.type = config::ServiceType::load_balancer;
  CHECK(json::serialize(to_json(service(object)).at("status")) == R"({"loadBalancer":{}})");
  object.ingress = {{std::nullopt, "lb.example.com", true}};
  object.meta.annotations = {{"metallb.io/ip-allocated-from-pool", "elsewhere"}, {"a", "b"}};
  CHECK(json::serialize(to_json(service(object)).at("status")) == R"({"loadBalancer":{}})");
  CHECK(json::serialize(to_json(service(object)).at("metadata").at("annotations")) == R"({"a":"b"})");
  object.load_balancer_class = "example.com/other";
  CHECK(to_json(service(object)).at("metadata").at("annotations").as_object().size() == 2);
  CHECK(json::serialize(to_json(service(object)).at("status")) ==
        R"({"loadBalancer":{"ingress":[{"hostname":"lb.example.com","ipMode":"Proxy"}]}})");
}

TEST_CASE("an EndpointSlice has its conditions, hints and the label of its Service") {
  CHECK(json::serialize(to_json(*web_slice()).at("endpoints").at(0)) ==
        R"({"addresses":["127.1.0.1"],"conditions":{"ready":true,"serving":true,"terminating":false},)"
        R"("targetRef":{"kind":"Pod","namespace":"shop","name":"web-1"},"nodeName":"w1","zone":"a",)"
        R"("hints":{"forZones":[{"name":"a"}]}})");
  CHECK(json::serialize(to_json(*web_slice()).at("metadata").at("labels")) ==
        R"({"kubernetes.io/service-name":"web"})");
  CHECK(json::serialize(to_json(*web_slice()).at("ports")) == R"([{"name":"http","protocol":"TCP","port":8080}])");
}

TEST_CASE("a slice without endpoints has an empty list of them, not none") {
  config::EndpointSlice slice;
  slice.meta = meta("empty");
  slice.address_type = config::AddressType::fqdn;
  CHECK(json::serialize(to_json(slice)) ==
        R"({"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"empty","namespace":"shop"},)"
        R"("addressType":"FQDN","endpoints":[],"ports":[]})");
}

TEST_CASE("Node and IPAddressPool") {
  const FakeView view = shop();
  CHECK(json::serialize(to_json(view.node_views[0])) ==
        R"({"apiVersion":"v1","kind":"Node","metadata":{"name":"w1","labels":{"node-role.kubernetes.io/worker":""}},)"
        R"("spec":{"taints":[{"key":"example.com/slow"}]},"status":{"conditions":[{"type":"Ready","status":"True"}],)"
        R"("addresses":[{"type":"InternalIP","address":"127.0.41.1"}]}})");
  CHECK(json::serialize(to_json(view.pool_views[0])) ==
        R"({"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool","metadata":{"name":"edge",)"
        R"("namespace":"metallb-system"},"spec":{"addresses":["127.0.44.1-127.0.44.9"],"autoAssign":true,)"
        R"("avoidBuggyIPs":false},"status":{"assignedIPv4":1,"assignedIPv6":0,"availableIPv4":8,"availableIPv6":0}})");
}

TEST_CASE("more addresses than the API's numbers can say are as many as they can") {
  PoolView view = shop().pool_views[0];
  view.available_ipv6 = ~std::uint64_t{0};
  CHECK(json::serialize(to_json(view).at("status").at("availableIPv6")) == "9223372036854775807");
}

TEST_CASE("serviceAllocation is told in full") {
  PoolView view = shop().pool_views[0];
  config::IpAddressPool pool = *view.object;
  pool.service_allocation = config::ServiceAllocation{
      5, {"shop"}, {{{{"team", "a"}}, {}}}, {{{}, {{"tier", "In", {"x", "y"}}, {"old", "DoesNotExist", {}}}}}};
  view.object = std::make_shared<const config::IpAddressPool>(pool);
  CHECK(json::serialize(to_json(view).at("spec").at("serviceAllocation")) ==
        R"({"priority":5,"namespaces":["shop"],"namespaceSelectors":[{"matchLabels":{"team":"a"}}],)"
        R"("serviceSelectors":[{"matchExpressions":[{"key":"tier","operator":"In","values":["x","y"]},)"
        R"({"key":"old","operator":"DoesNotExist"}]}]})");
}

TEST_CASE("flat objects have their documented names") {
  const FakeView view = shop();
  CHECK(json::serialize(to_json(view.records[0])) ==
        R"({"name":"web.shop.svc.cluster.local.","type":"A","ttl":5,"data":"127.96.0.17"})");
  CHECK(json::serialize(to_json(view.listener_views[1])) ==
        R"({"address":"127.0.41.1:30080","protocol":"TCP","kind":"NodePort","namespace":"shop","service":"web",)"
        R"("portName":"http","state":"Failed","error":"127.0.41.1:30080: address already in use"})");
  CHECK(json::serialize(to_json(view.connection_records[0])) ==
        R"({"protocol":"TCP","kind":"ClusterIP","client":"127.0.0.1:51000","address":"127.96.0.17:80",)"
        R"("endpoint":"127.1.0.1:8080","namespace":"shop","service":"web","portName":"http","bytesReceived":100,)"
        R"("bytesSent":2000,"durationMilliseconds":61500,"attempts":1,"draining":false})");
  CHECK(to_json(proxy::ConnectionRecord{}).at("endpoint").is_null());
}

TEST_CASE("status tells every standing error, whole and in parts") {
  StatusView status;
  status.errors = {{{std::make_shared<const std::string>("web.yaml"), 14}, "Service shop/web", "spec.type", "unknown"}};
  const json::object object = to_json(status);
  CHECK(json::serialize(object.at("errors")) ==
        R"([{"file":"web.yaml","line":14,"object":"Service shop/web","field":"spec.type","reason":"unknown",)"
        R"("message":"web.yaml:14: Service shop/web: spec.type: unknown"}])");
  CHECK(object.at("version") == NARU_VERSION);
  CHECK(object.at("lastChange") == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("times are RFC 3339") {
  const std::chrono::system_clock::time_point time{std::chrono::microseconds(1'767'225'599'000'042)};
  CHECK(rfc3339(time) == "2025-12-31T23:59:59Z");
  CHECK(rfc3339(time, 3) == "2025-12-31T23:59:59.000Z");
  CHECK(rfc3339(time, 6) == "2025-12-31T23:59:59.000042Z");
}

TEST_CASE("metadata leaves out what is empty") {
  config::Meta full = meta("web", "");
  CHECK(json::serialize(to_json(full)) == R"({"name":"web"})");
  full.uid = "u";
  full.creation_timestamp = "2026-01-01T00:00:00Z";
  full.annotations = {{"a", "1"}};
  CHECK(json::serialize(to_json(full)) ==
        R"({"name":"web","uid":"u","creationTimestamp":"2026-01-01T00:00:00Z","annotations":{"a":"1"}})");
}

}  // namespace
}  // namespace naru::daemon
