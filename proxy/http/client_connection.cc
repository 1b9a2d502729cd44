#include "proxy/http/client_connection.h"

#include <algorithm>
#include <utility>

#include "proxy/http/engine.h"
#include "runtime/socket.h"

namespace naru::proxy {

ClientConnection::ClientConnection(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client,
                                   const SocketAddress& address, http::Version version)
    : engine_(engine),
      binding_(binding),
      info_{binding_, address, version},
      began_(engine.context.reactor.now()),
      timer_([this] { on_timer(); }) {
  peer_.fd = std::move(client);
  peer_.writable = true;
}

TimePoint ClientConnection::now() const {
  return engine_.context.reactor.now();
}

void ClientConnection::on_ready(std::uint32_t events) noexcept {
  if (ended_ || ending_) return;
  peer_.note(events);
  serve();
}

void ClientConnection::set_deadline(TimePoint at) {
  deadline_ = at;
  if (at >= armed_) return;
  armed_ = at;
  engine_.context.reactor.arm(timer_, at - now());
}

void ClientConnection::on_timer() {
  armed_ = TimePoint::max();
  if (ended_ || ending_ || deadline_ == TimePoint::max()) return;
  if (now() < deadline_) return set_deadline(deadline_);
  clear_deadline();
  on_deadline();
}

void ClientConnection::end_soon(Outcome outcome) {
  if (ended_ || std::exchange(ending_, true)) return;
  // Connections that end in this turn live until its end, after what is deferred: `this` is there.
  engine_.context.reactor.defer([this, outcome] { end(outcome); });
}

void ClientConnection::end(Outcome outcome) {
  if (ended_) return;
  ended_ = true;
  outcome_ = outcome;
  if (on_end(outcome)) runtime::reset_on_close(peer_.fd.get());
  ServicePortState& state = *port().state;
  state.active.sub();
  state.outcomes[static_cast<std::size_t>(outcome)].add();
  state.bytes_received.add(static_cast<std::int64_t>(bytes_received_));
  state.bytes_sent.add(static_cast<std::int64_t>(bytes_sent_));
  if (const auto& report = engine_.context.reports.on_connection_ended) report(record());
  peer_.fd.reset();
  leave();
  if (engine_.context.on_gone) engine_.context.on_gone();
}

void ClientConnection::leave() {
  timer_.disarm();
  PortMemberHook::unlink();
  ClientConnectionHook::unlink();
  --engine_.count;
  engine_.context.reactor.retire(std::unique_ptr<runtime::EventHandler>(this));
}

bool ClientConnection::admit() {
  binding_.port->members.push_back(*this);
  const auto& limit = port().settings.max_connections;
  const bool full = limit && port().state->active.value() >= *limit;
  port().state->active.add();
  if (full || !engine_.context.reactor.add(peer_.fd.get(), kEvents, *this)) {
    end(Outcome::limit);
    return false;
  }
  return true;
}

runtime::UniqueFd ClientConnection::hand_over() {
  ended_ = true;
  (void)on_end(Outcome::closed);
  port().state->active.sub();
  engine_.context.reactor.remove(peer_.fd.get(), *this);
  runtime::UniqueFd fd = std::move(peer_.fd);
  leave();
  return fd;
}

ConnectionRecord ClientConnection::record() const {
  ConnectionRecord record;
  record.protocol = Protocol::tcp;
  record.frontend = binding_.frontend.kind;
  record.client = info_.address;
  record.address = binding_.key.address;
  record.endpoint = last_endpoint_;
  record.service = port().service;
  record.port_name = port().port_name;
  record.bytes_received = bytes_received_;
  record.bytes_sent = bytes_sent_;
  record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(now() - began_);
  record.attempts = static_cast<int>(std::min<std::uint64_t>(requests_, 1'000'000'000));
  record.outcome = outcome_;
  return record;
}

}  // namespace naru::proxy
