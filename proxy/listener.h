// What WorkerProxy needs of a listener, whatever its protocol.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/random.h"
#include "proxy/legacy.h"
#include "proxy/origins.h"
#include "proxy/port_entry.h"
#include "proxy/worker_proxy.h"

namespace naru::proxy {

class UdpFlows;

/// What the listeners, connections and flows of one worker share.
struct WorkerContext {
  runtime::Reactor& reactor;
  unsigned worker_index;
  Reports reports;
  Random random;
  std::size_t max_connections;            // of TCP on this worker; 0: as many as there is room for
  std::function<void()> on_gone;          // to be called after each connection or flow that ended: drain() counts on it
  std::shared_ptr<UdpFlows> udp_flows{};  // of all UDP listeners; made by the first
  Inherited inherited{};
  std::shared_ptr<const Origins> origins{std::make_shared<const Origins>()};  // never null
  TransparentPaths transparent{};
};

/// One open frontend. Opened by a factory (open_tcp_listener, open_udp_listener) and closed by its destructor, which
/// ends the flows that depend on its socket; TCP connections do not, and go on.
///
/// The Binding given to the factory outlives the listener and is changed in place.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  /// The Binding's frontend or port, or the Service port's version, has changed.
  virtual void on_binding_changed() = 0;
  /// Takes what the kernel has queued, before the listener is closed: it is then served or reset, not lost.
  virtual void accept_queued() = 0;
  /// naru stops: takes what is queued, then nothing new. Destroyed once connection_count() is 0.
  virtual void drain() = 0;
  /// Another process has the same socket and serves: reads nothing more from it. Destroyed as after drain().
  virtual void hand_over() = 0;
  /// To be duplicated.
  [[nodiscard]] virtual int socket() const = 0;
  /// The flows under way, for another process.
  virtual void append_flows(std::vector<KnownFlow>& flows) const = 0;
  /// Connections or flows that end with this listener (none for TCP).
  [[nodiscard]] virtual std::size_t connection_count() const = 0;
  virtual void append_records(std::vector<ConnectionRecord>& records) const = 0;
};

}  // namespace naru::proxy
