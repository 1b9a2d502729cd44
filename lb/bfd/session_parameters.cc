// What a session sends, how often, and how its parameters change.
#include "lb/bfd/session.h"
#include "lb/bfd/timing.h"

namespace naru::lb::bfd {

void Session::start_poll() {
  if (poll_ == Poll::none) poll_sent_ = false;
  poll_ = poll_ == Poll::none ? Poll::active : Poll::again;
}

/// An answer to a question that was not asked yet, a late one, ends nothing.
void Session::finish_poll() {
  if (poll_ == Poll::none || !poll_sent_) return;
  poll_sent_ = false;
  if (poll_ == Poll::again) {
    poll_ = Poll::active;
    return;
  }
  poll_ = Poll::none;
  tx_in_use_ = wanted_tx();
  rx_in_use_ = settings_.required_min_rx;
}

/// While Up, what would make the peer miss packets, or us miss its, waits for the end of the poll sequence: sending
/// more seldom, and waiting less (section 6.8.3).
void Session::take_parameters() {
  if (state_ != State::up || wanted_tx() < tx_in_use_) tx_in_use_ = wanted_tx();
  if (state_ != State::up || settings_.required_min_rx > rx_in_use_) rx_in_use_ = settings_.required_min_rx;
}

void Session::follow_interval(Micros before, TimePoint now, std::uint32_t random) {
  if (!sends_periodically()) {
    next_send_ = kNever;
  } else if (next_send_ == kNever || interval() < before) {
    const TimePoint due = last_sent_ + jittered(interval(), settings_.detect_multiplier, random);
    next_send_ = std::min(next_send_, std::max(due, now));
  }
}

void Session::schedule(TimePoint now, std::uint32_t random) {
  next_send_ = sends_periodically() ? now + jittered(interval(), settings_.detect_multiplier, random) : kNever;
}

Packet Session::make_packet(bool final, TimePoint now) {
  ++sent_;
  last_sent_ = now;
  Packet packet;
  const bool says_reset = settings_.newcomer && state_ != State::admin_down;
  packet.diagnostic = says_reset ? Diagnostic::forwarding_plane_reset : diagnostic_;
  packet.state = state_;
  packet.final = final;
  packet.poll = poll_ != Poll::none && !final;  // never both: section 6.8.7
  packet.detect_multiplier = settings_.detect_multiplier;
  packet.my_discriminator = discriminator_;
  packet.your_discriminator = remote_.discriminator;
  packet.desired_min_tx = wanted_tx();
  packet.required_min_rx = settings_.required_min_rx;
  poll_sent_ = poll_sent_ || packet.poll;
  return packet;
}

bool Session::sends_periodically() const {
  if (!may_send() || remote_.min_rx == Micros::zero()) return false;
  const bool peer_wants_quiet = remote_.demand && state_ == State::up && remote_.state == State::up;
  return !peer_wants_quiet || poll_ != Poll::none;
}

bool Session::forgive(Duration lateness, TimePoint now) {
  if (forgiven_ || lateness * remote_.multiplier <= patience()) return false;
  forgiven_ = true;
  detect_at_ = now + std::min(lateness, patience());
  return true;
}

Micros Session::wanted_tx() const {
  return advertised_min_tx(state_, settings_.desired_min_tx);
}

Micros Session::interval() const {
  return transmit_interval(tx_in_use_, remote_.min_rx);
}

Duration Session::patience() const {
  return detection_time(remote_.multiplier, rx_in_use_, remote_.desired_min_tx);
}

}  // namespace naru::lb::bfd
