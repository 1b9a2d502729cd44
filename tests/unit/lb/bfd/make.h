// Sessions, packets and moments for the tests of BFD.
#pragma once

#include <catch2/catch.hpp>
#include <ostream>
#include <string>

#include "lb/bfd/session.h"

namespace naru::lb::bfd {

inline std::ostream& operator<<(std::ostream& out, State state) {
  return out << to_string(state);
}
inline std::ostream& operator<<(std::ostream& out, Diagnostic diagnostic) {
  return out << to_string(diagnostic);
}
inline std::ostream& operator<<(std::ostream& out, Discard discard) {
  return out << to_string(discard);
}

using std::chrono::milliseconds;
using std::chrono::seconds;

/// So many milliseconds after the tests' beginning of time.
inline TimePoint at(std::int64_t ms) {
  return TimePoint(std::chrono::hours(1)) + milliseconds(ms);
}
inline std::int64_t ms_of(TimePoint time) {
  return std::chrono::duration_cast<milliseconds>(time - at(0)).count();
}

inline constexpr std::uint32_t kNoJitter = 0xffffffff;  // the longest interval: a hair below the whole
inline constexpr std::uint32_t kOwn = 7;
inline constexpr std::uint32_t kTheirs = 99;

/// What the peer says; it knows our discriminator unless it is Down.
inline Packet says(State state) {
  Packet packet;
  packet.state = state;
  packet.detect_multiplier = 3;
  packet.my_discriminator = kTheirs;
  packet.your_discriminator = state == State::down ? 0 : kOwn;
  packet.desired_min_tx = packet.required_min_rx = milliseconds(100);
  return packet;
}

inline Packet polls(Packet packet) {
  packet.poll = true;
  return packet;
}

inline Packet answers(Packet packet) {
  packet.final = true;
  return packet;
}

/// A session that came into `state` at 0 ms as the peer made it.
inline Session session_in(State state, const SessionSettings& settings = {}) {
  Session session(settings, kOwn, at(0));
  if (state == State::init || state == State::up) (void)session.receive(says(State::down), at(0), kNoJitter);
  if (state == State::up) (void)session.receive(says(State::up), at(0), kNoJitter);
  if (state == State::admin_down) (void)session.admin_down(at(0), kNoJitter);
  REQUIRE(session.info().state == state);
  return session;
}

/// Up, with the poll sequence that comes with it done, and nothing due before 75 ms.
inline Session settled(const SessionSettings& settings = {}) {
  Session session = session_in(State::up, settings);
  (void)session.receive(answers(says(State::up)), at(0), kNoJitter);
  return session;
}

}  // namespace naru::lb::bfd
