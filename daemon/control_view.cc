// The control loop's answers to `naru get` and to the metrics page.

#include <algorithm>
#include <map>
#include <set>

#include "daemon/announcement_words.h"
#include "daemon/control_loop.h"
#include "proxy/frontends.h"

namespace naru::daemon {

namespace {

Condition load_balancer_condition(const ServiceInForce& service) {
  const bool has = !service.allocation.load_balancer_ips.empty();
  if (!service.pending.empty())
    return {"LoadBalancerAddress", has, has ? "PartlyAllocated" : "Pending", service.pending};
  return {"LoadBalancerAddress", true, "Allocated", "from pool " + service.allocation.pool};
}

bool is_answered(const proxy::Table& table, const proxy::ServicePort& port, const proxy::FrontendKey& key,
                 const proxy::Frontend& frontend) {
  const proxy::Audience audience = audience_of(port, key.address.ip, frontend, *table.origins);
  return audience == proxy::Audience::everyone || audience == proxy::Audience::cluster;
}

}  // namespace

StatusView ControlLoop::status() const {
  StatusView view = summary();
  view.notices = options_.notices;
  view.notices.insert(view.notices.end(), source_notices_.begin(), source_notices_.end());
  const auto orphans = planner_.notices();
  view.notices.insert(view.notices.end(), orphans.begin(), orphans.end());
  return view;
}

StatusView ControlLoop::summary() const {
  StatusView view;
  view.generation = data_plane_.generation_in_force();
  view.errors = issues();
  view.services = planner_.in_force().size();
  const ServiceCounts& total = planner_.total();
  view.endpoints = total.endpoints;
  view.no_local_internal = total.no_local_internal;
  view.no_local_external = total.no_local_external;
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
  views.reserve(planner_.in_force().size());
  for (const auto& [name, service] : planner_.in_force()) {
    const ServiceCounts& counts = service.counts;
    ServiceView view{service.object, service.allocation, {}, counts.ready_endpoints, counts.endpoints};
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
  return later_nodes()();
}

Later<std::vector<NodeView>> ControlLoop::later_nodes() const {
  std::vector<NodeView> views;
  const lb::announce::Report report = announcing_.report();
  for (const auto& [name, node] : planner_.desired().nodes()) {
    NodeView& view = views.emplace_back(NodeView{node, name == planner_.node().name});
    if (view.self && report.phase) view.liveness = liveness_word(*report.phase);
    if (const auto heard = report.nodes.find(name); heard != report.nodes.end()) {
      view.liveness = liveness_word(heard->second);
      view.fault = heard->second.fault;
    }
  }
  return [views = std::move(views), slices = endpoint_slices()]() mutable {
    std::map<std::string, std::set<IpAddress>> endpoints;
    for (const auto& slice : slices) {
      for (const auto& endpoint : slice->endpoints) {
        endpoints[endpoint.node_name].insert(endpoint.addresses.begin(), endpoint.addresses.end());
      }
    }
    for (NodeView& view : views) view.endpoints = endpoints[view.object->meta.name].size();
    return std::move(views);
  };
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
  return later_dns_records()();
}

Later<std::vector<DnsRecordView>> ControlLoop::later_dns_records() const {
  return [zone = planner_.zone()] {
    std::vector<DnsRecordView> views;
    zone.for_each_record([&](const dns::RecordText& record) {
      views.push_back({record.name, record.type, record.ttl, record.data});
    });
    std::ranges::sort(views, {}, [](const DnsRecordView& view) { return std::tie(view.name, view.type, view.data); });
    return views;
  };
}

std::vector<ListenerView> ControlLoop::listeners() const {
  return later_listeners()();
}

Later<std::vector<ListenerView>> ControlLoop::later_listeners() const {
  return [table = planner_.table(), failures = proxy_failures_, interception = interception_] {
    // An intercepted TCP connection comes to a port that all share.
    const auto failure = [&](const proxy::FrontendKey& key) -> const Error* {
      if (!interception || key.protocol != Protocol::tcp || !interception->covers(key.address.ip))
        return failures.find(key);
      const Family family = key.address.ip.family();
      const auto at = std::ranges::find(interception->listen, family, [](const auto& to) { return to.ip.family(); });
      return at == interception->listen.end() ? nullptr : failures.find({*at, Protocol::tcp});
    };
    std::vector<ListenerView> views;
    views.reserve(table.frontends.size());
    table.frontends.for_each([&](const proxy::FrontendKey& key, const proxy::Frontend& frontend) {
      const auto* port = table.service_ports.find(frontend.service_port);
      ListenerView view{frontend.kind, key, (*port)->service, (*port)->port_name, "Open", {}};
      if (!is_answered(table, **port, key, frontend)) view.state = "NoEndpoints";
      if (const Error* error = failure(key)) {
        view.state = "Failed";
        view.error = error->message;
      }
      views.push_back(std::move(view));
    });
    std::ranges::sort(views, {}, [](const ListenerView& view) { return std::tie(view.service, view.kind, view.key); });
    return views;
  };
}

std::shared_ptr<const proxy::InterceptRefusals> ControlLoop::intercept_refusals() const {
  return interception_ ? interception_->refused : nullptr;
}

std::vector<proxy::ConnectionRecord> ControlLoop::connections() const {
  return data_plane_.connections();
}

std::vector<std::shared_ptr<const proxy::ServicePort>> ControlLoop::service_ports() const {
  return later_service_ports()();
}

Later<std::vector<std::shared_ptr<const proxy::ServicePort>>> ControlLoop::later_service_ports() const {
  return [all = planner_.table().service_ports] {
    std::vector<std::shared_ptr<const proxy::ServicePort>> ports;
    ports.reserve(all.size());
    all.for_each([&](const auto&, const auto& port) { ports.push_back(port); });
    return ports;
  };
}

std::map<std::string, std::size_t> ControlLoop::services_by_pool() const {
  std::map<std::string, std::size_t> counts;
  if (planner_.pools().empty()) return counts;
  for (const auto& [name, service] : planner_.in_force()) {
    if (!service.allocation.load_balancer_ips.empty()) ++counts[service.allocation.pool];
  }
  return counts;
}

}  // namespace naru::daemon
