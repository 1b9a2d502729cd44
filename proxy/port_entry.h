// A worker's hold of a Service port: what stays the same while the table replaces the Service port's versions.
#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>

#include "proxy/affinity.h"
#include "proxy/table.h"

namespace naru::proxy {

using PortMemberHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What lives on behind a Service port and must hear of its changes, though its listener may be gone: a TCP connection.
/// Leaves the list by itself when destroyed.
class PortMember : public PortMemberHook {
 public:
  virtual void on_port_changed() = 0;

 protected:
  ~PortMember() = default;
};

/// Confined to its worker. WorkerProxy::apply() replaces `current` in place; listeners, connections and flows keep the
/// entry.
struct PortEntry {
  std::shared_ptr<const ServicePort> current;  // never null
  bool removed{};                              // the table has it no longer; `current` is its last version
  AffinityTable affinity;
  boost::intrusive::list<PortMember, boost::intrusive::constant_time_size<false>> members;

  [[nodiscard]] const ServicePort& port() const { return *current; }
};

/// What stands behind one listening address. WorkerProxy keeps it in one place while the listener lives, and changes it
/// in place; connections that may outlive the listener keep a copy.
struct Binding {
  FrontendKey key;
  Frontend frontend;
  std::shared_ptr<PortEntry> port;

  /// Endpoints that `client` may be given.
  [[nodiscard]] const lb::Usable& usable(const IpAddress& client, const Origins& origins) const;
  /// False for a client outside the Service's loadBalancerSourceRanges, which close its load balancer addresses only.
  [[nodiscard]] bool admits(const IpAddress& client) const;
};

/// The endpoint of that address in the version in force, or null.
[[nodiscard]] const lb::Endpoint* find_endpoint(const PortEntry& entry, const SocketAddress& address);

/// Whether connections to `endpoint` are living on borrowed time: the endpoint or the Service port is gone, or it is
/// terminating. Not ready is not gone.
[[nodiscard]] bool is_draining(const PortEntry& entry, const SocketAddress& endpoint);

}  // namespace naru::proxy
