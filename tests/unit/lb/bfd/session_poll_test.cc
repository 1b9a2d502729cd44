#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

SessionSettings timers(std::int64_t tx, std::int64_t rx) {
  SessionSettings settings;
  settings.desired_min_tx = milliseconds(static_cast<std::uint32_t>(tx));
  settings.required_min_rx = milliseconds(static_cast<std::uint32_t>(rx));
  return settings;
}

/// The next periodic packet.
Packet next_packet(Session& session) {
  const auto packet = session.elapse(session.deadline(), kNoJitter).send;
  REQUIRE(packet);
  return *packet;
}

TEST_CASE("a poll is answered at once, in whatever state, beside the periodic packets") {
  for (const State state : {State::init, State::up}) {
    Session session = session_in(state);
    const TimePoint due = session.deadline();
    const auto answer = session.receive(polls(says(state)), at(1), kNoJitter).send;
    REQUIRE(answer);
    CHECK(answer->final);
    CHECK_FALSE(answer->poll);
    CHECK(session.deadline() <= due);
  }
}

TEST_CASE("coming up asks the peer to agree to the fast timers, until it does") {
  Session session = session_in(State::init);
  const auto first = session.receive(says(State::up), at(0), kNoJitter).send;
  REQUIRE(first);
  CHECK(first->poll);
  CHECK(first->desired_min_tx == milliseconds(100));
  CHECK(next_packet(session).poll);
  (void)session.receive(answers(says(State::up)), at(150), kNoJitter);
  CHECK_FALSE(next_packet(session).poll);
}

TEST_CASE("timers as slow as the slow start need no agreement") {
  Session session = session_in(State::init, timers(1000, 1000));
  const auto first = session.receive(says(State::up), at(0), kNoJitter).send;
  REQUIRE(first);
  CHECK_FALSE(first->poll);
}

TEST_CASE("while Up, what could make either miss packets waits for the agreement") {
  struct Row {
    const char* says;
    SessionSettings settings;
    std::int64_t interval_before, detection_before;  // until the peer agrees
    std::int64_t interval_after, detection_after;
  };
  const Row rows[] = {
      {"sending more seldom waits", timers(500, 200), 200, 600, 500, 600},
      {"sending more often does not", timers(150, 200), 150, 600, 150, 600},
      {"waiting less waits", timers(200, 150), 200, 600, 200, 450},
      {"waiting longer does not", timers(200, 400), 200, 1200, 200, 1200},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    Session session = settled(timers(200, 200));
    session.configure(row.settings, at(0), kNoJitter);
    CHECK(session.info().transmit_interval == milliseconds(row.interval_before));
    CHECK(session.info().detection_time == milliseconds(row.detection_before));
    const Packet packet = next_packet(session);
    CHECK(packet.poll);
    CHECK(packet.desired_min_tx == row.settings.desired_min_tx);
    CHECK(packet.required_min_rx == row.settings.required_min_rx);
    (void)session.receive(answers(says(State::up)), at(210), kNoJitter);
    CHECK(session.info().transmit_interval == milliseconds(row.interval_after));
    CHECK(session.info().detection_time == milliseconds(row.detection_after));
    CHECK(session.info().state == State::up);
  }
}

TEST_CASE("an agreement to what was asked for before does not count for what is asked for now") {
  Session session = settled();
  session.configure(timers(500, 100), at(0), kNoJitter);
  CHECK(next_packet(session).poll);
  session.configure(timers(700, 100), at(110), kNoJitter);
  (void)session.receive(answers(says(State::up)), at(120), kNoJitter);
  CHECK(session.info().transmit_interval == milliseconds(100));
  CHECK(next_packet(session).poll);
  (void)session.receive(answers(says(State::up)), at(230), kNoJitter);
  CHECK(session.info().transmit_interval == milliseconds(700));
}

TEST_CASE("an answer to nothing ends nothing") {
  Session session = settled();
  session.configure(timers(500, 100), at(0), kNoJitter);
  (void)session.receive(answers(says(State::up)), at(1), kNoJitter);
  CHECK(session.info().transmit_interval == milliseconds(100));
  CHECK(next_packet(session).poll);
}

TEST_CASE("a multiplier needs no agreement, and goes out with the next packet") {
  Session session = settled();
  SessionSettings settings;
  settings.detect_multiplier = 9;
  session.configure(settings, at(0), kNoJitter);
  const Packet packet = next_packet(session);
  CHECK_FALSE(packet.poll);
  CHECK(packet.detect_multiplier == 9);
}

TEST_CASE("a session that is not Up takes new timers without asking") {
  Session session = session_in(State::init);
  session.configure(timers(5000, 300), at(0), kNoJitter);
  CHECK(session.info().transmit_interval == seconds(5));
  CHECK(session.info().detection_time == milliseconds(900));
}

TEST_CASE("a lost session asks for nothing any more") {
  Session session = session_in(State::up);
  const auto last = session.elapse(at(300), kNoJitter).send;
  REQUIRE(last);
  CHECK_FALSE(last->poll);
}

TEST_CASE("a peer in demand mode is asked by periodic packets while there is something to agree upon") {
  Session session = settled();
  Packet demand = says(State::up);
  demand.demand = true;
  (void)session.receive(demand, at(0), kNoJitter);
  session.configure(timers(150, 100), at(1), kNoJitter);
  CHECK(next_packet(session).poll);
  demand.final = true;
  (void)session.receive(demand, at(160), kNoJitter);
  CHECK_FALSE(session.elapse(at(450), kNoJitter).send);
}

}  // namespace
}  // namespace naru::lb::bfd
