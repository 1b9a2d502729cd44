// The control loop: source -> planner -> snapshot -> workers -> acknowledged.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "config/source.h"
#include "daemon/announcing.h"
#include "daemon/data_plane.h"
#include "daemon/dns_setup.h"
#include "daemon/estate.h"
#include "daemon/health.h"
#include "daemon/health_check_ports.h"
#include "daemon/host_watch.h"
#include "daemon/issue_log.h"
#include "daemon/listen_failures.h"
#include "daemon/metrics.h"
#include "daemon/name_resolver.h"
#include "daemon/planner.h"
#include "daemon/prober.h"
#include "daemon/routes.h"
#include "daemon/source_routing.h"
#include "daemon/view.h"
#include "daemon/watched_file.h"

namespace naru::daemon {

struct ControlOptions {
  config::Configuration configuration;
  std::vector<config::Issue> notices;  // of the configuration itself
  HostAddresses host;
  unsigned workers{1};
  std::size_t connections_per_worker{};  // 0: no limit
  std::vector<SocketAddress> upstreams;
  Estate inherited;  // of the process that this one takes over from; empty: it does not
  /// The DNS sockets that are held, asked for once this host has the addresses; may be empty.
  std::function<std::vector<dns::HeldSockets>()> held_dns;
  std::vector<std::shared_ptr<dns::QueryLogRing>> query_logs;               // one for each worker, or none
  std::function<void(const proxy::ConnectionRecord&)> on_connection_ended;  // worker threads; may be empty
  proxy::Reports::RequestEnded on_request_ended;                            // the same
};

/// Thread: all calls on the thread of `io`.
class ControlLoop : public View {
 public:
  ControlLoop(boost::asio::io_context& io, ControlOptions options, std::unique_ptr<config::Source> source,
              AllocationStore store);
  ~ControlLoop() override;

  /// Loads everything and publishes it; `on_ready` once it is in force. Errors: the recorded allocations can't be read.
  Result<void> start(std::function<void()> on_ready);
  /// Looks at all sources again (SIGHUP).
  void reload();
  /// Withdraws what is announced, if anything is, and goes on serving what still arrives for a while. Then it stops
  /// accepting; once all connections have ended, or after `grace`, DNS goes too, which is answered until then and for
  /// as long as it is to be a lame duck. `on_drained` at the end of all that.
  void drain(Duration grace, std::function<void()> on_drained);

  /// What another process needs to take over. Its `http` is for whoever has more such sockets to add to.
  [[nodiscard]] Estate share() const;
  /// As drain(), but another process serves: sockets, routes and announcements are left to it.
  void hand_over(Duration grace, std::function<void()> on_drained);

  [[nodiscard]] HealthInput health() const;
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] const Planner& planner() const { return planner_; }
  [[nodiscard]] const DataPlane& data_plane() const { return data_plane_; }

  // View: control_view.cc
  [[nodiscard]] StatusView status() const override;
  [[nodiscard]] std::vector<ServiceView> services() const override;
  [[nodiscard]] std::vector<std::shared_ptr<const config::EndpointSlice>> endpoint_slices() const override;
  [[nodiscard]] std::vector<NodeView> nodes() const override;
  [[nodiscard]] std::vector<PoolView> pools() const override;
  [[nodiscard]] std::vector<DnsRecordView> dns_records() const override;
  [[nodiscard]] std::vector<ListenerView> listeners() const override;
  [[nodiscard]] std::vector<proxy::ConnectionRecord> connections() const override;
  [[nodiscard]] std::vector<std::shared_ptr<const proxy::ServicePort>> service_ports() const override;
  [[nodiscard]] std::vector<const dns::Metrics*> dns_metrics() const override { return data_plane_.dns_metrics(); }
  [[nodiscard]] std::shared_ptr<const proxy::InterceptRefusals> intercept_refusals() const override;
  [[nodiscard]] lb::announce::Report announcing() const override { return announcing_.report(); }
  [[nodiscard]] StatusView summary() const override;
  [[nodiscard]] Later<std::vector<NodeView>> later_nodes() const override;
  [[nodiscard]] Later<std::vector<DnsRecordView>> later_dns_records() const override;
  [[nodiscard]] Later<std::vector<ListenerView>> later_listeners() const override;
  [[nodiscard]] Later<std::vector<std::shared_ptr<const proxy::ServicePort>>> later_service_ports() const override;
  [[nodiscard]] std::map<std::string, std::size_t> services_by_pool() const override;

 private:
  /// A snapshot that is not yet in force everywhere.
  struct Pending {
    std::uint64_t generation{};
    TimePoint since;                                               // the change was seen
    std::vector<std::chrono::system_clock::time_point> triggered;  // by the objects' own word
  };

  [[nodiscard]] DataPlaneEvents events();
  [[nodiscard]] dns::WorkerOptions prepare_dns();
  void take_host_addresses();
  void take_hosts();
  void follow_hosts_file();
  void wait_for_hosts_file();
  void rotate_cookie_secrets_later();
  void drain_proxies(Duration grace);
  void drain_dns_when_due();
  void finish_draining();
  void wait_for_connections(Duration grace);
  void use_inherited_state();
  void watch();
  void take_changes();
  void follow_announcing(bool changed);
  void publish_first(Pending pending);
  void publish(Pending pending);
  void on_name_answer(const FollowedName& name, const dns::AddressAnswer& answer);
  void on_in_force(std::uint64_t generation);
  void on_listen_changed();
  void retry_later();
  void report_issues();
  [[nodiscard]] std::vector<config::Issue> issues() const;
  [[nodiscard]] std::set<IpAddress> unopened_addresses() const;
  [[nodiscard]] std::set<IpAddress> needed_addresses() const;
  [[nodiscard]] std::set<Family> transparent_families() const;
  [[nodiscard]] config::Issue listen_issue(const proxy::FrontendKey& key, const Error& error) const;
  void forget_closed_frontends(const proxy::Table& before, const proxy::Table& after);
  void log_pending(bool first);
  void log_what_is_served() const;
  [[nodiscard]] HttpResponse service_health_of(const config::ServiceName& name) const;

  boost::asio::io_context& io_;
  ControlOptions options_;
  std::shared_ptr<const proxy::Interception> interception_;  // null: nothing is intercepted
  std::unique_ptr<config::Source> source_;
  boost::asio::posix::stream_descriptor source_ready_;
  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer withdraw_timer_;
  boost::asio::steady_timer drain_timer_;
  boost::asio::steady_timer lame_duck_timer_;
  boost::asio::steady_timer cookie_timer_;
  boost::asio::steady_timer names_timer_;
  CookieRotation cookie_rotation_;
  std::unique_ptr<WatchedFile> hosts_file_;  // null: none is configured
  std::unique_ptr<boost::asio::posix::stream_descriptor> hosts_file_ready_;
  Planner planner_;
  HostWatch host_watch_;
  Routes routes_;
  SourceRouting source_routing_;
  Announcing announcing_;  // after the routes: silent before they go
  HealthCheckPorts health_check_ports_;
  Prober prober_;
  NameResolver name_resolver_;
  Metrics metrics_;
  IssueLog issue_log_;
  IssueLog notice_log_;
  std::vector<config::Issue> source_errors_;
  std::vector<config::Issue> source_notices_;
  std::vector<config::Issue> hosts_issues_;
  ListenFailures<proxy::FrontendKey> proxy_failures_;
  ListenFailures<dns::ListenKey> dns_failures_;
  std::optional<Pending> held_;  // the first one, while names are looked up
  std::deque<Pending> pending_;
  std::uint64_t generation_{0};
  std::chrono::system_clock::time_point last_in_force_;
  std::function<void()> on_ready_;
  std::function<void()> on_drained_;
  bool retrying_{};
  bool reporting_{};
  bool draining_{};
  bool proxies_drained_{};
  bool lame_duck_over_{};
  bool dns_draining_{};
  bool handed_over_{};
  std::vector<proxy::LearnedAffinity> inherited_affinity_;
  DataPlane data_plane_;  // last: its workers stop before anything they report to goes
};

}  // namespace naru::daemon
