#include "proxy/source_address.h"

#include "runtime/transparent_socket.h"

namespace naru::proxy {
namespace {

/// Ours to make good by another source address; all else is between us and the endpoint.
bool is_of_source(const Error& error) {
  return error.code == Errc::permission || error.code == Errc::conflict;
}

std::size_t index_of(Family family) {
  return static_cast<std::size_t>(family);
}

void count(const ServicePort& port, SourceVerdict verdict) {
  port.state->sources[static_cast<std::size_t>(verdict)].add();
}

}  // namespace

std::string_view to_string(SourceVerdict verdict) {
  switch (verdict) {
    case SourceVerdict::client:
      return "client";
    case SourceVerdict::own_client:
      return "own_client";
    case SourceVerdict::own_endpoint:
      return "own_endpoint";
    case SourceVerdict::remote_endpoint:
      return "remote_endpoint";
    case SourceVerdict::neighbours:
      return "neighbours";
    case SourceVerdict::hairpin:
      return "hairpin";
    case SourceVerdict::unavailable:
      return "unavailable";
    case SourceVerdict::failed:
      return "failed";
  }
  return "?";
}

SourceVerdict source_verdict(const SourceQuestion& question) {
  const IpAddress& endpoint = question.endpoint.address.ip;
  const bool own_client = origin_of(question.origins, question.client, question.address) == Origin::node;
  if (own_client || question.client.is_loopback()) return SourceVerdict::own_client;
  if (question.client == endpoint) return SourceVerdict::hairpin;
  if (question.origins.node.contains(endpoint) || endpoint.is_loopback()) return SourceVerdict::own_endpoint;
  if (!question.endpoint.local && !question.endpoint.node.empty()) return SourceVerdict::remote_endpoint;
  if (are_neighbours(question.origins, question.client, endpoint)) return SourceVerdict::neighbours;
  return question.available ? SourceVerdict::client : SourceVerdict::unavailable;
}

SourceVerdict source_of(const WorkerContext& context, const ServicePort& port, const IpAddress& client,
                        const IpAddress& address, const lb::Endpoint& endpoint) {
  const bool available = context.transparent[index_of(client.family())] != nullptr;
  const SourceVerdict verdict = source_verdict({*context.origins, client, address, endpoint, available});
  count(port, verdict);
  return verdict;
}

Result<UpstreamSocket> connect_tcp(const WorkerContext& context, const ServicePort& port, const SocketAddress& to,
                                   const std::optional<SocketAddress>& client) {
  if (client) {
    auto from_client = runtime::connect_tcp_from(*client, to);
    const auto& path = context.transparent[index_of(to.ip.family())];
    if (from_client) return UpstreamSocket{std::move(from_client->fd), from_client->in_progress, path};
    if (!is_of_source(from_client.error())) return from_client.error();
    count(port, SourceVerdict::failed);
  }
  auto plain = runtime::connect_tcp(to);
  if (!plain) return plain.error();
  return UpstreamSocket{std::move(plain->fd), plain->in_progress, nullptr};
}

Result<UpstreamSocket> connect_udp(const WorkerContext& context, const ServicePort& port, const SocketAddress& to,
                                   const std::optional<SocketAddress>& client) {
  if (client) {
    auto from_client = runtime::connect_udp_from(*client, to);
    if (from_client)
      return UpstreamSocket{std::move(*from_client), false, context.transparent[index_of(to.ip.family())]};
    if (!is_of_source(from_client.error())) return from_client.error();
    count(port, SourceVerdict::failed);
  }
  auto plain = runtime::connect_udp(to);
  if (!plain) return plain.error();
  return UpstreamSocket{std::move(*plain), false, nullptr};
}

}  // namespace naru::proxy
