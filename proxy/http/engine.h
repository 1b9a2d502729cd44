// What the HTTP connections of one worker share.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "proxy/http/client_connection.h"
#include "proxy/http/transaction.h"
#include "proxy/http/upstream.h"
#include "proxy/tcp_session.h"

namespace naru::proxy {

/// Owns the clients' connections, the connections to endpoints, and Transactions that are not in use. One worker's.
struct HttpEngine {
  explicit HttpEngine(TcpEngine& tcp_engine) : context(tcp_engine.context), pools(tcp_engine.pools), tcp(tcp_engine) {}
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;
  ~HttpEngine();

  /// Serves a connection just accepted, whatever its Service port speaks.
  void accept(const Binding& binding, runtime::UniqueFd client, const SocketAddress& address);
  /// The same for one that is from `address`, and of which `first` (at most BufferPool::kSize bytes) was read already.
  void serve(const Binding& binding, runtime::UniqueFd client, const SocketAddress& address, std::string_view first);

  /// Goes on with a connection as HTTP/2, whose preface `first` begins with.
  void accept_http2(const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                    std::string_view first);

  [[nodiscard]] std::unique_ptr<Transaction> borrow();
  void give_back(std::unique_ptr<Transaction> transaction);

  [[nodiscard]] UpstreamPort& upstream_port(const std::shared_ptr<PortEntry>& port);
  /// Some Service port is gone: lets go of its upstreams once none of their connections is used. At the end of the
  /// turn.
  void sweep_upstreams();
  /// One client's at one endpoint, if it is not used again by the end of the turn.
  void forget_upstream(ServicePortId port, const UpstreamKey& key);

  /// naru stops: what is idle ends soon, what is under way is finished.
  void drain();
  void abort_all();
  void append_records(std::vector<ConnectionRecord>& records) const;

  WorkerContext& context;
  Pools& pools;
  TcpEngine& tcp;
  bool draining{false};
  std::size_t replay_bytes{0};  // kept by all Transactions of this worker, below kMostReplayBytes
  static constexpr std::size_t kMostReplayBytes = 64 * 1024 * 1024;

  ClientConnections clients;
  std::size_t count{0};  // of clients
  std::unordered_map<ServicePortId, std::unique_ptr<UpstreamPort>, ServicePortIdHash> upstreams;
  std::vector<std::unique_ptr<Transaction>> spare;

 private:
  bool sweeping_{false};
  std::shared_ptr<int> alive_{std::make_shared<int>()};  // for deferred tasks: gone with this object
};

}  // namespace naru::proxy
