// A flow's endpoint: found, lost, and what is made good when it refuses.
#include <cerrno>
#include <utility>

#include "proxy/choose.h"
#include "proxy/source_address.h"
#include "proxy/udp_flow.h"
#include "runtime/socket.h"

namespace naru::proxy {

/// The endpoint does not take datagrams. False if one that was to be sent again found no other endpoint.
bool UdpFlow::on_refused() {
  count_failure(*state_, endpoint_);
  auto datagram = take_kept();
  leave_endpoint();
  return !datagram || send_again(std::move(*datagram));
}

bool UdpFlow::send_again(std::string datagram) {
  // Not where the frontend has become another Service port's meanwhile: its endpoints were not meant.
  while (port_ == frontend_.binding.port && pick()) {
    if (::send(fd_.get(), datagram.data(), datagram.size(), 0) >= 0) {
      port_->port().state->replays.add();
      unanswered_ = 1;
      keep(std::move(datagram));
      return true;
    }
    if (classify_udp_failure(errno) == UdpFailure::endpoint) {
      count_failure(*state_, endpoint_);
    } else {
      tried_.push_back(endpoint_);
    }
    leave_endpoint();
  }
  frontend_.on_dropped(1);
  refuse(datagram.size());
  return false;
}

/// Every endpoint has refused this client since it was last answered.
bool UdpFlow::nobody_left() const {
  return choose(frontend_.context, frontend_.binding, client_.ip, tried_) == nullptr;
}

/// Passes on what the endpoints said of a datagram of that size.
void UdpFlow::refuse(std::size_t size) {
  if (why_none_ != Outcome::no_endpoint) return;
  (void)flows().refusals.refuse(client_, frontend_.binding.key.address, size, now());
}

void UdpFlow::count_failure(lb::EndpointState& state, const SocketAddress& endpoint) {
  const ServicePort& port = port_->port();
  tried_.push_back(endpoint);
  state.failures.add();
  port.state->connect_failures.add();
  const bool ejected = state.eject(now(), port.settings.ejection_time, port.settings.max_ejection_time);
  if (ejected) port.state->ejections.add();
}

/// Goes on where another process, that this one took over from, sent this client's datagrams.
bool UdpFlow::resume() {
  const auto address = frontend_.context.inherited.endpoint(frontend_.binding.key, client_);
  const lb::Endpoint* endpoint = address ? find_endpoint(*port_, *address) : nullptr;
  return endpoint != nullptr && may_stay(port_->port(), usable(), *address) && open(*endpoint);
}

/// Finds an endpoint and opens a socket to it; else why_none_ says why not.
bool UdpFlow::pick() {
  if (resume()) return true;
  bool made_room = false;
  why_none_ = Outcome::no_endpoint;
  while (const auto* endpoint = choose(frontend_.context, frontend_.binding, client_.ip, tried_)) {
    const auto opened = open(*endpoint);
    if (opened) {
      remember_choice(frontend_.context, frontend_.binding, client_.ip, endpoint_);
      return true;
    }
    if (opened.error().code != Errc::exhausted) {
      count_failure(*endpoint->state, endpoint->address);
    } else if (made_room || !flows().displace_oldest(this)) {
      why_none_ = Outcome::limit;
      return false;
    } else {
      made_room = true;
    }
  }
  return false;
}

Result<void> UdpFlow::open(const lb::Endpoint& endpoint) {
  const auto source = seen_source(frontend_.context, frontend_.binding, client_, endpoint);
  auto opened = connect_udp(frontend_.context, port_->port(), endpoint.address, source);
  if (!opened) return opened.error();
  if (!frontend_.context.reactor.add(opened->fd.get(), EPOLLIN, *this)) return Error{Errc::exhausted, "epoll: no room"};
  fd_ = std::move(opened->fd);
  transparent_path_ = std::move(opened->path);
  endpoint_ = endpoint.address;
  state_ = endpoint.state;
  state_->active.add();
  state_->connections.add();
  ++attempts_;
  return {};
}

void UdpFlow::leave_endpoint() {
  (void)take_kept();
  unanswered_ = 0;
  answered_ = false;
  bulk_ = false;
  if (!fd_) return;
  frontend_.context.reactor.remove(fd_.get(), *this);
  fd_.reset();
  transparent_path_.reset();
  std::exchange(state_, nullptr)->active.sub();
}

void UdpFlow::keep(std::string datagram) {
  if (!flows().may_keep(datagram.size())) return;
  flows().kept(datagram.size());
  kept_ = std::move(datagram);
}

std::optional<std::string> UdpFlow::take_kept() {
  if (kept_) flows().let_go(kept_->size());
  return std::exchange(kept_, std::nullopt);
}

}  // namespace naru::proxy
