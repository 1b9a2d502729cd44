// How an HTTP/2 connection of a client ends, and what it may wait for until then.
#include <algorithm>
#include <utility>

#include "proxy/http/engine.h"
#include "proxy/http/h2_client.h"

namespace naru::proxy {
namespace {

using http::H2StreamId;

// How long a client may take to answer the PING after GOAWAY: what it sent before is here by then.
constexpr Duration kLastCall = std::chrono::seconds(2);
constexpr std::uint64_t kLastCallPing = 0x6e617275676f6e65;
// Connections in use are looked at this often, and not for each byte.
constexpr Duration kLookEvery = std::chrono::seconds(5);
constexpr Duration kShortestLook = std::chrono::milliseconds(20);

}  // namespace

// ---- going away ----

void H2Client::go_away(DrainReason reason) {
  if (ended() || leaving_ != Leaving::no) return;
  leaving_ = Leaving::announced;
  port().state->http->drains.add(reason);
  session_.announce_shutdown();
  session_.ping(kLastCallPing);
  last_due_ = now() + kLastCall;
  set_next_deadline();
  flush_soon();
}

void H2Client::on_ping_ack(std::uint64_t payload) noexcept {
  if (payload == kLastCallPing && leaving_ == Leaving::announced) say_last();
}

void H2Client::say_last() {
  leaving_ = Leaving::last_said;
  last_due_ = TimePoint::max();
  session_.shut_down();
  flush_soon();
}

/// What there is to say is said, then nothing is heard any more.
void H2Client::begin_closing() {
  if (ended() || leaving_ == Leaving::closing) return;
  if (const auto fault = session_.fault(); fault != http::H2Fault::none) port().state->http->h2_faults.add(fault);
  leaving_ = Leaving::closing;
  for (const H2StreamId id : streams_.ids()) {
    if (H2ClientStream* stream = streams_.find(id)) stream->on_reset();
  }
  set_deadline(now() + kLinger);
  flush_soon();
  // At the end of the turn: this may be within a call of the session's.
  peer_.readable = true;
  engine_.context.reactor.defer([this] {
    if (!ended()) discard_input();
  });
}

bool H2Client::on_end(Outcome outcome) {
  const bool idle = streams_.empty();
  for (const H2StreamId id : streams_.ids()) {
    if (H2ClientStream* stream = streams_.find(id)) stream->on_reset();
  }
  return !idle || outcome == Outcome::client_reset || outcome == Outcome::limit;
}

// ---- time ----

void H2Client::set_next_deadline() {
  if (ended() || leaving_ == Leaving::closing) return;
  const HttpTimeouts& timeouts = settings().timeouts;
  TimePoint next = std::min(rest_due_, last_due_);
  if (!streams_.empty() || unwritten_since_ != TimePoint::max()) {
    const Duration look = std::clamp<Duration>(timeouts.client_stall / 4, kShortestLook, kLookEvery);
    next = std::min(next, now() + look);
  } else {
    next = std::min(next, quiet_since_ + timeouts.client_idle);
  }
  set_deadline(next);
}

void H2Client::on_deadline() {
  if (leaving_ == Leaving::closing) return end(Outcome::closed);
  if (now() >= last_due_) say_last();
  const bool idle = streams_.empty() && now() - quiet_since_ >= settings().timeouts.client_idle;
  const bool unread =
      unwritten_since_ != TimePoint::max() && now() - unwritten_since_ >= settings().timeouts.client_stall;
  if (unread) return end(Outcome::idle_timeout);
  if (idle || now() >= rest_due_) {
    session_.shut_down();
    return begin_closing();
  }
  look_at_streams();
  set_next_deadline();
}

void H2Client::look_at_streams() {
  const Duration limit = settings().timeouts.client_stall;
  for (const H2StreamId id : streams_.ids()) {
    if (H2ClientStream* stream = streams_.find(id)) stream->look(now(), limit);
  }
  if (!session_.output().empty()) flush_soon();
}

}  // namespace naru::proxy
