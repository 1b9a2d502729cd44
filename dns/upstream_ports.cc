#include "dns/upstream_ports.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "dns/forward_message.h"
#include "dns/types.h"
#include "dns/wire.h"
#include "runtime/socket.h"

namespace naru::dns {
namespace {

constexpr int kDatagramsPerTurn = 16;  // with a wrong id
constexpr int kTells = 2;              // bytes of an id

}  // namespace

UpstreamPorts::~UpstreamPorts() {
  for (const auto& [id, port] : ports_) reactor_.remove(port->fd.get(), *port);
}

bool UpstreamPorts::open(std::uint16_t id) {
  auto fd = runtime::connect_udp(upstream_);
  if (!fd) return false;
  auto port = std::make_unique<Port>();
  port->owner = this;
  port->id = id;
  port->fd = std::move(*fd);
  if (!reactor_.add(port->fd.get(), EPOLLIN, *port)) return false;
  ports_[id] = std::move(port);
  return true;
}

void UpstreamPorts::close(std::uint16_t id) {
  const auto found = ports_.find(id);
  if (found == ports_.end()) return;
  std::unique_ptr<Port> port = std::move(found->second);
  ports_.erase(found);
  if (readable_ == port.get()) readable_ = nullptr;
  reactor_.remove(port->fd.get(), *port);
  port->fd.reset();
  reactor_.retire(std::move(port));  // it may be the one whose event is being handled
}

ssize_t UpstreamPorts::send(const void* message, std::size_t size) {
  const std::span bytes(static_cast<const std::uint8_t*>(message), size);
  const auto found = size >= kTells ? ports_.find(get16(bytes, 0)) : ports_.end();
  if (found == ports_.end()) return static_cast<ssize_t>(size);
  return ::send(found->second->fd.get(), message, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t UpstreamPorts::receive(void* to, std::size_t size) {
  more_ = false;
  for (int i = 0; readable_ != nullptr && i < kDatagramsPerTurn; ++i) {
    const auto got = ::recv(readable_->fd.get(), to, size, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) ended_.status = ARES_ECONNREFUSED;
    if (got < 0) break;
    const std::span bytes(static_cast<const std::uint8_t*>(to), static_cast<std::size_t>(got));
    if (got < kTells || get16(bytes, 0) != readable_->id) continue;
    if (knows_no_edns(bytes)) {
      ended_ = {ARES_SUCCESS, {bytes.begin(), bytes.end()}};
      break;
    }
    more_ = true;
    return got;
  }
  errno = EAGAIN;
  return -1;
}

void UpstreamPorts::Port::on_ready(std::uint32_t) noexcept {
  UpstreamPorts& all = *owner;
  all.readable_ = this;
  all.on_readable_(id);
  // What a flood left there comes with the next turn.
  if (all.readable_ == this) static_cast<void>(all.reactor_.modify(fd.get(), EPOLLIN, *this));
  all.readable_ = nullptr;
}

}  // namespace naru::dns
