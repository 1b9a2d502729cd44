#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

SessionSettings passive() {
  SessionSettings settings;
  settings.passive = true;
  return settings;
}

Packet with_min_rx(Micros interval, Packet packet = says(State::up)) {
  packet.required_min_rx = interval;
  return packet;
}

Packet demands(Packet packet = says(State::up)) {
  packet.demand = true;
  return packet;
}

TEST_CASE("an active session speaks at once, then once a second until it is Up") {
  Session session({}, kOwn, at(0));
  CHECK(session.deadline() == at(0));
  const auto first = session.elapse(at(0), kNoJitter).send;
  REQUIRE(first);
  CHECK(first->state == State::down);
  CHECK(first->your_discriminator == 0);
  CHECK(first->desired_min_tx == seconds(1));
  CHECK(first->required_min_rx == milliseconds(100));
  CHECK(first->required_min_echo_rx == Micros::zero());
  CHECK(ms_of(session.deadline()) == 999);
  CHECK_FALSE(session.elapse(at(998), kNoJitter).send);
  CHECK(session.elapse(at(1000), 0).send);
  CHECK(ms_of(session.deadline()) == 1750);
}

TEST_CASE("a passive session waits for the peer, and falls silent when the peer is gone") {
  Session session(passive(), kOwn, at(0));
  CHECK(session.deadline() == Session::kNever);
  CHECK(session.receive(says(State::down), at(10), kNoJitter).send);
  CHECK(session.deadline() < Session::kNever);
  const Reaction lost = session.elapse(at(310), kNoJitter);
  CHECK(lost.transition);
  CHECK_FALSE(lost.send);
  CHECK(session.deadline() == Session::kNever);
}

TEST_CASE("silence for the detection time ends a session, and not a moment before") {
  for (const State state : {State::init, State::up}) {
    Session session = session_in(state);
    CHECK_FALSE(session.elapse(at(300) - std::chrono::nanoseconds(1), kNoJitter).transition);
    const Reaction reaction = session.elapse(at(300), kNoJitter);
    REQUIRE(reaction.transition);
    CHECK(reaction.transition->to == State::down);
    CHECK(reaction.transition->diagnostic == Diagnostic::detection_time_expired);
    REQUIRE(reaction.send);
    CHECK(reaction.send->state == State::down);
    CHECK(reaction.send->your_discriminator == 0);
    CHECK(reaction.send->desired_min_tx == seconds(1));
  }
}

TEST_CASE("a session that is Down forgets the peer after the detection time") {
  Session session = session_in(State::up);
  (void)session.receive(says(State::admin_down), at(0), kNoJitter);
  CHECK(session.info().remote_discriminator == kTheirs);
  CHECK_FALSE(session.elapse(at(300), kNoJitter).transition);
  CHECK(session.info().remote_discriminator == 0);
}

TEST_CASE("every packet heard gives the peer its detection time again") {
  Session session = settled();
  (void)session.receive(says(State::up), at(200), kNoJitter);
  CHECK_FALSE(session.elapse(at(499), kNoJitter).transition);
  Packet slower = says(State::up);
  slower.desired_min_tx = seconds(1);
  slower.detect_multiplier = 5;
  (void)session.receive(slower, at(499), kNoJitter);
  CHECK_FALSE(session.elapse(at(5498), kNoJitter).transition);
  CHECK(session.elapse(at(5499), kNoJitter).transition);
}

TEST_CASE("the peer's wish for fewer packets, and for more, is followed at once") {
  Session session = settled();
  (void)session.receive(with_min_rx(seconds(2)), at(0), kNoJitter);
  CHECK(session.elapse(at(100), kNoJitter).send);
  CHECK(ms_of(session.deadline()) == 300);  // what is due next is the peer's packet
  (void)session.receive(with_min_rx(seconds(2)), at(250), kNoJitter);
  CHECK_FALSE(session.elapse(at(540), kNoJitter).send);
  (void)session.receive(with_min_rx(milliseconds(100)), at(541), kNoJitter);
  CHECK(session.deadline() == at(541));
  CHECK(session.elapse(at(541), kNoJitter).send);
}

TEST_CASE("a peer that takes no packets gets none unasked") {
  Session session = settled();
  (void)session.receive(with_min_rx(Micros::zero()), at(10), kNoJitter);
  CHECK_FALSE(session.elapse(at(300), kNoJitter).send);
  CHECK(session.receive(polls(with_min_rx(Micros::zero())), at(301), kNoJitter).send);
  (void)session.receive(says(State::up), at(302), kNoJitter);
  CHECK(session.elapse(at(402), kNoJitter).send);
}

TEST_CASE("a peer in demand mode is left alone while both are Up, answered, and still watched") {
  Session session = settled();
  (void)session.receive(demands(), at(10), kNoJitter);
  CHECK_FALSE(session.elapse(at(309), kNoJitter).send);
  CHECK(session.receive(polls(demands()), at(309), kNoJitter).send);
  const Reaction lost = session.elapse(at(609), kNoJitter);
  CHECK(lost.transition);
  CHECK(lost.send);
  CHECK(session.elapse(at(1609), kNoJitter).send);
}

TEST_CASE("packets that are late are not made up for") {
  Session session = settled();
  (void)session.receive(says(State::up), at(950), kNoJitter);
  CHECK(session.elapse(at(1000), kNoJitter).send);
  CHECK_FALSE(session.elapse(at(1000), kNoJitter).send);
  CHECK(ms_of(session.deadline()) == 1099);
}

TEST_CASE("one that stood still itself gives the peer time, once and no longer than the detection time") {
  struct Row {
    const char* says;
    std::int64_t lateness;
    bool given;
    std::int64_t until;
  };
  const Row rows[] = {
      {"on time", 0, false, 0},
      {"too short to hide a packet", 100, false, 0},
      {"long enough to hide one", 101, true, 101},
      {"as long as the detection time", 300, true, 300},
      {"for hours", 9'000'000, true, 300},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    Session session = settled();
    const TimePoint now = at(300 + row.lateness);
    REQUIRE(session.silent_too_long(now));
    CHECK(session.forgive(milliseconds(row.lateness), now) == row.given);
    CHECK(session.elapse(now, kNoJitter).transition.has_value() != row.given);
    if (!row.given) continue;
    CHECK_FALSE(session.silent_too_long(now + milliseconds(row.until - 1)));
    CHECK(session.silent_too_long(now + milliseconds(row.until)));
    CHECK_FALSE(session.forgive(seconds(9), now + milliseconds(row.until)));
  }
}

TEST_CASE("one that is heard again may be forgiven again") {
  Session session = settled();
  CHECK(session.forgive(seconds(1), at(1300)));
  (void)session.receive(says(State::up), at(1301), kNoJitter);
  CHECK(session.forgive(seconds(1), at(2700)));
}

}  // namespace
}  // namespace naru::lb::bfd
