// The state in force as the outside may see it: what `naru get` prints and the metrics count.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/objects.h"
#include "dns/metrics.h"
#include "lb/allocation.h"
#include "lb/announce/report.h"
#include "proxy/interception.h"
#include "proxy/worker_proxy.h"

namespace naru::daemon {

/// As metav1.Condition.
struct Condition {
  std::string type;
  bool status{};
  std::string reason;
  std::string message;
};

struct ServiceView {
  std::shared_ptr<const config::Service> object;
  lb::Allocation allocation;
  std::vector<Condition> conditions;
  std::size_t ready_endpoints{};  // distinct addresses
  std::size_t endpoints{};
};

struct NodeView {
  std::shared_ptr<const config::Node> object;
  bool self{};              // this naru's own
  std::size_t endpoints{};  // on it
  std::string liveness{};   // "Live", "Settling", "Down", ...; empty where no node is elected for anything
  std::string fault{};      // why nothing can be heard of it
};

struct PoolView {
  std::shared_ptr<const config::IpAddressPool> object;
  std::uint64_t assigned_ipv4{};
  std::uint64_t assigned_ipv6{};
  std::uint64_t available_ipv4{};
  std::uint64_t available_ipv6{};
  std::vector<std::string> pending{};  // "shop/web: why", of each Service that waits for an address of this pool
};

struct DnsRecordView {
  std::string name;  // "web.shop.svc.cluster.local."
  std::string type;  // "A"
  std::uint32_t ttl{};
  std::string data;
};

struct ListenerView {
  proxy::FrontendKind kind{};
  proxy::FrontendKey key;
  config::ServiceName service;
  std::string port_name;
  std::string state;  // "Open"; "NoEndpoints": refuses; "Failed"
  std::string error;  // where failed
};

/// An address of one Service, as this node announces it or does not.
struct AnnouncementView {
  config::ServiceName service;
  lb::announce::AnnouncementInfo info;
};

struct StatusView {
  std::uint64_t generation{};         // in force on every worker
  std::vector<config::Issue> errors;  // standing: what is wrong in the sources now
  std::vector<config::Issue> notices;
  std::size_t services{};
  std::size_t endpoints{};
  std::size_t workers{};
  std::size_t no_local_internal{};  // Service ports with internalTrafficPolicy Local and endpoints, none on this node
  std::size_t no_local_external{};  // the same of externalTrafficPolicy
  std::chrono::system_clock::time_point last_change;  // last time that a change was in force
};

/// What may be called on any thread, once: it has the state as it was when it was asked for. Copying that is quick,
/// where reading it all is not.
template <class T>
using Later = std::function<T()>;

/// Implemented by the control loop. All calls on the control thread.
class View {
 public:
  virtual ~View() = default;

  [[nodiscard]] virtual StatusView status() const = 0;
  [[nodiscard]] virtual std::vector<ServiceView> services() const = 0;
  /// Slices in force: those given, and those that naru made from Pods.
  [[nodiscard]] virtual std::vector<std::shared_ptr<const config::EndpointSlice>> endpoint_slices() const = 0;
  [[nodiscard]] virtual std::vector<NodeView> nodes() const = 0;
  [[nodiscard]] virtual std::vector<PoolView> pools() const = 0;
  [[nodiscard]] virtual std::vector<DnsRecordView> dns_records() const = 0;
  [[nodiscard]] virtual std::vector<ListenerView> listeners() const = 0;
  /// Asks every worker and waits for the answers.
  [[nodiscard]] virtual std::vector<proxy::ConnectionRecord> connections() const = 0;
  /// The Service ports in force, with their counters.
  [[nodiscard]] virtual std::vector<std::shared_ptr<const proxy::ServicePort>> service_ports() const = 0;
  /// Of each worker, counting on while they are read.
  [[nodiscard]] virtual std::vector<const dns::Metrics*> dns_metrics() const { return {}; }
  /// Counting on while they are read; null: nothing is intercepted.
  [[nodiscard]] virtual std::shared_ptr<const proxy::InterceptRefusals> intercept_refusals() const { return nullptr; }
  /// Asks the announcing thread and waits for its answer.
  [[nodiscard]] virtual lb::announce::Report announcing() const { return {}; }

  /// As status(), without the notices.
  [[nodiscard]] virtual StatusView summary() const { return status(); }
  [[nodiscard]] virtual Later<std::vector<NodeView>> later_nodes() const { return at_once(nodes()); }
  [[nodiscard]] virtual Later<std::vector<DnsRecordView>> later_dns_records() const { return at_once(dns_records()); }
  [[nodiscard]] virtual Later<std::vector<ListenerView>> later_listeners() const { return at_once(listeners()); }
  [[nodiscard]] virtual Later<std::vector<std::shared_ptr<const proxy::ServicePort>>> later_service_ports() const {
    return at_once(service_ports());
  }
  /// Services with a load balancer address, by pool.
  [[nodiscard]] virtual std::map<std::string, std::size_t> services_by_pool() const {
    std::map<std::string, std::size_t> counts;
    for (const ServiceView& service : services()) {
      if (!service.allocation.load_balancer_ips.empty()) ++counts[service.allocation.pool];
    }
    return counts;
  }

 protected:
  template <class T>
  static Later<T> at_once(T value) {
    return [value = std::move(value)] { return value; };
  }
};

}  // namespace naru::daemon
