// Sockets that somebody else holds too, the service manager say: they outlive this process, and what waits in them is
// for the next one.
#pragma once

#include <span>
#include <vector>

#include "dns/listen_key.h"

namespace naru::dns {

/// Those of one address.
struct HeldSockets {
  ListenKey key;
  bool kept_elsewhere{true};  // by a holder, who has them when this process ends
  std::vector<int> fds;       // borrowed: whoever gives them keeps them open for longer than any worker
};

/// What the worker `index` of `workers` serves of `held`. Each socket has one worker, since the kernel gives each its
/// share of the queries: with more sockets than workers some workers have several. With fewer, an entry without sockets
/// says that others serve that address, and that this worker must not open a socket of its own there: it would get
/// queries that nobody reads once the process has ended.
[[nodiscard]] std::vector<HeldSockets> share_of(std::span<const HeldSockets> held, unsigned index, unsigned workers);

}  // namespace naru::dns
