// DNS sockets that outlive this process: passed by a holder at start, or handed to the service manager to keep.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dns/held_sockets.h"
#include "dns/worker_dns.h"
#include "runtime/passed_sockets.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

/// The name under which the service manager keeps those of ours (FDNAME).
inline constexpr const char* kStoredName = "naru-dns";

/// Open for as long as the process is. Not thread-safe.
class DnsSockets {
 public:
  DnsSockets() = default;
  /// Keeps those of `passed` that are bound to an address of `listen`; the others are closed, with a line each that
  /// says why.
  DnsSockets(const std::vector<runtime::PassedSocket>& passed, const std::vector<SocketAddress>& listen);

  /// Those of the process that this one takes over from.
  void inherit(std::vector<dns::SharedSocket> sockets);

  /// Where nothing is held and nobody else serves: opens a socket for each of `workers`, UDP and TCP, and gives them to
  /// the service manager, which has room for `room` sockets. Without enough room nothing is done; an address that can't
  /// be opened is left to the workers, which tell the reason.
  void hand_over(const std::vector<SocketAddress>& listen, unsigned workers, std::size_t room);

  [[nodiscard]] const std::vector<dns::HeldSockets>& held() const { return held_; }
  /// What the log says about them; empty: there are none.
  [[nodiscard]] std::string summary() const;

 private:
  void keep(const dns::ListenKey& key, runtime::UniqueFd fd, bool kept_elsewhere = true);
  void hand_over_one(const SocketAddress& address, unsigned workers);

  std::vector<runtime::UniqueFd> owned_;
  std::vector<dns::HeldSockets> held_;
};

/// How many sockets the service manager keeps for us ($FDSTORE, since systemd 254; see naru.service).
[[nodiscard]] std::size_t service_manager_room();

}  // namespace naru::daemon
