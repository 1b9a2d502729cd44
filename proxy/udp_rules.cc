#include "proxy/udp_rules.h"

#include <algorithm>
#include <cerrno>

namespace naru::proxy {

bool may_stay(const ServicePort& port, const lb::Usable& usable, const SocketAddress& endpoint) {
  const auto found = std::ranges::lower_bound(port.endpoints, endpoint, {}, &lb::Endpoint::address);
  if (found == port.endpoints.end() || found->address != endpoint) return false;
  if (found->ready && !found->terminating) return true;
  const auto index = static_cast<std::uint32_t>(found - port.endpoints.begin());
  return std::ranges::find(usable.indices, index) != usable.indices.end();
}

UdpFailure classify_udp_failure(int error_number) {
  switch (error_number) {
    case EINTR:
      return UdpFailure::interrupted;
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
      return UdpFailure::full;
    // The errors that Linux makes of ICMP and ICMPv6 messages, and of having no route.
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EPROTO:
      return UdpFailure::endpoint;
    default:
      return UdpFailure::datagram;
  }
}

Duration idle_allowance(Duration timeout, bool draining, bool answer_due) {
  if (!draining) return timeout;
  return std::min(timeout, answer_due ? kDrainAnswer : kDrainQuiet);
}

Displaced whom_to_displace(const FlowCounts& counts) {
  if (counts.all < counts.limit) return Displaced::nobody;
  const std::size_t share = std::max<std::size_t>(1, counts.limit / std::max<std::size_t>(1, counts.clients));
  if (counts.own >= share) return Displaced::own;
  return counts.heaviest > share ? Displaced::heaviest : Displaced::anyone;
}

IpAddress client_group(const IpAddress& client) {
  return client.is_v4() ? client : Cidr::of(client, 64).base();
}

}  // namespace naru::proxy
