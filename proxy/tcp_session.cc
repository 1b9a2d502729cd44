#include "proxy/tcp_session.h"

#include <fcntl.h>

#include <algorithm>

#include "runtime/socket.h"

namespace naru::proxy {
namespace {

// How long a client may go on sending to an endpoint that no longer listens but had ended its answer properly: closing
// at once would answer the client's bytes with a reset, which destroys the answer on its way.
constexpr Duration kLinger = std::chrono::seconds(5);

}  // namespace

runtime::UniqueFd spare_descriptor() {
  return runtime::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TcpEngine::~TcpEngine() {
  abort_all();
}

void TcpEngine::abort_all() {
  while (!sessions.empty()) sessions.front().end(Outcome::shutdown);
}

void TcpEngine::append_records(std::vector<ConnectionRecord>& records) const {
  for (const TcpSession& session : sessions) records.push_back(session.record());
}

void TcpSession::begin(TcpEngine& engine, const Binding& binding, runtime::UniqueFd client,
                       const SocketAddress& address, std::string_view first) {
  auto* session = new TcpSession(engine, binding, std::move(client), address);
  engine.sessions.push_back(*session);  // owned from here on
  ++engine.count;
  session->up_.preload(first, engine.pools);
  session->start();
}

TcpSession::TcpSession(TcpEngine& engine, const Binding& binding, runtime::UniqueFd client,
                       const SocketAddress& address)
    : engine_(engine),
      binding_(binding),
      client_address_(address),
      began_(engine.context.reactor.now()),
      timer_([this] { on_timer(); }),
      last_activity_(began_),
      next_look_(TimePoint::max()) {
  client_.fd = std::move(client);
  client_.writable = true;
}

void TcpSession::start() {
  binding_.port->members.push_back(*this);
  const auto& limit = port().settings.max_connections;
  const bool full = limit && port().state->active.value() >= *limit;
  port().state->active.add();
  if (!binding_.admits(client_address_.ip)) return end(Outcome::source_denied);
  if (full) return end(Outcome::limit);
  connect_next();
  if (!ended_ && !engine_.context.reactor.add(client_.fd.get(), kEvents, *this)) end(Outcome::limit);
}

void TcpSession::on_ready(std::uint32_t events) noexcept {
  if (ended_) return;
  client_.note(events);
  relay();
}

// The endpoint is not written to or read from before it is connected; a client that sends early is read up to one
// buffer.
void TcpSession::relay() {
  last_activity_ = now();
  pump_up();
  if (!ended_ && !connecting_) pump_down();
  // Only now: what it had sent before it failed was still to be passed on.
  if (!ended_ && client_.failed) end(Outcome::client_reset);
  if (!ended_ && !connecting_ && next_look_ == TimePoint::max()) look_again();
}

void TcpSession::pump_up() {
  if (up_closed_) return;
  switch (up_.pump(client_, endpoint_, engine_.pools)) {
    case Progress::blocked:
      return;
    case Progress::yielded:
      (void)engine_.context.reactor.modify(client_.fd.get(), kEvents, *this);
      return;
    case Progress::finished:
      return on_client_finished();
    case Progress::source_failed:
      return end(Outcome::client_reset);
    case Progress::sink_failed:
      return on_endpoint_deaf();
  }
}

void TcpSession::pump_down() {
  if (down_closed_) {
    if (endpoint_.failed && !up_.discarding()) on_endpoint_deaf();
    return;
  }
  const Progress progress = down_.pump(endpoint_, client_, engine_.pools);
  if (!tried_.empty() && exchange_.answered()) {
    tried_.clear();
    replays_ = 0;
  }
  switch (progress) {
    case Progress::blocked:
      return;
    case Progress::yielded:
      (void)engine_.context.reactor.modify(endpoint_.fd.get(), kEvents, endpoint_side_);
      return;
    case Progress::finished:
      return on_endpoint_finished();
    case Progress::sink_failed:
      return end(Outcome::client_reset);
    case Progress::source_failed:
      if (!try_replay(false)) end(Outcome::endpoint_reset);
  }
}

void TcpSession::on_client_finished() {
  if (connecting_) return;  // passed on once there is somebody to pass it to
  up_closed_ = true;
  if (down_closed_) return end(Outcome::closed);
  ::shutdown(endpoint_.fd.get(), SHUT_WR);
}

void TcpSession::on_endpoint_finished() {
  if (try_replay(true)) return;
  down_closed_ = true;
  if (up_closed_) return end(Outcome::closed);
  ::shutdown(client_.fd.get(), SHUT_WR);
  if (!up_.discarding()) return;
  linger_deadline_ = now() + kLinger;
  arm_timer();
}

/// The endpoint takes nothing more. What it has said before is still read: its answer, an end, or a reset.
void TcpSession::on_endpoint_deaf() {
  up_.discard(engine_.pools);
  endpoint_.readable = true;
  pump_up();
  if (ended_ || !down_closed_) return;
  linger_deadline_ = now() + kLinger;
  arm_timer();
}

void TcpSession::on_port_changed() {
  if (ended_) return;
  draining_ = endpoint_state_ != nullptr && is_draining(*binding_.port, endpoint_address_);
  const auto& limit = port().settings.drain_timeout;
  if (!draining_ || !limit) {
    drain_deadline_ = TimePoint::max();
  } else if (drain_deadline_ == TimePoint::max()) {
    drain_deadline_ = now() + *limit;
  }
  arm_timer();
}

void TcpSession::end(Outcome outcome) {
  if (ended_) return;
  ended_ = true;
  outcome_ = outcome;
  if (outcome != Outcome::closed) {
    runtime::reset_on_close(client_.fd.get());
    runtime::reset_on_close(endpoint_.fd.get());
  }
  settle_counters(outcome);
  if (const auto& report = engine_.context.reports.on_connection_ended) report(record());
  // close() takes them out of epoll; what this turn has fetched for them finds `ended_`, as the object lives until its
  // end.
  client_.fd.reset();
  endpoint_.fd.reset();
  up_.discard(engine_.pools);
  down_.discard(engine_.pools);
  timer_.disarm();
  PortMemberHook::unlink();
  TcpSessionHook::unlink();
  --engine_.count;
  engine_.context.reactor.retire(std::unique_ptr<runtime::EventHandler>(this));
  if (engine_.context.on_gone) engine_.context.on_gone();
}

void TcpSession::settle_counters(Outcome outcome) {
  ServicePortState& state = *port().state;
  state.active.sub();
  state.outcomes[static_cast<std::size_t>(outcome)].add();
  state.bytes_received.add(static_cast<std::int64_t>(up_.bytes_read()));
  state.bytes_sent.add(static_cast<std::int64_t>(down_.bytes_passed()));
  if (endpoint_state_) endpoint_state_->active.sub();
}

ConnectionRecord TcpSession::record() const {
  ConnectionRecord record;
  record.protocol = Protocol::tcp;
  record.frontend = binding_.frontend.kind;
  record.client = client_address_;
  record.address = binding_.key.address;
  if (endpoint_state_ && !connecting_) record.endpoint = endpoint_address_;
  record.service = port().service;
  record.port_name = port().port_name;
  record.bytes_received = up_.bytes_read();
  record.bytes_sent = down_.bytes_passed();
  record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(now() - began_);
  record.attempts = attempts_;
  record.draining = draining_;
  record.outcome = outcome_;
  return record;
}

}  // namespace naru::proxy
