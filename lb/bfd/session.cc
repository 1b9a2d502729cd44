#include "lb/bfd/session.h"

namespace naru::lb::bfd {

State next_state(State current, State received) {
  if (current == State::admin_down) return current;
  if (received == State::admin_down) return State::down;
  switch (current) {
    case State::down:
      if (received == State::down) return State::init;
      return received == State::init ? State::up : State::down;
    case State::init:
      return received == State::down ? State::init : State::up;
    default:
      return received == State::down ? State::down : State::up;
  }
}

Session::Session(const SessionSettings& settings, std::uint32_t discriminator, TimePoint now)
    : settings_(settings),
      discriminator_(discriminator),
      since_(now),
      tx_in_use_(wanted_tx()),
      rx_in_use_(settings.required_min_rx),
      last_sent_(now),
      next_send_(settings.passive ? kNever : now),
      last_heard_(now) {}

Reaction Session::receive(const Packet& packet, TimePoint now, std::uint32_t random) {
  const Diagnostic said = remote_.diagnostic;
  hear(packet, now, random);
  Reaction reaction;
  if (state_ == State::admin_down) {
    reaction.discard = Discard::administratively_down;
    return reaction;
  }
  ++received_;
  const State to = next_state(state_, packet.state);
  if (to != state_) {
    const auto why = to == State::down ? Diagnostic::neighbour_signalled_down : Diagnostic::none;
    reaction.transition = enter(to, why, now);
    reaction.send = send_now(packet.poll, now, random);
  } else if (packet.poll) {
    // At once, and beside the periodic packets: section 6.5.
    reaction.send = make_packet(true, now);
  }
  if (!reaction.transition && state_ == State::up && packet.diagnostic != said) {
    reaction.remote_diagnostic = packet.diagnostic;
  }
  return reaction;
}

void Session::hear(const Packet& packet, TimePoint now, std::uint32_t random) {
  const Micros before = interval();
  remote_ = {packet.my_discriminator, packet.state,           packet.diagnostic,    packet.detect_multiplier,
             packet.demand,           packet.required_min_rx, packet.desired_min_tx};
  if (packet.final) finish_poll();
  last_heard_ = now;
  forgiven_ = false;
  detect_at_ = now + patience();
  follow_interval(before, now, random);
}

Reaction Session::elapse(TimePoint now, std::uint32_t random) {
  Reaction reaction;
  if (silent_too_long(now)) reaction = expire(now, random);
  if (!reaction.send && next_send_ <= now) {
    reaction.send = make_packet(false, now);
    schedule(now, random);
  }
  return reaction;
}

/// What the peer said before does not hold for the one that will be heard next: section 6.8.1 on bfd.RemoteDiscr.
Reaction Session::expire(TimePoint now, std::uint32_t random) {
  const Micros before = interval();
  const State said = remote_.state;
  remote_ = {};
  detect_at_ = kNever;
  Reaction reaction;
  if (state_ == State::up || state_ == State::init) {
    reaction.transition = enter(State::down, Diagnostic::detection_time_expired, now);
    reaction.transition->remote = said;
    if (may_send()) reaction.send = send_now(false, now, random);
  }
  follow_interval(before, now, random);
  return reaction;
}

void Session::configure(const SessionSettings& settings, TimePoint now, std::uint32_t random) {
  const Micros before = interval();
  const Micros tx_before = wanted_tx();
  const bool rx_differs = settings.required_min_rx != settings_.required_min_rx;
  const bool says_otherwise = settings.newcomer != settings_.newcomer;
  settings_ = settings;
  take_parameters();
  if (state_ == State::up && (rx_differs || wanted_tx() != tx_before)) start_poll();
  if (detect_at_ != kNever) detect_at_ = last_heard_ + patience();
  follow_interval(before, now, random);
  if (says_otherwise && sends_periodically()) next_send_ = now;
}

Reaction Session::admin_down(TimePoint now, std::uint32_t random) {
  Reaction reaction;
  if (state_ == State::admin_down) return reaction;
  reaction.transition = enter(State::admin_down, Diagnostic::administratively_down, now);
  if (may_send()) reaction.send = send_now(false, now, random);
  return reaction;
}

Transition Session::enter(State state, Diagnostic diagnostic, TimePoint now) {
  const Transition transition{state_, state, diagnostic, remote_.state, remote_.diagnostic};
  const Micros tx_before = wanted_tx();
  if (state == State::up) ++times_up_;
  if (state_ == State::up) ++times_down_;
  state_ = state;
  diagnostic_ = diagnostic;
  since_ = now;
  if (state != State::up) poll_ = Poll::none;
  take_parameters();
  if (state == State::up && wanted_tx() != tx_before) start_poll();
  if (detect_at_ != kNever) detect_at_ = last_heard_ + patience();
  return transition;
}

/// The peer is to know at once what changed, not with the next periodic packet: section 6.8.7.
Packet Session::send_now(bool final, TimePoint now, std::uint32_t random) {
  const Packet packet = make_packet(final, now);
  schedule(now, random);
  return packet;
}

SessionInfo Session::info() const {
  SessionInfo info;
  info.settings = settings_;
  info.state = state_;
  info.diagnostic = diagnostic_;
  info.since = since_;
  info.remote_state = remote_.state;
  info.remote_diagnostic = remote_.diagnostic;
  info.local_discriminator = discriminator_;
  info.remote_discriminator = remote_.discriminator;
  info.transmit_interval = interval();
  info.detection_time = patience();
  info.received = received_;
  info.sent = sent_;
  info.times_up = times_up_;
  info.times_down = times_down_;
  return info;
}

}  // namespace naru::lb::bfd
