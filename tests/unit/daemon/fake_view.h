// A View of made-up state: a shop with one Service of each type.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/view.h"

namespace naru::daemon {

inline IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}
inline SocketAddress at(const std::string& text) {
  return SocketAddress::parse(text).value();
}

inline config::Meta meta(const std::string& name, const std::string& name_space = "shop") {
  config::Meta meta;
  meta.name = name;
  meta.name_space = name_space;
  return meta;
}

inline config::ServicePort port(const std::string& name, std::uint16_t number, config::TargetPort target,
                                Protocol protocol = Protocol::tcp) {
  config::ServicePort made;
  made.name = name;
  made.protocol = protocol;
  made.port = Port(number);
  made.target_port = std::move(target);
  return made;
}

/// A Service with what was allocated to it.
inline ServiceView service(config::Service object, lb::Allocation allocation = {}, std::size_t ready = 0,
                           std::size_t endpoints = 0) {
  return {std::make_shared<const config::Service>(std::move(object)), std::move(allocation), {}, ready, endpoints};
}

struct FakeView : View {
  StatusView status_view;
  std::vector<ServiceView> service_views;
  std::vector<std::shared_ptr<const config::EndpointSlice>> slices;
  std::vector<NodeView> node_views;
  std::vector<PoolView> pool_views;
  std::vector<DnsRecordView> records;
  std::vector<ListenerView> listener_views;
  std::vector<proxy::ConnectionRecord> connection_records;
  std::vector<std::shared_ptr<const proxy::ServicePort>> ports;
  std::vector<const dns::Metrics*> dns;
  lb::announce::Report report;

  [[nodiscard]] StatusView status() const override { return status_view; }
  [[nodiscard]] std::vector<ServiceView> services() const override { return service_views; }
  [[nodiscard]] std::vector<std::shared_ptr<const config::EndpointSlice>> endpoint_slices() const override {
    return slices;
  }
  [[nodiscard]] std::vector<NodeView> nodes() const override { return node_views; }
  [[nodiscard]] std::vector<PoolView> pools() const override { return pool_views; }
  [[nodiscard]] std::vector<DnsRecordView> dns_records() const override { return records; }
  [[nodiscard]] std::vector<ListenerView> listeners() const override { return listener_views; }
  [[nodiscard]] std::vector<proxy::ConnectionRecord> connections() const override { return connection_records; }
  [[nodiscard]] std::vector<std::shared_ptr<const proxy::ServicePort>> service_ports() const override { return ports; }
  [[nodiscard]] std::vector<const dns::Metrics*> dns_metrics() const override { return dns; }
  [[nodiscard]] lb::announce::Report announcing() const override { return report; }
};

/// This node, w1, announces one address of web's; w2 another of web's and api's, which share it.
inline lb::announce::Report announcing_report() {
  using lb::announce::Reason;
  lb::announce::Report report;
  report.active = true;
  report.phase = lb::announce::Phase::live;
  lb::announce::AnnouncementInfo info;
  info.protocol = lb::announce::Protocol::layer2;
  info.address = ip("192.0.2.1");
  info.services = {{"shop", "web"}};
  info.node = "w1";
  info.via = "eth0";
  report.announcements.push_back(info);
  info.address = ip("192.0.2.2");
  info.services = {{"shop", "api"}, {"shop", "web"}};
  info.node = "w2";
  info.via.clear();
  info.reason = Reason::lost_election;
  report.announcements.push_back(info);
  info = {};
  info.address = ip("192.0.2.3");
  info.services = {{"other", "db"}};
  info.reason = Reason::no_advertisement;
  report.announcements.push_back(info);
  report.nodes["w2"].session = lb::bfd::State::up;
  report.nodes["w2"].candidate = true;
  lb::bfd::SessionInfo session;
  session.key = {ip("10.0.0.2"), ip("10.0.0.1")};
  session.state = lb::bfd::State::up;
  session.times_down = 2;
  report.bfd_sessions.push_back(session);
  lb::announce::BgpSessionInfo bgp;
  bgp.view.peer = "router";
  bgp.view.address = at("10.0.0.254:179");
  bgp.view.state = lb::bgp::State::established;
  bgp.view.my_asn = 64500;
  bgp.view.peer_asn = 64501;
  bgp.view.ipv4 = true;
  bgp.view.hold_time = std::chrono::seconds(90);
  bgp.view.counters.updates_sent = 4;
  bgp.view.counters.times_established = 2;
  bgp.view.announced_prefixes = 3;
  bgp.view.pending_prefixes = 1;
  report.bgp_sessions.push_back(bgp);
  report.layer2.addresses[ip("192.0.2.1")] = {7, 6, 10, 1};
  report.layer2.arp[static_cast<std::size_t>(lb::layer2::ArpVerdict::lost_election)] = 5;
  report.layer2.ndp[static_cast<std::size_t>(lb::layer2::NdpVerdict::hop_limit)] = 4;
  report.bfd.discarded[static_cast<std::size_t>(lb::bfd::Discard::ttl)] = 3;
  report.bfd.detections = 2;
  return report;
}

inline ServiceView web_service() {
  config::Service web;
  web.meta = meta("web");
  web.type = config::ServiceType::load_balancer;
  web.ports = {port("http", 80, Port(8080)), port("https", 443, std::string("tls"))};
  web.selector = {{"app", "web"}};
  ServiceView view =
      service(web, {{ip("127.96.0.17")}, {Port(30080), Port(30443)}, std::nullopt, {ip("127.0.44.1")}, "edge"}, 2, 3);
  view.conditions = {{"LoadBalancerAddress", true, "Allocated", "from pool edge"}};
  return view;
}

inline std::shared_ptr<const config::EndpointSlice> web_slice() {
  config::EndpointSlice slice;
  slice.meta = meta("web-abc");
  slice.service = "web";
  for (const char* address : {"127.1.0.1", "127.1.0.2", "127.1.0.3", "127.1.0.4"}) {
    config::SliceEndpoint endpoint;
    endpoint.addresses = {ip(address)};
    endpoint.node_name = "w1";
    slice.endpoints.push_back(endpoint);
  }
  slice.endpoints[1].ready = false;
  slice.endpoints[2].ready = false;
  slice.endpoints[2].terminating = true;
  slice.endpoints[0].target_pod = "web-1";
  slice.endpoints[0].zone = "a";
  slice.endpoints[0].hint_zones = {"a"};
  slice.ports = {{"http", Protocol::tcp, Port(8080), ""}};
  return std::make_shared<const config::EndpointSlice>(slice);
}

inline FakeView shop() {
  FakeView view;
  view.service_views.push_back(web_service());
  view.slices.push_back(web_slice());
  config::Node node;
  node.meta = meta("w1", "");
  node.meta.labels = {{"node-role.kubernetes.io/worker", ""}};
  node.addresses = {{config::NodeAddressType::internal_ip, ip("127.0.41.1")}};
  node.taints = {"example.com/slow"};
  node.ready = true;
  view.node_views.push_back({std::make_shared<const config::Node>(node), true, 4});
  config::IpAddressPool pool;
  pool.meta = meta("edge", "metallb-system");
  pool.addresses = {{ip("127.0.44.1"), ip("127.0.44.9"), "127.0.44.1-127.0.44.9", 3}};
  view.pool_views.push_back({std::make_shared<const config::IpAddressPool>(pool), 1, 0, 8, 0});
  view.records.push_back({"web.shop.svc.cluster.local.", "A", 5, "127.96.0.17"});
  view.listener_views.push_back(
      {proxy::FrontendKind::cluster_ip, {at("127.96.0.17:80"), Protocol::tcp}, {"shop", "web"}, "http", "Open", ""});
  view.listener_views.push_back({proxy::FrontendKind::node_port,
                                 {at("127.0.41.1:30080"), Protocol::tcp},
                                 {"shop", "web"},
                                 "http",
                                 "Failed",
                                 "127.0.41.1:30080: address already in use"});
  proxy::ConnectionRecord record;
  record.client = at("127.0.0.1:51000");
  record.address = at("127.96.0.17:80");
  record.endpoint = at("127.1.0.1:8080");
  record.service = {"shop", "web"};
  record.port_name = "http";
  record.bytes_received = 100;
  record.bytes_sent = 2000;
  record.duration = std::chrono::milliseconds(61500);
  record.attempts = 1;
  view.connection_records.push_back(record);
  view.status_view.generation = 7;
  view.status_view.services = 1;
  view.status_view.endpoints = 3;
  view.status_view.workers = 2;
  return view;
}

}  // namespace naru::daemon
