// The L4 data plane of one worker.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "proxy/table.h"
#include "runtime/reactor.h"

namespace naru::proxy {

/// One connection or flow, for `naru get connections` and the access log.
struct ConnectionRecord {
  Protocol protocol{Protocol::tcp};
  FrontendKind frontend{};
  SocketAddress client;
  SocketAddress address;   // that the client connected to
  SocketAddress endpoint;  // 0.0.0.0:0 while none is connected
  config::ServiceName service;
  std::string port_name;
  std::uint64_t bytes_received{};  // from the client
  std::uint64_t bytes_sent{};      // to the client
  std::chrono::milliseconds duration{};
  int attempts{};     // endpoints tried
  bool draining{};    // its endpoint is gone or going
  Outcome outcome{};  // only once ended
};

/// What a worker has learned of a client of a Service with sessionAffinity: ClientIP.
struct LearnedAffinity {
  ServicePortId service_port{};
  IpAddress client;
  SocketAddress address;  // of the frontend
  SocketAddress endpoint;
  TimePoint at;
};

struct Legacy;        // proxy/legacy.h
struct Interception;  // proxy/interception.h

/// What a worker tells the control thread. Called on the worker's thread: the receiver posts.
struct Reports {
  /// A frontend could not be opened (permission, port taken, ...), and all else goes on. It is retried when the
  /// frontend changes, and by retry_failed(). Told once per failure; `std::nullopt` when a frontend that had failed is
  /// open.
  std::function<void(const FrontendKey&, std::optional<Error>)> on_listen_result;
  /// One per ended connection or flow; empty: no access log.
  std::function<void(const ConnectionRecord&)> on_connection_ended;
  /// One per ended request, with the address that the client connected to; empty: requests are not logged. Valid during
  /// the call only.
  using RequestEnded = std::function<void(const RequestRecord&, const ServicePort&, const SocketAddress&)>;
  RequestEnded on_request_ended{};
  /// For the other workers: post it to each of their learn_affinity(). Empty: one worker.
  std::function<void(const LearnedAffinity&)> on_affinity_learned;
};

/// Listeners, TCP connections and UDP flows of one worker. All calls on the worker's thread, within its Reactor's loop.
class WorkerProxy {
 public:
  /// `max_connections`: of TCP clients on this worker, of all Services; more are reset. 0: as many as there is room
  /// for. `interception`: of frontends that this host does not have; null: of none.
  WorkerProxy(runtime::Reactor& reactor, unsigned worker_index, Reports reports, std::size_t max_connections = 0,
              std::shared_ptr<const Interception> interception = nullptr);
  ~WorkerProxy();

  /// Brings the worker to `next`: opens and closes listeners, marks connections to what went as draining, leaves alone
  /// what did not change. In time of the size of the change. An older generation than the one in force is ignored.
  void apply(const Table& next);

  /// Tries again to open the frontends that failed.
  void retry_failed();

  /// What another worker told through Reports::on_affinity_learned.
  void learn_affinity(const LearnedAffinity& learned);

  /// Takes over what the worker of the same index of another process shared. Before the first apply(), which closes the
  /// sockets that it has no frontend for.
  void inherit(Legacy legacy);
  /// What another process needs to go on from here: both then accept, each a share.
  [[nodiscard]] Legacy share() const;
  /// Another process serves from now on: stops listening and leaves what is queued to it. Connections go on, flows
  /// while their endpoints answer; `on_drained` is called once none is left.
  void hand_over(std::function<void()> on_drained);

  /// Stops listening (accepts what is queued first). Connections go on; `on_drained` is called once none is left.
  void drain(std::function<void()> on_drained);
  /// Ends all that is left at once.
  void abort();

  [[nodiscard]] std::vector<ConnectionRecord> connections() const;
  [[nodiscard]] std::size_t connection_count() const;
  /// Frontends that are open now.
  [[nodiscard]] std::vector<FrontendKey> listeners() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace naru::proxy
