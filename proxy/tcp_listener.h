// TCP frontends.
#pragma once

#include <memory>

#include "proxy/tcp_session.h"

namespace naru::proxy {

/// Opens a TCP frontend on `binding.key.address`. `engine` and `binding` outlive the listener.
/// Errors: as runtime::listen_tcp, and no room in the Reactor (Errc::exhausted).
Result<std::unique_ptr<Listener>> open_tcp_listener(TcpEngine& engine, const Binding& binding);

}  // namespace naru::proxy
