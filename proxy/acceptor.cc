#include "proxy/acceptor.h"

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

}  // namespace

void reset(runtime::UniqueFd client) {
  runtime::reset_on_close(client.get());
}

Acceptor::Acceptor(TcpEngine& engine, runtime::UniqueFd fd)
    : engine_(engine), fd_(std::move(fd)), pause_([this] { accept_some(kAcceptsPerTurn); }) {}

void Acceptor::on_ready(std::uint32_t) noexcept {
  accept_some(kAcceptsPerTurn);
}

void Acceptor::take_queued() {
  accept_some(kAcceptsBeforeClose);
}

void Acceptor::accept_some(int limit) {
  for (int i = 0; fd_ && i < limit; ++i) {
    if (!accept_one()) return;
  }
  // Edge-triggered: what is still queued would be forgotten.
  if (fd_) (void)engine_.context.reactor.modify(fd_.get(), EPOLLIN, *this);
}

/// False when there is nothing more to accept for now.
bool Acceptor::accept_one() {
  runtime::KernelAddress from;
  runtime::UniqueFd client(::accept4(fd_.get(), from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!client) return on_accept_error(errno);
  take(std::move(client), from.address());
  return true;
}

bool Acceptor::on_accept_error(int error) {
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
bool Acceptor::refuse_one() {
  engine_.spare.reset();
  runtime::UniqueFd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const bool refused = static_cast<bool>(client);
  if (refused) on_refused();  // before anybody can see that it was
  if (refused) reset(std::move(client));
  engine_.spare = spare_descriptor();
  return refused;
}

void Acceptor::close() {
  if (!fd_) return;
  engine_.context.reactor.remove(fd_.get(), *this);
  fd_.reset();
  pause_.disarm();
}

}  // namespace naru::proxy
