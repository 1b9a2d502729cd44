// What a UDP flow does next, as decisions over values.
#pragma once

#include <cstddef>

#include "proxy/table.h"

namespace naru::proxy {

/// Whether a flow whose datagrams go to `endpoint` may go on there, or chooses anew for its next datagram.
///
/// It stays where the endpoint is ready, even if topology hints or the traffic policy would now choose among others:
/// flows of endpoints that stay are never touched. It stays too where the endpoint is shutting down and still the best
/// there is (KEP-1669). It leaves an endpoint that is gone, has another port, or is not ready: unlike a TCP connection,
/// a flow cannot be told from a new client's first datagram, and must not be stuck where no client would be sent.
[[nodiscard]] bool may_stay(const ServicePort& port, const lb::Usable& usable, const SocketAddress& endpoint);

/// What a failed send or receive on a flow's socket says.
enum class UdpFailure : std::uint8_t {
  interrupted,  // nothing: try again
  full,         // the kernel has no room now
  datagram,     // this datagram cannot be sent (too long, forbidden by a filter)
  endpoint,     // the endpoint does not take datagrams: an ICMP error of an earlier datagram, or no way to it
};
[[nodiscard]] UdpFailure classify_udp_failure(int error_number);

/// How long a flow may be quiet. A stopping naru waits for an answer that is due, and otherwise only long enough to see
/// that the client has no more to say.
inline constexpr Duration kDrainQuiet = std::chrono::seconds(1);
inline constexpr Duration kDrainAnswer = std::chrono::seconds(5);
[[nodiscard]] Duration idle_allowance(Duration timeout, bool draining, bool answer_due);

/// How the flows of a worker are spread over clients.
struct FlowCounts {
  std::size_t all{};
  std::size_t clients{};   // that have flows
  std::size_t own{};       // of the client that wants one more
  std::size_t heaviest{};  // of the client that has most
  std::size_t limit{};     // on `all`
};

/// Whose least recently used flow goes so that a client may have one more.
enum class Displaced : std::uint8_t { nobody, own, heaviest, anyone };

/// A client that has its fair share pays for its new flow itself, so that one client cannot push all others out; one
/// that has less takes it from the client that has most, or, where nobody has more than a share, from whoever was quiet
/// longest.
[[nodiscard]] Displaced whom_to_displace(const FlowCounts& counts);

/// What counts as one client: the address; of IPv6 the /64, since one host has all of that.
[[nodiscard]] IpAddress client_group(const IpAddress& client);

}  // namespace naru::proxy
