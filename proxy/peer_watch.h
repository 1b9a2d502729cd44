// Noticing that the other side of a TCP connection is dead, at no cost to short connections.
#pragma once

#include <cstdint>

#include "runtime/unique_fd.h"

namespace naru::proxy {

/// What TCP_INFO says of a socket's send direction.
struct SendQueue {
  std::uint64_t bytes_acknowledged{};  // the kernel counts the SYN as one
  std::uint32_t in_flight{};           // segments
  std::uint32_t not_sent{};            // bytes
  std::uint32_t unanswered_probes{};
};
[[nodiscard]] SendQueue send_queue(int fd);

/// True if the peer is alive and has merely closed its window: it reads slowly, or not at all for now. The kernel's
/// user time-out would cut it (tcp_probe_timer() does not care that the probes are answered), which would punish
/// backpressure.
[[nodiscard]] constexpr bool waits_for_window(const SendQueue& queue) {
  constexpr std::uint32_t kDeadAfterProbes = 3;
  return queue.in_flight == 0 && queue.not_sent != 0 && queue.unanswered_probes < kDeadAfterProbes;
}

/// Keepalive and TCP_USER_TIMEOUT: cuts a peer that does not acknowledge for 10 s, and finds one that died while
/// nothing was said within 40 s. On a listener they are inherited by what it accepts, for nothing.
void watch_peer(int fd);

/// The same for an endpoint's connection on which answers are awaited: one that died is found within 10 s though
/// nothing is being sent to it.
void watch_endpoint(int fd);

/// Of one socket, looked at now and then while it is in use.
class PeerWatch {
 public:
  /// Takes the user time-out off while the peer waits_for_window(), and puts it back. True if something is still on its
  /// way, so that it is worth looking again though nothing more is sent.
  bool look(int fd);

 private:
  bool exempt_{};
};

}  // namespace naru::proxy
