// How an HTTP/2 connection to an endpoint ends, and how its death is found.
#include <algorithm>
#include <utility>

#include "proxy/http/engine.h"
#include "proxy/http/h2_backend.h"

namespace naru::proxy {
namespace {

using http::AttemptFailure;

// While requests are under way and nothing is heard of them, whether anyone is there is asked after the one, and has to
// be answered within the other. Once for each silence: gRPC servers end connections that ask for more. A node that dies
// later than that is found by the socket's keepalive.
constexpr Duration kSilence = std::chrono::seconds(4);
constexpr Duration kPatience = std::chrono::seconds(4);
constexpr std::uint64_t kPing = 0x6e61727570696e67;

}  // namespace

void H2Backend::on_go_away(http::H2StreamId last, http::H2Error) noexcept {
  last_processed_ = last;
  upstream().port().port().state->http->drains.add(DrainReason::endpoint_goes);
  flush_soon();
}

void H2Backend::retire() {
  if (ended_ || std::exchange(retired_, true)) return;
  if (connecting_ && attached_ == 0) return end();
  upstream().port().port().state->http->drains.add(DrainReason::endpoint_gone);
  if (attached_ == 0) say_goodbye();
}

/// Ends an unused connection in good order.
void H2Backend::say_goodbye() {
  session_.shut_down();
  flush_soon();
}

/// The connection is no more; what was received and is not passed on yet still is.
void H2Backend::end() {
  if (ended_) return;
  ended_ = true;
  timer_.disarm();
  peer_.fd.reset();
  pool_.leaving(*this);
  leave_if_done();
}

void H2Backend::leave_if_done() {
  if (left_ || !ended_ || attached_ != 0) return;
  left_ = true;
  unlink();
  pool_.gone();
  upstream().engine().context.reactor.retire(std::unique_ptr<runtime::EventHandler>(this));
}

void H2Backend::abandon() {
  ended_ = true;
  attached_ = 0;
  timer_.disarm();
  peer_.fd.reset();
  leave_if_done();
}

/// It has ended by itself; `clean`: by FIN. Each request on it is told what that means for it.
void H2Backend::die(bool clean) {
  if (ended_) return;
  const std::uint64_t sent = send_queue(peer_.fd.get()).bytes_acknowledged;
  const std::uint64_t acknowledged = sent == 0 ? 0 : sent - 1;  // the kernel counts the SYN as one
  const bool over = session_.fault() != http::H2Fault::none;
  end();
  for (const http::H2StreamId id : streams_.ids()) {
    H2BackendStream* stream = streams_.find(id);
    if (stream == nullptr) continue;
    stream->fail(over ? AttemptFailure::bad_response : failure_of(*stream, acknowledged, clean));
  }
  leave_if_done();
}

http::AttemptFailure H2Backend::failure_of(const H2BackendStream& stream, std::uint64_t acknowledged,
                                           bool clean) const {
  if (connecting_) return AttemptFailure::not_connected;
  if (stream.starts_at_ >= wire_.bytes_written()) return AttemptFailure::goaway_unprocessed;  // never sent
  const bool untouched = clean && !peer_.aborted && stream.starts_at_ >= acknowledged;
  return untouched ? AttemptFailure::closed_unacknowledged : AttemptFailure::reset;
}

// ---- time ----

TimePoint H2Backend::next_look() const {
  if (connecting_) return connect_by_;
  if (attached_ == 0) return idle_since_ + upstream().port().settings().timeouts.upstream_idle;
  if (asked_ != TimePoint::max()) return asked_ + kPatience;
  return pinged_ ? now() + kSilence : heard_ + kSilence;
}

/// The timer is moved only to come earlier: firing too early is rare, while moving it on every byte would not be.
void H2Backend::arm(TimePoint at) {
  if (ended_ || at >= armed_) return;
  armed_ = at;
  upstream().engine().context.reactor.arm(timer_, at - now());
}

void H2Backend::on_timer() {
  armed_ = TimePoint::max();
  if (now() >= next_look()) {
    if (connecting_) return die(false);
    if (attached_ == 0) {
      say_goodbye();
    } else {
      look_for_life();
    }
  }
  if (attached_ != 0 && !connecting_) (void)watch_.look(peer_.fd.get());
  // With nothing attached any more, the goodbye ends it.
  if (!ended_ && (attached_ != 0 || now() < next_look())) arm(next_look());
}

/// A node that died acknowledges nothing, and its connection is cut. A process that is merely busy, as one thread that
/// computes for long may be, keeps what it has; new requests go elsewhere until it is heard again.
void H2Backend::look_for_life() {
  if (asked_ == TimePoint::max()) {
    asked_ = now();
    pinged_ = true;
    session_.ping(kPing);
    return flush_soon();
  }
  asked_ = TimePoint::max();
  if (heard_ + kSilence > now()) return;
  if (send_queue(peer_.fd.get()).in_flight != 0) return die(false);
  suspect_ = true;
}

void H2Backend::on_ping_ack(std::uint64_t payload) noexcept {
  if (payload == kPing) asked_ = TimePoint::max();
}

}  // namespace naru::proxy
