// Serving addresses that this host does not have: what the packet filter redirects here of them.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "proxy/acceptor.h"
#include "proxy/interception.h"
#include "proxy/tcp_listener.h"

namespace naru::proxy {

/// Frontends within the intercepted CIDRs, of one worker.
///
/// TCP: one socket for all of them; the kernel tells for each connection which address it was for. One that nothing
/// answers on is reset: never passed on, so that whatever is intercepted by mistake, naru's own connections among it,
/// cannot run in a circle.
///
/// UDP: the kernel tells no original destination. So each frontend has a socket at the address that stands for its own
/// (base/intercepted.h), and where there is none the kernel refuses.
class Interceptor {
 public:
  /// What is referred to outlives it.
  Interceptor(TcpEngine& engine, const Interception& interception, const AcceptHandler& accept);
  ~Interceptor();

  [[nodiscard]] bool covers(const FrontendKey& key) const { return interception_.covers(key.address.ip); }
  /// As the factories of listeners.
  [[nodiscard]] Result<std::unique_ptr<Listener>> open(const Binding& binding);

  /// Opens the sockets that are not open, and reports as of a frontend.
  void listen();
  void take_queued();
  void close();
  void append_shared(Legacy& legacy) const;

 private:
  class Socket;
  class Member;
  struct Place {
    SocketAddress address;
    std::unique_ptr<Socket> socket;  // null: not open
    std::optional<Error> failure;
  };

  [[nodiscard]] Result<std::unique_ptr<Socket>> open_socket(const SocketAddress& address);
  void take(runtime::UniqueFd client, const SocketAddress& from);
  [[nodiscard]] const Binding* find(const SocketAddress& address) const;
  void refuse(InterceptRefusal why, runtime::UniqueFd client);

  TcpEngine& engine_;
  const Interception& interception_;
  const AcceptHandler& accept_;
  std::vector<Place> places_;
  std::unordered_map<SocketAddress, const Binding*> members_;  // TCP
  bool closed_{false};
};

}  // namespace naru::proxy
