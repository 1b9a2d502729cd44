// A client's connection before it is known what it speaks.
#pragma once

#include <array>

#include "proxy/http/client_connection.h"

namespace naru::proxy {

/// Reads the first bytes and gives the connection, with them, to who speaks that protocol. A client that says nothing
/// for a moment waits for the server to speak first, and is relayed.
class Detector final : public ClientConnection {
 public:
  /// `first`: what was read of the connection already.
  static void begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                    std::string_view first = {});
  ~Detector() override = default;

  void drain() override {}
  void on_port_changed() override {}

 private:
  using ClientConnection::ClientConnection;

  void serve() override;
  bool on_end(Outcome outcome) override { return outcome != Outcome::closed; }
  void on_deadline() override { relay(); }
  void relay();
  /// True if `bytes`, all there are so far, decide.
  [[nodiscard]] bool decide(std::string_view bytes);

  std::array<char, 64> bytes_{};  // enough to decide
  std::size_t size_{0};
};

}  // namespace naru::proxy
