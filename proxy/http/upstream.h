// Connections from one worker to the endpoints of a Service port, kept for the next request.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "proxy/http/h1_backend.h"
#include "proxy/http/h2_upstream.h"
#include "proxy/http/stream.h"
#include "proxy/port_entry.h"
#include "proxy/source_address.h"

namespace naru::proxy {

struct HttpEngine;
class UpstreamPort;

/// One endpoint; and one client, where endpoints are to see the client's address: a connection that is from one client
/// cannot carry another's requests.
struct UpstreamKey {
  SocketAddress address;
  std::optional<IpAddress> client;

  friend bool operator==(const UpstreamKey&, const UpstreamKey&) = default;
};

struct UpstreamKeyHash {
  std::size_t operator()(const UpstreamKey& key) const {
    return key.client ? combine(hash_value(key.address), hash_value(*key.client)) : hash_value(key.address);
  }
};

class Upstream {
 public:
  Upstream(UpstreamPort& port, const UpstreamKey& key, std::shared_ptr<lb::EndpointState> state);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// A stream for one request, on a connection that is idle or on a new one. Errors: what connect(2) said at once,
  /// Errc::exhausted if the shortage is ours.
  [[nodiscard]] Result<BackendStream*> open(Transaction& transaction);

  /// From an H1Backend: it may serve another request.
  void put_idle(H1Backend& backend);
  /// From an H1Backend: it has ended.
  void gone(H1Backend& backend);
  /// From H2Upstream: one of its connections has ended.
  void h2_gone();
  /// Its connections are not kept any more: idle ones end now, busy ones after their request.
  void retire();
  void revive() { retired_ = false; }
  [[nodiscard]] bool retired() const { return retired_; }
  [[nodiscard]] bool unused() const { return idle_.empty() && busy_.empty() && h2_.unused(); }

  [[nodiscard]] HttpEngine& engine() const;
  [[nodiscard]] UpstreamPort& port() const { return port_; }
  [[nodiscard]] const SocketAddress& address() const { return key_.address; }
  /// Begins to connect to it, from the client's address if it is for one client.
  [[nodiscard]] Result<UpstreamSocket> connect();
  [[nodiscard]] lb::EndpointState& state() const { return *state_; }

 private:
  [[nodiscard]] Result<BackendStream*> open_stream(Transaction& transaction);
  void let_go_if_unused();
  [[nodiscard]] H1Backend* take_idle(http::Method method);
  void on_timer();
  void arm_timer();

  UpstreamPort& port_;
  const UpstreamKey key_;
  const std::shared_ptr<lb::EndpointState> state_;
  bool retired_{false};
  H1Backends idle_;  // last used first
  H1Backends busy_;
  H2Upstream h2_{*this};
  runtime::Timer timer_;  // for the idle ones
};

/// All endpoints that were used. Follows the Service port: an endpoint that did not change keeps its connections.
class UpstreamPort final : public PortMember {
 public:
  UpstreamPort(HttpEngine& engine, std::shared_ptr<PortEntry> port);

  /// For the requests of `client` alone, or of all who are not named.
  [[nodiscard]] Upstream& upstream(const lb::Endpoint& endpoint, const std::optional<IpAddress>& client);
  /// A client's that has no connections any more is not worth its memory.
  void forget_unused(const UpstreamKey& key);
  void on_port_changed() override;
  /// Forgets endpoints that are gone and unused. True if nothing is left and the Service port is gone.
  [[nodiscard]] bool sweep();

  [[nodiscard]] HttpEngine& engine() const { return engine_; }
  [[nodiscard]] const ServicePort& port() const { return port_->port(); }
  [[nodiscard]] const HttpSettings& settings() const { return port().settings.http; }

 private:
  [[nodiscard]] bool may_keep(const lb::Endpoint& endpoint) const;

  HttpEngine& engine_;
  std::shared_ptr<PortEntry> port_;
  std::unordered_map<UpstreamKey, std::unique_ptr<Upstream>, UpstreamKeyHash> upstreams_;
  std::vector<std::unique_ptr<Upstream>> former_;  // of addresses that came back; with requests still under way
};

}  // namespace naru::proxy
