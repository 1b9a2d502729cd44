#include "proxy/tcp_listener.h"

#include <cerrno>

#include "proxy/acceptor.h"
#include "runtime/socket.h"

namespace naru::proxy {
namespace {

class TcpListener final : public Listener, public Acceptor {
 public:
  TcpListener(TcpEngine& engine, const Binding& binding, const AcceptHandler& accept, runtime::UniqueFd fd)
      : Acceptor(engine, std::move(fd)), binding_(binding), accept_(accept) {}

  void on_binding_changed() override {}
  void accept_queued() override { take_queued(); }
  void drain() override {
    take_queued();
    close();
  }
  void hand_over() override { close(); }
  [[nodiscard]] int socket() const override { return descriptor(); }
  void append_flows(std::vector<KnownFlow>&) const override {}
  [[nodiscard]] std::size_t connection_count() const override { return 0; }
  void append_records(std::vector<ConnectionRecord>&) const override {}

 private:
  void take(runtime::UniqueFd client, const SocketAddress& from) override {
    accept_(binding_, std::move(client), from);
  }
  void on_refused() override { binding_.port->port().state->outcomes[static_cast<std::size_t>(Outcome::limit)].add(); }

  const Binding& binding_;
  const AcceptHandler& accept_;
};

}  // namespace

Result<std::unique_ptr<Listener>> open_tcp_listener(TcpEngine& engine, const Binding& binding,
                                                    const AcceptHandler& accept) {
  runtime::UniqueFd fd = engine.context.inherited.listener(binding.key);
  if (!fd) {
    auto opened = runtime::listen_tcp(binding.key.address);
    if (!opened) return opened.error();
    fd = std::move(*opened);
  }
  watch_peer(fd.get());  // inherited by every connection
  auto listener = std::make_unique<TcpListener>(engine, binding, accept, std::move(fd));
  if (!listener->watch()) {
    return runtime::socket_error(errno, "cannot watch TCP " + binding.key.address.to_string());
  }
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace naru::proxy
