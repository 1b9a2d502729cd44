// The endpoint choice of connections and flows alike.
#pragma once

#include <span>

#include "proxy/listener.h"

namespace naru::proxy {

/// The endpoint for `client`'s next attempt: the remembered one if affinity is on and it is usable and not ejected,
/// else as lb::pick() says; never one of `tried`. Null if nothing untried is usable. Points into the version in force:
/// valid until the next apply(), so copy what must last (address, state).
[[nodiscard]] const lb::Endpoint* choose(WorkerContext& context, const Binding& binding, const IpAddress& client,
                                         std::span<const SocketAddress> tried);

/// `endpoint` serves `client` now: remembers it where affinity is on, and tells the other workers if it is news.
void remember_choice(WorkerContext& context, const Binding& binding, const IpAddress& client,
                     const SocketAddress& endpoint);

}  // namespace naru::proxy
