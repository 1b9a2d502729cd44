// Accepting, whatever is then done with a connection.
#pragma once

#include "proxy/tcp_session.h"

namespace naru::proxy {

/// Takes connections from one listening socket, a number per turn, and bears shortages: of descriptors by refusing, of
/// memory by waiting. Confined to its worker.
class Acceptor : public runtime::EventHandler {
 public:
  Acceptor(TcpEngine& engine, runtime::UniqueFd fd);
  ~Acceptor() override { close(); }

  /// False if the Reactor has no room.
  [[nodiscard]] bool watch() { return engine_.context.reactor.add(fd_.get(), EPOLLIN, *this); }
  void on_ready(std::uint32_t) noexcept override;
  /// Takes what the kernel has queued, before it is closed.
  void take_queued();
  void close();
  [[nodiscard]] int descriptor() const { return fd_.get(); }  ///< -1 once it is closed

 protected:
  /// A connection just accepted.
  virtual void take(runtime::UniqueFd client, const SocketAddress& from) = 0;
  /// One was reset, since there was no descriptor for it.
  virtual void on_refused() = 0;

 private:
  void accept_some(int limit);
  [[nodiscard]] bool accept_one();
  [[nodiscard]] bool on_accept_error(int error);
  [[nodiscard]] bool refuse_one();

  TcpEngine& engine_;
  runtime::UniqueFd fd_;
  runtime::Timer pause_;
};

/// Closes a connection by a reset, which says more than an end would.
void reset(runtime::UniqueFd client);

}  // namespace naru::proxy
