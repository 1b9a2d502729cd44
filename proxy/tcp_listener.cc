#include "proxy/tcp_listener.h"

#include <sys/socket.h>

#include <cerrno>

#include "runtime/socket.h"

namespace naru::proxy {
namespace {

// Connections taken per event, so that a flood of new ones leaves time for those that are there.
constexpr int kAcceptsPerTurn = 64;
// What is taken before closing: more than the kernel can have queued by then, and an end in any case.
constexpr int kAcceptsBeforeClose = 16'384;
// After a shortage of memory; a shortage of descriptors is answered by refusing.
constexpr Duration kPause = std::chrono::milliseconds(50);

class TcpListener final : public Listener, public runtime::EventHandler {
 public:
  TcpListener(TcpEngine& engine, const Binding& binding, const AcceptHandler& accept, runtime::UniqueFd fd)
      : engine_(engine), binding_(binding), accept_(accept), fd_(std::move(fd)), pause_([this] {
          accept_some(kAcceptsPerTurn);
        }) {}

  ~TcpListener() override { close(); }

  [[nodiscard]] bool watch() { return engine_.context.reactor.add(fd_.get(), EPOLLIN, *this); }

  void on_ready(std::uint32_t) noexcept override { accept_some(kAcceptsPerTurn); }
  void on_binding_changed() override {}
  void accept_queued() override { accept_some(kAcceptsBeforeClose); }
  void drain() override {
    accept_queued();
    close();
  }
  void hand_over() override { close(); }
  [[nodiscard]] int socket() const override { return fd_.get(); }
  void append_flows(std::vector<KnownFlow>&) const override {}
  [[nodiscard]] std::size_t connection_count() const override { return 0; }
  void append_records(std::vector<ConnectionRecord>&) const override {}

 private:
  void accept_some(int limit);
  [[nodiscard]] bool accept_one();
  [[nodiscard]] bool on_accept_error(int error);
  [[nodiscard]] bool refuse_one();
  void close();

  TcpEngine& engine_;
  const Binding& binding_;
  const AcceptHandler& accept_;
  runtime::UniqueFd fd_;
  runtime::Timer pause_;
};

void TcpListener::accept_some(int limit) {
  for (int i = 0; fd_ && i < limit; ++i) {
    if (!accept_one()) return;
  }
  // Edge-triggered: what is still queued would be forgotten.
  if (fd_) (void)engine_.context.reactor.modify(fd_.get(), EPOLLIN, *this);
}

/// False when there is nothing more to accept for now.
bool TcpListener::accept_one() {
  runtime::KernelAddress from;
  runtime::UniqueFd client(::accept4(fd_.get(), from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!client) return on_accept_error(errno);
  accept_(binding_, std::move(client), from.address());
  return true;
}

bool TcpListener::on_accept_error(int error) {
  switch (error) {
    case EAGAIN:
      return false;
    case EMFILE:
    case ENFILE:
      if (engine_.spare) return refuse_one();
      engine_.spare = spare_descriptor();
      [[fallthrough]];
    case ENOBUFS:
    case ENOMEM:
      engine_.context.reactor.arm(pause_, kPause);
      return false;
    default:
      return true;  // of that one connection, as accept(2) passes them on
  }
}

/// Left in the queue it would wait for ever, and the edge that told of it is used up. False if there is none: accept(2)
/// looks for a descriptor before it looks into the queue.
bool TcpListener::refuse_one() {
  engine_.spare.reset();
  runtime::UniqueFd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const bool refused = static_cast<bool>(client);
  const linger at_once{1, 0};
  if (refused) ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  if (refused) binding_.port->port().state->outcomes[static_cast<std::size_t>(Outcome::limit)].add();
  client.reset();
  engine_.spare = spare_descriptor();
  return refused;
}

void TcpListener::close() {
  if (!fd_) return;
  engine_.context.reactor.remove(fd_.get(), *this);
  fd_.reset();
  pause_.disarm();
}

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
