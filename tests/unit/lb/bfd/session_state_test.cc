#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

constexpr State kAdmin = State::admin_down;
constexpr State kDown = State::down;
constexpr State kInit = State::init;
constexpr State kUp = State::up;

TEST_CASE("the state machine of section 6.2") {
  struct Row {
    State current, received, next;
  };
  const Row rows[] = {
      {kDown, kAdmin, kDown},   {kDown, kDown, kInit},   {kDown, kInit, kUp},     {kDown, kUp, kDown},
      {kInit, kAdmin, kDown},   {kInit, kDown, kInit},   {kInit, kInit, kUp},     {kInit, kUp, kUp},
      {kUp, kAdmin, kDown},     {kUp, kDown, kDown},     {kUp, kInit, kUp},       {kUp, kUp, kUp},
      {kAdmin, kAdmin, kAdmin}, {kAdmin, kDown, kAdmin}, {kAdmin, kInit, kAdmin}, {kAdmin, kUp, kAdmin},
  };
  for (const Row& row : rows) {
    INFO(to_string(row.current) << " and a packet that says " << to_string(row.received));
    CHECK(next_state(row.current, row.received) == row.next);
    Session session = session_in(row.current);
    const Reaction reaction = session.receive(says(row.received), at(0), kNoJitter);
    CHECK(session.info().state == row.next);
    CHECK(reaction.transition.has_value() == (row.next != row.current));
    CHECK(reaction.send.has_value() == (row.next != row.current));
  }
}

TEST_CASE("a change is told to the peer at once, with its reason") {
  struct Row {
    const char* says;
    State from;
    Packet packet;
    Transition change;
  };
  const Row rows[] = {
      {"heard for the first time", kDown, says(kDown), {kDown, kInit, Diagnostic::none, kDown}},
      {"the peer hears us", kInit, says(kUp), {kInit, kUp, Diagnostic::none, kUp}},
      {"the peer lost us", kUp, says(kDown), {kUp, kDown, Diagnostic::neighbour_signalled_down, kDown}},
      {"the peer stops in good order", kUp, says(kAdmin), {kUp, kDown, Diagnostic::neighbour_signalled_down, kAdmin}},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    Session session = session_in(row.from);
    const Reaction reaction = session.receive(row.packet, at(5), kNoJitter);
    CHECK(reaction.transition == row.change);
    REQUIRE(reaction.send);
    CHECK(reaction.send->state == row.change.to);
    CHECK(reaction.send->diagnostic == row.change.diagnostic);
    CHECK(session.info().since == at(5));
  }
}

TEST_CASE("both sides come up from nothing, and settle on the fast timers") {
  Session one({}, 1, at(0));
  Session two({}, 2, at(0));
  auto packet = one.elapse(at(0), kNoJitter).send;
  Session* to = &two;
  int steps = 0;
  for (; packet && steps < 20; ++steps) {
    packet = to->receive(*packet, at(0), kNoJitter).send;
    to = to == &two ? &one : &two;
  }
  CHECK(steps < 20);
  (void)two.receive(*one.elapse(one.deadline(), kNoJitter).send, at(100), kNoJitter);
  for (const Session* side : {&one, &two}) CHECK(side->info().state == kUp);
  CHECK(one.info().transmit_interval == milliseconds(100));
}

TEST_CASE("a session that is held down says so, and takes nothing but the peer's words") {
  Session session = session_in(kUp);
  const Reaction reaction = session.admin_down(at(10), kNoJitter);
  REQUIRE(reaction.send);
  CHECK(reaction.send->state == kAdmin);
  CHECK(reaction.send->diagnostic == Diagnostic::administratively_down);
  CHECK(reaction.send->desired_min_tx == seconds(1));
  CHECK(session.receive(says(kDown), at(20), kNoJitter).discard == Discard::administratively_down);
  CHECK(session.info().remote_state == kDown);
  CHECK_FALSE(session.admin_down(at(30), kNoJitter).send);
}

TEST_CASE("a session counts how often it was up and was lost") {
  Session session = session_in(kUp);
  (void)session.receive(says(kDown), at(1), kNoJitter);
  (void)session.receive(says(kInit), at(2), kNoJitter);
  (void)session.receive(says(kDown), at(3), kNoJitter);
  (void)session.receive(says(kDown), at(4), kNoJitter);
  CHECK(session.info().times_up == 2);
  CHECK(session.info().times_down == 2);
  CHECK(session.info().state == kInit);
}

}  // namespace
}  // namespace naru::lb::bfd
