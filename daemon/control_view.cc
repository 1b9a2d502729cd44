// The control loop's answers to `naru get` and to the metrics page.

#include <algorithm>
#include <map>
#include <set>

#include "daemon/announcement_words.h"
#include "daemon/control_loop.h"
#include "proxy/frontends.h"

namespace naru::daemon {

namespace {

/// Distinct addresses behind a Service, and how many of them are ready.
std::pair<std::size_t, std::size_t> count_endpoints(const ServiceInForce& service) {
  std::set<SocketAddress> all;
  std::set<SocketAddress> ready;
  for (const auto& [key, port] : service.compiled.ports) {
    for (const lb::Endpoint& endpoint : port->endpoints) {
      all.insert(endpoint.address);
      if (endpoint.ready && !endpoint.terminating) ready.insert(endpoint.address);
    }
  }
  std::size_t headless = 0;
  std::size_t headless_ready = 0;
  for (const auto& endpoint : service.compiled.records.endpoints) {
    ++headless;
    if (endpoint.ready) ++headless_ready;
  }
  return {all.size() + headless, ready.size() + headless_ready};
}

std::size_t count_ports_without_local_endpoint(const ServiceInForce& service) {
  return static_cast<std::size_t>(std::ranges::count_if(service.compiled.ports, [](const auto& port) {
    return !port.second->cluster.empty() && port.second->local.empty();
  }));
}

Condition load_balancer_condition(const ServiceInForce& service) {
  const bool has = !service.allocation.load_balancer_ips.empty();
  if (!service.pending.empty())
    return {"LoadBalancerAddress", has, has ? "PartlyAllocated" : "Pending", service.pending};
  return {"LoadBalancerAddress", true, "Allocated", "from pool " + service.allocation.pool};
}

}  // namespace

StatusView ControlLoop::status() const {
  StatusView view;
  view.generation = data_plane_.generation_in_force();
  view.errors = issues();
  view.notices = options_.notices;
  view.notices.insert(view.notices.end(), source_notices_.begin(), source_notices_.end());
  const auto orphans = planner_.notices();
  view.notices.insert(view.notices.end(), orphans.begin(), orphans.end());
  view.services = planner_.in_force().size();
  for (const auto& [name, service] : planner_.in_force()) {
    view.endpoints += count_endpoints(service).first;
    const std::size_t none_here = count_ports_without_local_endpoint(service);
    if (service.object->internal_traffic_policy == config::TrafficPolicy::local) view.no_local_internal += none_here;
    if (service.object->external_traffic_policy == config::TrafficPolicy::local) view.no_local_external += none_here;
  }
  view.workers = data_plane_.workers();
  view.last_change = last_in_force_;
  return view;
}

std::vector<ServiceView> ControlLoop::services() const {
  std::map<config::ServiceName, std::string> failed;
  proxy_failures_.for_each([&](const proxy::FrontendKey& key, const Error& error) {
    const proxy::Frontend* frontend = planner_.table().frontends.find(key);
    const auto* port = frontend ? planner_.table().service_ports.find(frontend->service_port) : nullptr;
    if (port != nullptr) failed.emplace((*port)->service, error.message);
  });
  std::vector<ServiceView> views;
  for (const auto& [name, service] : planner_.in_force()) {
    const auto [endpoints, ready] = count_endpoints(service);
    ServiceView view{service.object, service.allocation, {}, ready, endpoints};
    if (lb::is_ours(*service.object)) view.conditions.push_back(load_balancer_condition(service));
    if (failed.contains(name)) view.conditions.push_back({"Listening", false, "CannotListen", failed[name]});
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<std::shared_ptr<const config::EndpointSlice>> ControlLoop::endpoint_slices() const {
  std::vector<std::shared_ptr<const config::EndpointSlice>> slices;
  for (const auto& [name, service] : planner_.in_force()) {
    auto some = planner_.desired().slices_of(*service.object);
    slices.insert(slices.end(), some.begin(), some.end());
  }
  return slices;
}

std::vector<NodeView> ControlLoop::nodes() const {
  std::map<std::string, std::set<IpAddress>> endpoints;
  for (const auto& slice : endpoint_slices()) {
    for (const auto& endpoint : slice->endpoints) {
      endpoints[endpoint.node_name].insert(endpoint.addresses.begin(), endpoint.addresses.end());
    }
  }
  std::vector<NodeView> views;
  const lb::announce::Report report = announcing_.report();
  for (const auto& [name, node] : planner_.desired().nodes()) {
    NodeView& view = views.emplace_back(NodeView{node, name == planner_.node().name, endpoints[name].size()});
    if (view.self && report.phase) view.liveness = liveness_word(*report.phase);
    if (const auto heard = report.nodes.find(name); heard != report.nodes.end()) {
      view.liveness = liveness_word(heard->second);
      view.fault = heard->second.fault;
    }
  }
  return views;
}

std::vector<PoolView> ControlLoop::pools() const {
  std::vector<PoolView> views;
  for (const auto& pool : planner_.pools()) {
    const lb::PoolUsage usage = planner_.usage(*pool);
    views.push_back({pool, usage.assigned_ipv4, usage.assigned_ipv6, usage.available_ipv4, usage.available_ipv6});
  }
  std::ranges::sort(views, {}, [](const PoolView& view) { return view.object->meta.name; });
  const auto labels = planner_.desired().namespace_labels();
  for (const auto& [name, reason] : planner_.pending()) {
    const config::Service& service = *planner_.in_force().at(name).object;
    const config::Labels labels_there = lb::labels_of_namespace(name.name_space, labels);
    for (PoolView& view : views) {
      if (lb::concerns(*view.object, service, labels_there)) view.pending.push_back(name.to_string() + ": " + reason);
    }
  }
  return views;
}

std::vector<DnsRecordView> ControlLoop::dns_records() const {
  std::vector<DnsRecordView> views;
  planner_.zone().for_each_record([&](const dns::RecordText& record) {
    views.push_back({record.name, record.type, record.ttl, record.data});
  });
  std::ranges::sort(views, {}, [](const DnsRecordView& view) { return std::tie(view.name, view.type, view.data); });
  return views;
}

std::vector<ListenerView> ControlLoop::listeners() const {
  std::vector<ListenerView> views;
  planner_.table().frontends.for_each([&](const proxy::FrontendKey& key, const proxy::Frontend& frontend) {
    const auto* port = planner_.table().service_ports.find(frontend.service_port);
    ListenerView view{frontend.kind, key, (*port)->service, (*port)->port_name, "Open", {}};
    if (!should_listen(**port, frontend)) view.state = "NoEndpoints";
    if (const Error* error = proxy_failures_.find(key)) {
      view.state = "Failed";
      view.error = error->message;
    }
    views.push_back(std::move(view));
  });
  std::ranges::sort(views, {}, [](const ListenerView& view) { return std::tie(view.service, view.kind, view.key); });
  return views;
}

std::vector<proxy::ConnectionRecord> ControlLoop::connections() const {
  return data_plane_.connections();
}

std::vector<std::shared_ptr<const proxy::ServicePort>> ControlLoop::service_ports() const {
  std::vector<std::shared_ptr<const proxy::ServicePort>> ports;
  planner_.table().service_ports.for_each([&](const auto&, const auto& port) { ports.push_back(port); });
  return ports;
}

}  // namespace naru::daemon
