#include "proxy/choose.h"

#include <algorithm>

#include "lb/pick.h"

namespace naru::proxy {
namespace {

std::uint32_t position_of(const ServicePort& port, const lb::Endpoint& endpoint) {
  return static_cast<std::uint32_t>(&endpoint - port.endpoints.data());
}

/// Addresses that still are endpoints, as positions: the list may have changed between two attempts of one connection.
std::vector<std::uint32_t> positions(const PortEntry& entry, std::span<const SocketAddress> addresses) {
  std::vector<std::uint32_t> result;
  for (const SocketAddress& address : addresses) {
    if (const auto* endpoint = find_endpoint(entry, address)) result.push_back(position_of(entry.port(), *endpoint));
  }
  return result;
}

/// The endpoint that `client` was given before, if it may be given again.
const lb::Endpoint* remembered(const Binding& binding, const lb::Usable& usable, const IpAddress& client,
                               std::span<const SocketAddress> tried, TimePoint now) {
  const PortEntry& entry = *binding.port;
  const auto address = entry.affinity.find({client, binding.key.address}, now, *entry.port().settings.affinity);
  if (!address || std::ranges::find(tried, *address) != tried.end()) return nullptr;
  const lb::Endpoint* endpoint = find_endpoint(entry, *address);
  if (endpoint == nullptr || endpoint->state->avoided(now)) return nullptr;
  const auto& indices = usable.indices;
  return std::ranges::find(indices, position_of(entry.port(), *endpoint)) != indices.end() ? endpoint : nullptr;
}

}  // namespace

const lb::Endpoint* choose(WorkerContext& context, const Binding& binding, const IpAddress& client,
                           std::span<const SocketAddress> tried) {
  const ServicePort& port = binding.port->port();
  const lb::Usable& usable = binding.usable(client, *context.origins);
  const TimePoint now = context.reactor.now();
  std::optional<std::uint64_t> affine;
  if (port.settings.affinity) {
    if (const auto* endpoint = remembered(binding, usable, client, tried, now)) return endpoint;
    affine = combine(hash_value(client), hash_value(binding.key.address));
  }
  // By the client alone: a node port has another address on each node, and the same endpoint is to be behind all.
  if (port.settings.algorithm == config::Algorithm::maglev) affine = hash_value(client);
  const auto skip = positions(*binding.port, tried);
  const auto* slow_start = port.settings.slow_start ? &*port.settings.slow_start : nullptr;
  const auto picked =
      lb::pick(port.endpoints, usable,
               {port.settings.algorithm, now, context.random, port.state->round_robin, skip, affine, slow_start});
  return picked ? &port.endpoints[*picked] : nullptr;
}

void remember_choice(WorkerContext& context, const Binding& binding, const IpAddress& client,
                     const SocketAddress& endpoint) {
  PortEntry& entry = *binding.port;
  const auto& timeout = entry.port().settings.affinity;
  if (!timeout) return;
  const TimePoint now = context.reactor.now();
  const bool news = entry.affinity.remember({client, binding.key.address}, endpoint, now, *timeout);
  if (news && context.reports.on_affinity_learned) {
    context.reports.on_affinity_learned({entry.port().id, client, binding.key.address, endpoint, now});
  }
}

}  // namespace naru::proxy
