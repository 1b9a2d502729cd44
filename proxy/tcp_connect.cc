// How a TcpSession finds an endpoint that answers, and what it does as time passes.
#include <sys/socket.h>

#include <algorithm>

#include "proxy/choose.h"
#include "proxy/replay.h"
#include "proxy/source_address.h"
#include "proxy/tcp_session.h"
#include "runtime/socket.h"

namespace naru::proxy {
namespace {

// How often connections in use are looked at: short of half of the user time-out that the look may have to take off.
constexpr Duration kLookEvery = std::chrono::seconds(4);

}  // namespace

/// Tries endpoint after endpoint until one is worth waiting for.
void TcpSession::connect_next() {
  while (const auto* endpoint = choose(engine_.context, binding_, client_address_.ip, tried_)) {
    if (connect_to(*endpoint)) return;
    if (ended_) return;
    attempt_failed();
  }
  end(Outcome::no_endpoint);
}

bool TcpSession::connect_to(const lb::Endpoint& endpoint) {
  endpoint_address_ = endpoint.address;
  endpoint_state_ = endpoint.state;
  endpoint_state_->active.add();
  ++attempts_;
  const auto source = seen_source(engine_.context, binding_, client_address_, endpoint);
  auto connecting = connect_tcp(engine_.context, port(), endpoint.address, source);
  if (!connecting) {
    // Our own shortage is not the endpoint's fault.
    if (connecting.error().code == Errc::exhausted) end(Outcome::limit);
    return false;
  }
  endpoint_ = Peer{};
  endpoint_.fd = std::move(connecting->fd);
  transparent_path_ = std::move(connecting->path);
  if (!engine_.context.reactor.add(endpoint_.fd.get(), kEvents, endpoint_side_)) {
    end(Outcome::limit);
    return false;
  }
  connecting_ = true;
  connect_deadline_ = now() + port().settings.connect_timeout;
  arm_timer();
  return true;
}

void TcpSession::on_endpoint_ready(std::uint32_t events) {
  if (ended_) return;
  endpoint_.note(events);
  if (!connecting_ || finish_connect(events)) relay();
}

/// True once connected.
bool TcpSession::finish_connect(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    attempt_failed();
    connect_next();
    return false;
  }
  if ((events & EPOLLOUT) == 0) return false;
  connecting_ = false;
  connect_deadline_ = TimePoint::max();
  if (!send_proxy_header()) {
    attempt_failed();
    connect_next();
    return false;
  }
  endpoint_state_->connections.add();
  endpoint_state_->succeeded();
  remember_choice(engine_.context, binding_, client_address_.ip, endpoint_address_);
  // The timer that is armed for the connect's deadline does for the first look: most connections end before it fires.
  next_look_ = now() + port().settings.connect_timeout;
  if (port().settings.idle_timeout) arm_timer();
  return true;
}

/// Tells the endpoint whom the connection is from, where it wants to know. The first bytes of a connection fit.
bool TcpSession::send_proxy_header() {
  const auto& version = port().settings.proxy_protocol.to_endpoints;
  proxy_header_size_ = 0;
  if (!version) return true;
  const std::string header = proxy_header_for(*version, client_address_, binding_.key.address);
  proxy_header_size_ = header.size();
  const auto sent = ::send(endpoint_.fd.get(), header.data(), header.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(header.size());
}

/// Nothing was written to it, so another may be tried whatever the client wants.
void TcpSession::attempt_failed() {
  const Settings& settings = port().settings;
  ServicePortState& state = *port().state;
  state.connect_failures.add();
  endpoint_state_->failures.add();
  if (endpoint_state_->eject(now(), settings.ejection_time, settings.max_ejection_time)) state.ejections.add();
  leave_endpoint();
}

void TcpSession::leave_endpoint() {
  tried_.push_back(endpoint_address_);
  endpoint_state_->active.sub();
  endpoint_state_.reset();
  connecting_ = false;
  draining_ = false;
  connect_deadline_ = drain_deadline_ = next_look_ = TimePoint::max();
  if (!endpoint_.fd) return;
  // An event of this socket that is still to be delivered in this turn must not be taken for the next socket's.
  engine_.context.reactor.remove(endpoint_.fd.get(), endpoint_side_);
  endpoint_ = Peer{};
  transparent_path_.reset();
}

/// The endpoint ended the connection; `clean`: by FIN. True if another has the client's bytes now, or the session has
/// ended.
bool TcpSession::try_replay(bool clean) {
  if (exchange_.answered() || client_.failed) return false;
  const Settings& settings = port().settings;
  const UnansweredEnd unanswered{
      .mode = settings.replay,
      .first = exchange_.first(),
      .previous_whole = exchange_.previous_whole(),
      .clean = clean,
      .nothing_sent = up_.bytes_passed() == 0,
      .nothing_acknowledged =
          send_queue(endpoint_.fd.get()).bytes_acknowledged <= 1 + proxy_header_size_,  // 1: the SYN
      .complete = exchange_.complete(),
      .client_ended = up_.source_ended(),
      .attempts_left = settings.max_attempts - 1 - replays_,
      .sent = exchange_.request(),
  };
  if (!allows(replay_verdict(unanswered))) return false;
  ++replays_;
  port().state->replays.add();
  endpoint_state_->failures.add();
  leave_endpoint();
  // The same one again only where there is no other: it may have been restarted.
  if (choose(engine_.context, binding_, client_address_.ip, tried_) == nullptr) tried_.clear();
  up_.rewind(exchange_.request(), engine_.pools);
  down_.new_source();
  up_closed_ = watched_ = false;
  endpoint_watch_ = {};
  connect_next();
  return true;
}

// ---- Time. One timer, armed for the earliest deadline there may be and never moved for a later one: when it fires too
// early it is armed again, which is rare, while moving it on every byte would not be. ----

void TcpSession::on_timer() {
  if (now() >= connect_deadline_) {
    attempt_failed();
    return connect_next();
  }
  if (now() >= drain_deadline_) return end(Outcome::drain_timeout);
  if (now() >= linger_deadline_) return end(Outcome::closed);
  const auto& idle = port().settings.idle_timeout;
  if (idle && !connecting_ && now() - last_activity_ >= *idle) return end(Outcome::idle_timeout);
  if (now() >= next_look_) watch_peers();
  arm_timer();
}

TimePoint TcpSession::next_deadline() const {
  TimePoint next = std::min({connect_deadline_, drain_deadline_, linger_deadline_, next_look_});
  const auto& idle = port().settings.idle_timeout;
  if (idle && !connecting_) next = std::min(next, last_activity_ + *idle);
  return next;
}

void TcpSession::arm_timer() {
  const TimePoint next = next_deadline();
  if (next == TimePoint::max()) return timer_.disarm();
  engine_.context.reactor.arm(timer_, next - now());
}

/// A connection that was left alone while nothing moved is in use again.
void TcpSession::look_again() {
  next_look_ = now() + kLookEvery;
  arm_timer();
}

void TcpSession::watch_peers() {
  if (!watched_) watch_peer(endpoint_.fd.get());
  watched_ = true;
  const bool client_busy = client_watch_.look(client_.fd.get());
  const bool endpoint_busy = endpoint_watch_.look(endpoint_.fd.get());
  const bool in_use = now() - last_activity_ < kLookEvery + runtime::TimerWheel::kTick;
  next_look_ = client_busy || endpoint_busy || in_use ? now() + kLookEvery : TimePoint::max();
}

}  // namespace naru::proxy
