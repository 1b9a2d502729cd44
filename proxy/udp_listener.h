// UDP frontends.
#pragma once

#include <memory>

#include "proxy/listener.h"

namespace naru::proxy {

/// Opens a UDP frontend on `address`: `binding.key.address`, or what stands for it. `context` and `binding` outlive the
/// listener. Errors: as runtime::bind_udp, and no room in the Reactor (Errc::exhausted).
Result<std::unique_ptr<Listener>> open_udp_listener(WorkerContext& context, const Binding& binding,
                                                    const SocketAddress& address);

}  // namespace naru::proxy
