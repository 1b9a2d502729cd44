// Tells clients that nobody takes their datagrams.
#pragma once

#include <cstddef>

#include "base/address.h"
#include "base/time.h"
#include "base/token_bucket.h"
#include "runtime/unique_fd.h"

namespace naru::proxy {

/// Where a socket is open the kernel takes it that somebody serves. When all endpoints have refused, naru must say so
/// itself, which takes CAP_NET_RAW; without that the client hears nothing. No more often than the kernel does of its
/// own accord (net.ipv4.icmp_msgs_per_sec), as the source of a datagram may be forged. Confined to its worker.
class UdpRefusals {
 public:
  enum class Result : std::uint8_t { sent, limited, not_permitted, failed };

  /// About a datagram of `size` bytes that `client` sent to `address`. The first opens the socket of its family.
  Result refuse(const SocketAddress& client, const SocketAddress& address, std::size_t size, TimePoint now);

 private:
  static constexpr std::uint32_t kBurst = 50;
  static constexpr std::uint32_t kPerSecond = 1000;

  /// Closed: it could not be opened, and will not be tried again.
  struct Socket {
    runtime::UniqueFd fd;
    bool tried{};
  };
  [[nodiscard]] int socket_for(Family family);

  Socket v4_;
  Socket v6_;
  TokenBucket bucket_{kBurst, kPerSecond};
};

}  // namespace naru::proxy
