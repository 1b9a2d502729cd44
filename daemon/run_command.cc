#include "daemon/run_command.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "config/file_source.h"
#include "daemon/access_log.h"
#include "daemon/admin_server.h"
#include "daemon/connection_share.h"
#include "daemon/control_loop.h"
#include "daemon/dns_sockets.h"
#include "daemon/host_state.h"
#include "daemon/http_server.h"
#include "daemon/logging.h"
#include "daemon/process_setup.h"
#include "daemon/query_log.h"
#include "daemon/succession.h"

namespace naru::daemon {
namespace {

class Daemon {
 public:
  Daemon(const RunOptions& options, config::LoadedConfiguration loaded)
      : options_(options), loaded_(std::move(loaded)), signals_(io_) {}

  int run() {
    for (const config::Issue& notice : loaded_.notices) log::warn("{}", notice.to_string());
    log::info("naru {} starting: node {}, {} workers, at most {} open files", NARU_VERSION, configuration().node,
              workers(), open_files_);
    if (const auto failure = assemble()) {
      log::error("cannot start: {}", failure->message);
      return kExitCannotStart;
    }
    io_.run();
    log::info("stopped");
    return failed_ ? kExitCannotStart : kExitDone;
  }

 private:
  [[nodiscard]] const config::Configuration& configuration() const { return loaded_.value; }
  [[nodiscard]] unsigned workers() const {
    if (const auto inherited = succession_.workers()) return *inherited;
    return configuration().workers > 0 ? configuration().workers : usable_cores();
  }

  std::optional<Error> assemble() {
    auto store = open_store();
    if (!store) return store.error();
    auto source = config::watch_files(options_.paths);
    if (!source) return source.error();
    if (const auto failure = open_access_log()) return failure;
    if (const auto failure = open_query_log()) return failure;
    if (const auto begun = succession_.begin(); !begun) return begun.error();
    runtime::UniqueFd metrics = inherited_http(configuration().metrics_bind_address);
    runtime::UniqueFd health = inherited_http(configuration().healthz_bind_address);
    control_ = std::make_unique<ControlLoop>(io_, control_options(), std::move(*source), std::move(*store));
    if (const auto failure = open_admin_socket()) return failure;
    open_http(metrics_server_, configuration().metrics_bind_address, std::move(metrics), "metricsBindAddress");
    open_http(health_server_, configuration().healthz_bind_address, std::move(health), "healthzBindAddress");
    wait_for_signal();
    const auto started = control_->start([this] { on_in_force(); });
    return started ? std::nullopt : std::optional(started.error());
  }

  void on_in_force() {
    succession_.finish(*admin_server_, [this](Result<void> alone) {
      if (!alone) {
        log::error("{}", alone.error().message);
        failed_ = true;
        return io_.stop();
      }
      log::info("ready");
      notify_service_manager("READY=1");
    });
  }

  Estate share() {
    Estate estate = control_->share();
    for (const auto* server : {metrics_server_.get(), health_server_.get()}) {
      if (server == nullptr) continue;
      for (auto& [address, fd] : server->share()) estate.http.push_back({address, std::move(fd)});
    }
    return estate;
  }

  void release() {
    stopping_ = true;
    log::info("another process has taken over: {} connections to end", control_->connections().size());
    metrics_server_.reset();
    health_server_.reset();
    control_->hand_over(configuration().shutdown_grace_period, [this] { io_.stop(); });
  }

  Result<AllocationStore> open_store() {
    const std::string& dir = configuration().state_dir;
    if (dir == "none") return AllocationStore::in_memory(configuration().node);
    return AllocationStore::open(dir, configuration().node);
  }

  std::optional<Error> open_access_log() {
    const config::AccessLogConfiguration& setting = configuration().access_log;
    if (setting.path.empty()) return std::nullopt;
    auto opened = AccessLog::open(setting.path, setting.sample);
    if (!opened) return opened.error();
    access_log_ = std::move(*opened);
    return std::nullopt;
  }

  std::optional<Error> open_query_log() {
    const config::DnsQueryLog& setting = configuration().dns.serving.query_log;
    if (setting.path.empty()) return std::nullopt;
    auto opened = QueryLog::open(setting.path, setting.sample, workers());
    if (!opened) return opened.error();
    query_log_ = std::move(*opened);
    return std::nullopt;
  }

  ControlOptions control_options() {
    ControlOptions control;
    control.configuration = configuration();
    control.notices = loaded_.notices;
    control.host = read_host_addresses();
    control.workers = workers();
    control.connections_per_worker = connections_per_worker(configuration().max_connections, open_files_, workers());
    inherited_dns_ = succession_.take_dns();
    control.inherited = succession_.take_estate();
    control.upstreams = upstreams(configuration(), dns_listen_addresses(configuration()));
    control.held_dns = [this] { return held_dns(); };
    if (query_log_) control.query_logs = query_log_->rings();
    if (access_log_) {
      control.on_connection_ended = [log = access_log_.get()](const proxy::ConnectionRecord& record) {
        log->record(record, std::chrono::system_clock::now());
      };
    }
    if (access_log_ && configuration().access_log.requests) {
      control.on_request_ended = [log = access_log_.get()](const proxy::RequestRecord& record,
                                                           const proxy::ServicePort& port,
                                                           const SocketAddress& address) {
        log->record(record, port, address, std::chrono::system_clock::now());
      };
    }
    return control;
  }

  std::vector<dns::HeldSockets> held_dns() {
    const auto listen = dns_listen_addresses(configuration());
    dns_sockets_ = DnsSockets(passed_sockets_, listen);
    dns_sockets_.inherit(std::move(inherited_dns_));
    dns_sockets_.hand_over(listen, workers(), service_manager_room());
    if (const auto summary = dns_sockets_.summary(); !summary.empty()) log::info("DNS on held sockets: {}", summary);
    return dns_sockets_.held();
  }

  runtime::UniqueFd inherited_http(const std::optional<SocketAddress>& address) {
    return address ? succession_.take_http(*address) : runtime::UniqueFd();
  }

  std::optional<Error> open_admin_socket() {
    admin_server_ = std::make_unique<HttpServer>(io_, [this](const HttpRequest& request) {
      return admin_response(*control_, request, std::chrono::system_clock::now());
    });
    const auto opened = admin_server_->listen_unix(succession_.admin_socket(), "adminSocket");
    return opened ? std::nullopt : std::optional(opened.error());
  }

  /// Metrics and health are served on either address. One that is taken is an error to read, not a reason not to serve.
  void open_http(std::unique_ptr<HttpServer>& server, const std::optional<SocketAddress>& address,
                 runtime::UniqueFd inherited, const char* setting) {
    if (!address) return;
    server = std::make_unique<HttpServer>(io_, [this](const HttpRequest& request) { return answer(request); });
    if (inherited) return server->adopt(*address, std::move(inherited));
    const auto opened = server->listen(*address, setting);
    if (!opened) log::error("{}", opened.error().message);
  }

  HttpResponse answer(const HttpRequest& request) {
    if (request.path == "/metrics")
      return {200, "text/plain; version=0.0.4; charset=utf-8", {}, {}, control_->metrics().later_page()};
    if (request.path == "/healthz") {
      HttpResponse response = healthz(control_->health());
      control_->metrics().healthz_answered(response.status);
      return response;
    }
    if (request.path == "/livez") {
      HttpResponse response = livez(control_->health());
      control_->metrics().livez_answered(response.status);
      return response;
    }
    return {404, "text/plain; charset=utf-8", "not found: /metrics, /healthz and /livez are here\n", {}};
  }

  void wait_for_signal() {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) signals_.add(number);
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      on_signal(number);
      wait_for_signal();
    });
  }

  void on_signal(int number) {
    if (number == SIGHUP) {
      log::info("SIGHUP: looking at all sources again");
      control_->reload();
    } else if (number == SIGUSR1) {
      const auto reopened = access_log_ ? access_log_->reopen() : Result<void>{};
      if (!reopened) log::error("{}", reopened.error().message);
      const auto queries = query_log_ ? query_log_->reopen() : Result<void>{};
      if (!queries) log::error("{}", queries.error().message);
    } else {
      stop();
    }
  }

  void stop() {
    if (std::exchange(stopping_, true)) {
      log::warn("told to stop again: not waiting for connections");
      io_.stop();
      return;
    }
    log::info("stopping: accepting nothing new, {} connections to end", control_->connections().size());
    notify_service_manager("STOPPING=1");
    control_->drain(configuration().shutdown_grace_period, [this] { io_.stop(); });
  }

  // Before there are threads, and before anything opens a descriptor that could be taken for one of these.
  const std::vector<runtime::PassedSocket> passed_sockets_{runtime::take_passed_sockets()};
  const RunOptions& options_;
  config::LoadedConfiguration loaded_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  std::unique_ptr<AccessLog> access_log_;
  const std::size_t open_files_{raise_open_file_limit()};
  std::unique_ptr<QueryLog> query_log_;
  DnsSockets dns_sockets_;
  std::unique_ptr<ControlLoop> control_;
  std::unique_ptr<HttpServer> admin_server_;
  std::unique_ptr<HttpServer> metrics_server_;
  std::unique_ptr<HttpServer> health_server_;
  bool stopping_{false};
  bool failed_{false};

  std::vector<dns::SharedSocket> inherited_dns_;  // until there are workers
  Succession succession_{io_, loaded_.value, options_.take_over, {[this] { return share(); }, [this] { release(); }}};
};

}  // namespace

int run_daemon(const RunOptions& options) {
  set_up_logging(options.log_level);
  ignore_broken_pipes();
  auto loaded = configuration_for(options.config);
  for (const config::Issue& issue : loaded.errors) std::fprintf(stderr, "%s\n", issue.to_string().c_str());
  if (!loaded.errors.empty()) return kExitBadInput;
  if (options.node) loaded.value.node = *options.node;
  if (options.state_dir) loaded.value.state_dir = *options.state_dir;
  if (options.workers) loaded.value.workers = *options.workers;
  return Daemon(options, std::move(loaded)).run();
}

}  // namespace naru::daemon
