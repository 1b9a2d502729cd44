// The workers, seen from the control thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "dns/address_answer.h"
#include "dns/worker_dns.h"
#include "proxy/interception.h"
#include "proxy/legacy.h"
#include "proxy/worker_proxy.h"
#include "runtime/worker.h"

namespace naru::daemon {

/// All that the data plane needs to know, immutable.
struct Snapshot {
  std::uint64_t generation{};
  proxy::Table table;
  dns::Zone zone;
};

/// What the workers tell; called on the control thread, but for the ends of connections and requests.
struct DataPlaneEvents {
  std::function<void(unsigned worker, const proxy::FrontendKey&, std::optional<Error>)> on_proxy_listen;
  std::function<void(unsigned worker, const dns::ListenKey&, std::optional<Error>)> on_dns_listen;
  std::function<void(std::uint64_t generation)> on_in_force;                // on all workers
  std::function<void(const proxy::ConnectionRecord&)> on_connection_ended;  // on the worker's thread; may be empty
  proxy::Reports::RequestEnded on_request_ended;                            // the same
};

/// Thread: all calls on the control thread, whose io_context outlives it.
class DataPlane {
 public:
  /// `query_logs`: one for each worker, or none. `interception`: null for none.
  DataPlane(boost::asio::io_context& control, unsigned workers, std::size_t connections_per_worker,
            const dns::WorkerOptions& dns, const std::vector<std::shared_ptr<dns::QueryLogRing>>& query_logs,
            std::shared_ptr<const proxy::Interception> interception, DataPlaneEvents events);
  /// Ends what is left at once.
  ~DataPlane();
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  /// Hands the snapshot to every worker.
  void publish(std::shared_ptr<const Snapshot> snapshot);
  [[nodiscard]] std::uint64_t generation_in_force() const { return in_force_; }

  /// What another process needs to serve what this one serves, worker by worker.
  struct Shared {
    std::vector<proxy::Legacy> proxies;
    std::vector<std::vector<dns::SharedSocket>> dns;
  };
  [[nodiscard]] Shared share() const;
  /// Takes over what as many workers of another process shared. Before the first publish().
  void inherit(std::vector<proxy::Legacy> proxies);
  void learn_affinity(const proxy::LearnedAffinity& learned);
  /// Another process serves: stops listening, and leaves the sockets as they are.
  void hand_over_proxies(std::function<void()> on_drained);
  void hand_over_dns(std::function<void()> on_drained);

  /// Tries again to open what could not be opened.
  void retry_failed();
  /// Connections to Services: stops accepting everywhere; `on_drained` once none is left.
  void drain_proxies(std::function<void()> on_drained);
  /// The same of DNS.
  void drain_dns(std::function<void()> on_drained);
  void set_cookie_secrets(const dns::CookieSecrets& secrets);
  /// Asks as a client of naru's DNS would. `done` once, later; with a failure where there is no answer. Not at all once
  /// this is destroyed.
  void look_up(const dns::Name& name, Family family, std::function<void(dns::AddressAnswer)> done);

  [[nodiscard]] std::size_t workers() const { return workers_.size(); }
  /// Asks every worker and waits for the answers: milliseconds at most, as workers never block.
  [[nodiscard]] std::vector<proxy::ConnectionRecord> connections() const;
  /// Of each worker; the counters may be read while the workers count.
  [[nodiscard]] std::vector<const dns::Metrics*> dns_metrics() const;

 private:
  struct DataWorker;

  [[nodiscard]] proxy::Reports proxy_reports(unsigned index);
  [[nodiscard]] dns::Reports dns_reports(unsigned index);
  void acknowledge(unsigned index, std::uint64_t generation);
  void share_affinity(unsigned from, const proxy::LearnedAffinity& learned);
  void post_to_control(std::function<void()> task);
  /// Calls drain(worker, done) on each worker; `on_drained` once each has called `done`.
  template <class Drain>
  void drain_each(Drain drain, std::function<void()> on_drained);

  boost::asio::io_context& control_;
  DataPlaneEvents events_;
  std::vector<std::unique_ptr<DataWorker>> workers_;
  std::uint64_t in_force_{};
  std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};  // false: tasks still queued for us do nothing
};

}  // namespace naru::daemon
