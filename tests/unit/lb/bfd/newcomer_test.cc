#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

Packet with(Packet packet, Diagnostic diagnostic) {
  packet.diagnostic = diagnostic;
  return packet;
}

TEST_CASE("a newcomer says so in every packet, but not when it ends") {
  SessionSettings settings;
  settings.newcomer = true;
  Session session(settings, kOwn, at(0));
  CHECK(session.elapse(at(0), kNoJitter).send->diagnostic == Diagnostic::forwarding_plane_reset);
  const Reaction heard = session.receive(says(State::down), at(1), kNoJitter);
  CHECK(heard.send->diagnostic == Diagnostic::forwarding_plane_reset);
  CHECK(heard.transition->diagnostic == Diagnostic::none);
  CHECK(session.admin_down(at(2), kNoJitter).send->diagnostic == Diagnostic::administratively_down);
}

TEST_CASE("a newcomer no more: the session goes on, and needs no poll sequence to say so") {
  SessionSettings settings;
  settings.newcomer = true;
  Session session = settled(settings);
  settings.newcomer = false;
  session.configure(settings, at(10), kNoJitter);
  CHECK(session.info().state == State::up);
  CHECK(session.deadline() == at(10));
  const auto packet = session.elapse(session.deadline(), kNoJitter).send;
  REQUIRE(packet);
  CHECK(packet->diagnostic == Diagnostic::none);
  CHECK_FALSE(packet->poll);
}

TEST_CASE("what the peer says of itself is told with the change to Up, and whenever it changes") {
  constexpr auto kReset = Diagnostic::forwarding_plane_reset;
  Session session = session_in(State::init);
  const Reaction up = session.receive(with(says(State::up), kReset), at(5), kNoJitter);
  CHECK(up.transition->remote_diagnostic == kReset);
  CHECK_FALSE(up.remote_diagnostic);
  CHECK_FALSE(session.receive(with(says(State::up), kReset), at(6), kNoJitter).remote_diagnostic);
  CHECK(session.receive(says(State::up), at(7), kNoJitter).remote_diagnostic == Diagnostic::none);
  CHECK(session.receive(with(says(State::up), kReset), at(8), kNoJitter).remote_diagnostic == kReset);
}

}  // namespace
}  // namespace naru::lb::bfd
