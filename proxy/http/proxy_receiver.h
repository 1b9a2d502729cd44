// A client's connection that must begin with a PROXY header, until that is there.
#pragma once

#include "proxy/http/client_connection.h"
#include "proxy/proxy_protocol.h"

namespace naru::proxy {

/// Reads the header and gives the connection, with what follows it, to who serves the Service port: from then on it is
/// from whom the header says. One that is not trusted, or has no header, is reset.
class ProxyReceiver final : public ClientConnection {
 public:
  static void begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address);
  ~ProxyReceiver() override = default;

  void drain() override {}
  void on_port_changed() override {}

 private:
  using ClientConnection::ClientConnection;

  void serve() override;
  bool on_end(Outcome outcome) override;
  void on_deadline() override { end(Outcome::bad_proxy_header); }
  [[nodiscard]] bool trusts(const IpAddress& sender) const;
  /// True once the connection is no longer this one's.
  [[nodiscard]] bool take_header();

  BufferPool::Buffer buffer_;
  std::size_t size_{0};
};

}  // namespace naru::proxy
