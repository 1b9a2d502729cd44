// From which address an endpoint is connected to: naru's own, or the client's, where the Service's policy says so.
#pragma once

#include "proxy/listener.h"
#include "runtime/socket.h"

namespace naru::proxy {

struct SourceQuestion {
  const Origins& origins;
  IpAddress client;
  IpAddress address;  // that it connected to
  const lb::Endpoint& endpoint;
  bool available{};  // answers to clients' addresses are delivered here
};

/// Whether the endpoint is to see the client's address, of a Service whose policy says Transparent; else why naru's own
/// is better: a connection that works comes first.
[[nodiscard]] SourceVerdict source_verdict(const SourceQuestion& question);

/// The same for a client of `port` and what `context` knows; counted.
[[nodiscard]] SourceVerdict source_of(const WorkerContext& context, const ServicePort& port, const IpAddress& client,
                                      const IpAddress& address, const lb::Endpoint& endpoint);

struct UpstreamSocket {
  runtime::UniqueFd fd;
  bool in_progress{};
  std::shared_ptr<const TransparentPath> path;  // to be held while the socket is open; null: from naru's address
};

/// A connection to `to` has begun, from `client` if there is one (with port 0: from any of its ports), else from naru's
/// address; also if it turns out that it cannot be had from there. Errors: as runtime::connect_tcp().
[[nodiscard]] Result<UpstreamSocket> connect_tcp(const WorkerContext& context, const ServicePort& port,
                                                 const SocketAddress& to, const std::optional<SocketAddress>& client);
/// The same of UDP.
[[nodiscard]] Result<UpstreamSocket> connect_udp(const WorkerContext& context, const ServicePort& port,
                                                 const SocketAddress& to, const std::optional<SocketAddress>& client);

/// `client` where the endpoint is to see it.
[[nodiscard]] inline std::optional<SocketAddress> seen_source(const WorkerContext& context, const Binding& binding,
                                                              const SocketAddress& client,
                                                              const lb::Endpoint& endpoint) {
  const ServicePort& port = binding.port->port();
  if (port.settings.source_address == config::SourceAddress::proxy) return std::nullopt;
  const auto verdict = source_of(context, port, client.ip, binding.key.address.ip, endpoint);
  return verdict == SourceVerdict::client ? std::optional(client) : std::nullopt;
}

}  // namespace naru::proxy
