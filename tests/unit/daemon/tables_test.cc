#include "daemon/tables.h"

#include <catch2/catch.hpp>

#include "fake_view.h"

namespace naru::daemon {
namespace {

const WallTime kNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z

std::vector<ServiceView> one_of_each_type() {
  std::vector<ServiceView> services = {web_service()};
  config::Service object;
  object.meta = meta("api");
  object.ports = {port("", 53, Port(53), Protocol::udp)};
  services.push_back(service(object, {{ip("127.96.0.2")}, {std::nullopt}, {}, {}, ""}, 1, 1));
  object.meta = meta("headless");
  object.ports.clear();
  object.headless = true;
  services.push_back(service(object));
  object = {};
  object.meta = meta("old", "default");
  object.type = config::ServiceType::external_name;
  object.external_name = "example.com";
  services.push_back(service(object));
  object = {};
  object.meta = meta("waiting", "default");
  object.type = config::ServiceType::load_balancer;
  services.push_back(service(object, {{ip("127.96.0.3")}, {}, {}, {}, ""}));
  object.meta = meta("both", "default");
  object.type = config::ServiceType::node_port;
  object.external_ips = {ip("10.0.0.1"), ip("10.0.0.2")};
  services.push_back(service(object, {{ip("127.96.0.4"), ip("fd00::4")}, {}, {}, {}, ""}));
  return services;
}

TEST_CASE("services look as kubectl prints them") {
  CHECK(
      to_text(services_table(one_of_each_type(), kNow), false) ==
      R"(NAMESPACE   NAME       TYPE           CLUSTER-IP    EXTERNAL-IP         PORT(S)                      ENDPOINTS
shop        web        LoadBalancer   127.96.0.17   127.0.44.1          80:30080/TCP,443:30443/TCP   2/3
shop        api        ClusterIP      127.96.0.2    <none>              53/UDP                       1/1
shop        headless   ClusterIP      None          <none>              <none>                       0/0
default     old        ExternalName   <none>        example.com         <none>                       0/0
default     waiting    LoadBalancer   127.96.0.3    <pending>           <none>                       0/0
default     both       NodePort       127.96.0.4    10.0.0.1,10.0.0.2   <none>                       0/0
)");
}

TEST_CASE("wide adds the selector, and an age stands where an object has one") {
  config::Service object = *web_service().object;
  object.meta.creation_timestamp = "2025-12-31T23:00:00Z";
  const std::vector<ServiceView> services = {service(object, web_service().allocation, 2, 3)};
  CHECK(to_text(services_table(services, kNow), true) ==
        "NAMESPACE   NAME   TYPE           CLUSTER-IP    EXTERNAL-IP   PORT(S)                      ENDPOINTS   AGE   "
        "SELECTOR   PENDING\n"
        "shop        web    LoadBalancer   127.96.0.17   127.0.44.1    80:30080/TCP,443:30443/TCP   2/3         60m   "
        "app=web    <none>\n");
}

TEST_CASE("endpoints show three addresses, and all with their states when wide") {
  const FakeView view = shop();
  CHECK(to_text(endpoints_table(view.slices, {}, kNow), false) ==
        R"(NAMESPACE   NAME      SERVICE   ADDRESSTYPE   PORTS   READY   ENDPOINTS
shop        web-abc   web       IPv4          8080    2/4     127.1.0.1,127.1.0.2,127.1.0.3 + 1 more...
)");
  const std::string wide = to_text(endpoints_table(view.slices, {}, kNow), true);
  CHECK(wide.find("127.1.0.1,127.1.0.2(not ready),127.1.0.3(terminating),127.1.0.4\n") != std::string::npos);
}

TEST_CASE("a ready endpoint that is passed over says so when wide") {
  const FakeView view = shop();
  const auto port = std::make_shared<proxy::ServicePort>();
  port->service = {"shop", "web"};
  for (const char* address : {"127.1.0.1", "127.1.0.2", "127.1.0.4"}) {
    port->endpoints.push_back(
        {{ip(address), Port(8080)}, "", "", true, true, true, false, std::make_shared<lb::EndpointState>()});
  }
  const TimePoint now{std::chrono::seconds(100)};
  port->endpoints[0].state->set_probe_failed(true);
  port->endpoints[1].state->eject(now, std::chrono::seconds(1), std::chrono::seconds(1));
  port->endpoints[2].state->eject(now, std::chrono::seconds(1), std::chrono::seconds(1));
  const std::vector<std::shared_ptr<const proxy::ServicePort>> ports = {port};
  const auto words = [&](TimePoint at) {
    return to_text(endpoints_table(view.slices, avoided_endpoints(ports, at), kNow), true);
  };
  CHECK(words(now).find("127.1.0.1(probe fails),127.1.0.2(not ready),127.1.0.3(terminating),127.1.0.4(ejected)\n") !=
        std::string::npos);
  CHECK(words(now + std::chrono::seconds(1)).find(",127.1.0.4\n") != std::string::npos);
}

TEST_CASE("an empty slice is shown as kubectl shows it") {
  const std::vector slices = {std::make_shared<const config::EndpointSlice>()};
  CHECK(to_text(endpoints_table(slices, {}, kNow), false).find("<none>    IPv4          <unset>   0/0     <unset>") !=
        std::string::npos);
}

TEST_CASE("nodes and pools") {
  const FakeView view = shop();
  CHECK(to_text(nodes_table(view.node_views, kNow), true) ==
        "NAME   STATUS   ROLES    INTERNAL-IP   ENDPOINTS   EXTERNAL-IP   SELF   TAINTS\n"
        "w1     Ready    worker   127.0.41.1    4           <none>        true   example.com/slow\n");
  CHECK(to_text(pools_table(view.pool_views, kNow), false) ==
        "NAMESPACE        NAME   AUTO ASSIGN   AVOID BUGGY IPS   ADDRESSES               ASSIGNED   AVAILABLE\n"
        "metallb-system   edge   true          false             127.0.44.1-127.0.44.9   1          8\n");
}

TEST_CASE("wide tells why a Service waits for its address, and of a pool who waits for it") {
  config::Service object;
  object.meta = meta("web");
  object.type = config::ServiceType::load_balancer;
  ServiceView waiting = service(object);
  waiting.conditions = {{"LoadBalancerAddress", false, "Pending", "no available IPs in pool \"edge\""}};
  CHECK(services_table(std::vector{waiting}, kNow).rows[0].back() == "no available IPs in pool \"edge\"");
  PoolView pool = shop().pool_views[0];
  const auto cell = [&] { return pools_table(std::vector{pool}, kNow).rows[0].back(); };
  CHECK(cell() == "<none>");
  pool.pending = {"shop/a: full", "shop/b: full", "shop/c: full"};
  CHECK(cell() == "shop/a: full; shop/b: full; shop/c: full");
  pool.pending.push_back("shop/d: full");
  CHECK(cell() == "shop/a: full; shop/b: full; shop/c: full; and 1 more");
}

TEST_CASE("an address that a Service had elsewhere is not shown as one that it has") {
  config::Service object;
  object.meta = meta("web");
  object.type = config::ServiceType::load_balancer;
  object.ingress = {{ip("10.0.0.1"), "", false}};
  CHECK(services_table(std::vector{service(object)}, kNow).rows[0][4] == "<pending>");
  object.load_balancer_class = "example.com/other";
  CHECK(services_table(std::vector{service(object)}, kNow).rows[0][4] == "10.0.0.1");
}

TEST_CASE("whether a node is there is shown where it matters") {
  std::vector<NodeView> views = shop().node_views;
  views[0].liveness = "Settling";
  CHECK(to_text(nodes_table(views, kNow), false) ==
        "NAME   STATUS   ROLES    INTERNAL-IP   ENDPOINTS   LIVENESS\n"
        "w1     Ready    worker   127.0.41.1    4           Settling\n");
}

TEST_CASE("a node's status") {
  struct Row {
    std::optional<bool> ready;
    bool unschedulable;
    const char* expected;
  };
  const Row rows[] = {{true, false, "Ready"},
                      {false, false, "NotReady"},
                      {std::nullopt, false, "Unknown"},
                      {true, true, "Ready,SchedulingDisabled"}};
  for (const Row& row : rows) {
    config::Node node;
    node.ready = row.ready;
    node.unschedulable = row.unschedulable;
    const std::vector<NodeView> views = {{std::make_shared<const config::Node>(node), false, 0}};
    CHECK(nodes_table(views, kNow).rows[0][1] == row.expected);
  }
}

TEST_CASE("a pool of more IPv6 addresses than a number holds does not wrap") {
  PoolView pool = shop().pool_views[0];
  pool.available_ipv6 = ~std::uint64_t{0};
  CHECK(pools_table(std::vector{pool}, kNow).rows[0][6] == "18446744073709551615");
}

TEST_CASE("what is naru's own") {
  const FakeView view = shop();
  CHECK(to_text(dns_table(view.records), false) ==
        "NAME                          TTL   TYPE   DATA\n"
        "web.shop.svc.cluster.local.   5     A      127.96.0.17\n");
  CHECK(to_text(listeners_table(view.listener_views), false) ==
        "NAMESPACE   SERVICE   PORT   KIND        ADDRESS            PROTOCOL   STATE\n"
        "shop        web       http   ClusterIP   127.96.0.17:80     TCP        Open\n"
        "shop        web       http   NodePort    127.0.41.1:30080   TCP        Failed\n");
  CHECK(to_text(connections_table(view.connection_records), true) ==
        "NAMESPACE   SERVICE   PROTOCOL   CLIENT            ADDRESS          ENDPOINT         AGE   STATE    PORT   "
        "RECEIVED   SENT   ATTEMPTS\n"
        "shop        web       TCP        127.0.0.1:51000   127.96.0.17:80   127.1.0.1:8080   61s   Active   http   "
        "100        2000   1\n");
}

TEST_CASE("a table without rows is nothing") {
  CHECK(to_text(dns_table({}), true).empty());
}

TEST_CASE("widths count characters, not bytes") {
  CHECK(to_text({{{"A"}, {"B"}}, {{"\xc3\xa4\xc3\xb6", "x"}, {"abc", "y"}}}, false) ==
        "A     B\n\xc3\xa4\xc3\xb6    x\nabc   y\n");
}

TEST_CASE("durations as kubectl writes them") {
  struct Row {
    long seconds;
    const char* expected;
  };
  const Row rows[] = {{-5, "0s"},       {0, "0s"},           {119, "119s"},     {120, "2m"},      {312, "5m12s"},
                      {600, "10m"},     {10799, "179m"},     {10800, "3h"},     {11100, "3h5m"},  {28800, "8h"},
                      {172799, "47h"},  {172800, "2d"},      {187200, "2d4h"},  {691200, "8d"},   {63071999, "729d"},
                      {63072000, "2y"}, {66528000, "2y40d"}, {252288000, "8y"}, {262288000, "8y"}};
  for (const Row& row : rows) CHECK(human_duration(std::chrono::seconds(row.seconds)) == row.expected);
}

}  // namespace
}  // namespace naru::daemon
