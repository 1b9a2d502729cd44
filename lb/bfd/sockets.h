// UDP as BFD wants it: RFC 5881 sections 4 and 5, RFC 5883 section 5.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "base/random.h"
#include "lb/bfd/session_set.h"
#include "runtime/unique_fd.h"

namespace naru::lb::bfd {

inline constexpr Port kSingleHopPort{3784};
inline constexpr Port kMultihopPort{4784};

/// Where packets are waited for. `local`: nothing for all addresses of the family.
struct ListenAt {
  Family family{};
  bool multihop{};
  std::optional<IpAddress> local;
  friend auto operator<=>(const ListenAt&, const ListenAt&) = default;
};

/// Where the sessions' packets can come: on all addresses, unless all sessions of a family and distance name theirs.
[[nodiscard]] std::set<ListenAt> listen_points(const std::map<SessionKey, SessionSettings>& sessions);

/// Errors: Errc::conflict where another BFD daemon has the port; what bind(2) says.
Result<runtime::UniqueFd> open_receiver(const ListenAt& at);

/// Hands over all that waits in the socket.
void read_all(int fd, bool multihop, const std::function<void(const Arrival&, std::span<const std::uint8_t>)>& handle);

/// A socket of the session's own, with a source port of its own, that sends with a TTL of 255.
Result<runtime::UniqueFd> open_sender(const SessionKey& key, Random& random);

/// 0, or the error's number.
int send_packet(int fd, const IpAddress& peer, bool multihop, const PacketBytes& bytes);

}  // namespace naru::lb::bfd
