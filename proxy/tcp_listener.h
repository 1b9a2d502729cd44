// TCP frontends.
#pragma once

#include <memory>

#include "proxy/tcp_session.h"

namespace naru::proxy {

/// Serves a connection just accepted.
using AcceptHandler = std::function<void(const Binding&, runtime::UniqueFd client, const SocketAddress& address)>;

/// Opens a TCP frontend on `binding.key.address`. `engine`, `binding` and `accept` outlive the listener.
/// Errors: as runtime::listen_tcp, and no room in the Reactor (Errc::exhausted).
Result<std::unique_ptr<Listener>> open_tcp_listener(TcpEngine& engine, const Binding& binding,
                                                    const AcceptHandler& accept);

}  // namespace naru::proxy
