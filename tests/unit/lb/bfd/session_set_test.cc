#include "lb/bfd/session_set.h"

#include "lb/bfd/sockets.h"
#include "tests/unit/lb/bfd/make.h"

namespace naru::lb::bfd {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

const IpAddress kPeer = IpAddress::v4(0x0a000002);
const IpAddress kSelf = IpAddress::v4(0x0a000001);
const IpAddress kFar = IpAddress::v4(0x0a090009);

SessionSettings multihop() {
  SessionSettings settings;
  settings.multihop = true;
  settings.minimum_ttl = 250;
  return settings;
}

/// A session with 10.0.0.2, and one over several hops with 10.9.0.9.
struct Fixture {
  Counters counters;
  SessionSet set{1, counters};
  Effects effects;
  std::map<SessionKey, SessionSettings> sessions{{{kPeer, kSelf}, {}}, {{kFar, {}}, multihop()}};

  Fixture() { configure(); }
  void configure(std::int64_t ms = 0) { set.configure(sessions, at(ms), effects); }
  void receive(const Arrival& arrival, const Packet& packet, std::int64_t ms = 0) {
    set.receive(arrival, encode(packet), at(ms), effects);
  }
  [[nodiscard]] SessionInfo info(const IpAddress& peer = kPeer) const {
    for (const auto& one : set.infos()) {
      if (one.key.peer == peer) return one;
    }
    return {};
  }
  [[nodiscard]] Packet to_us(State state, const IpAddress& peer = kPeer) const {
    Packet packet = says(state);
    if (state != State::down) packet.your_discriminator = info(peer).local_discriminator;
    return packet;
  }
  void bring_up() {
    receive({kPeer, kSelf, 255, false}, to_us(State::down));
    receive({kPeer, kSelf, 255, false}, to_us(State::up));
    REQUIRE(info().state == State::up);
    effects = {};
  }
  [[nodiscard]] std::uint64_t discarded(Discard why) const {
    return counters.discarded[static_cast<std::size_t>(why)].value();
  }
  [[nodiscard]] std::uint64_t discarded() const {
    std::uint64_t sum = 0;
    for (const Counter& counter : counters.discarded) sum += counter.value();
    return sum;
  }
};

TEST_CASE("which packets are for which session") {
  struct Row {
    const char* says;
    Arrival arrival;
    State state;
    std::optional<std::uint32_t> your_discriminator;  // nothing: the right one, 0 for Down
    std::optional<Discard> refused;
  };
  const Row rows[] = {
      {"from the peer, which does not know us yet", {kPeer, kSelf, 255, false}, State::down, {}, {}},
      {"from the peer, by discriminator", {kPeer, kSelf, 255, false}, State::init, {}, {}},
      {"Down and a discriminator", {kPeer, kSelf, 255, false}, State::admin_down, {}, {}},
      {"AdminDown of one that does not know us", {kPeer, kSelf, 255, false}, State::admin_down, 0, {}},
      {"a hop away", {kPeer, kSelf, 254, false}, State::down, {}, Discard::ttl},
      {"without a TTL", {kPeer, kSelf, 0, false}, State::down, {}, Discard::ttl},
      {"a discriminator of nobody", {kPeer, kSelf, 255, false}, State::up, 12345, Discard::unknown_discriminator},
      {"Init without a discriminator", {kPeer, kSelf, 255, false}, State::init, 0, Discard::unexpected_state},
      {"Up without a discriminator", {kPeer, kSelf, 255, false}, State::up, 0, Discard::unexpected_state},
      {"from a stranger", {ip("10.0.0.3"), kSelf, 255, false}, State::down, {}, Discard::unknown_peer},
      {"to another address of ours", {kPeer, ip("10.0.0.9"), 255, false}, State::down, {}, Discard::unknown_peer},
      {"a stranger who guessed", {ip("10.0.0.3"), kSelf, 255, false}, State::init, {}, Discard::wrong_address},
      {"guessed, to another address", {kPeer, ip("10.0.0.9"), 255, false}, State::init, {}, Discard::wrong_address},
      {"to the port for several hops", {kPeer, kSelf, 255, true}, State::down, {}, Discard::unknown_peer},
      {"the same, by discriminator", {kPeer, kSelf, 255, true}, State::init, {}, Discard::wrong_address},
  };
  for (const Row& row : rows) {
    INFO(row.says);
    Fixture test;
    Packet packet = test.to_us(row.state);
    if (row.your_discriminator) packet.your_discriminator = *row.your_discriminator;
    test.receive(row.arrival, packet);
    CHECK(test.counters.received.value() == (row.refused ? 0 : 1));
    CHECK(test.discarded() == (row.refused ? 1 : 0));
    if (row.refused) CHECK(test.discarded(*row.refused) == 1);
  }
}

TEST_CASE("over several hops the TTL may be as low as the session allows") {
  Fixture test;
  test.receive({kFar, kSelf, 249, true}, test.to_us(State::down, kFar));
  CHECK(test.discarded(Discard::ttl) == 1);
  test.receive({kFar, ip("10.0.0.77"), 250, true}, test.to_us(State::down, kFar));
  CHECK(test.info(kFar).state == State::init);
}

TEST_CASE("authentication that nobody asked for is refused, and garbage is counted for what it is") {
  Fixture test;
  auto bytes = encode(test.to_us(State::down));
  std::vector<std::uint8_t> longer(bytes.begin(), bytes.end());
  longer.resize(26);
  longer[1] |= 0x04;
  longer[3] = 26;
  test.set.receive({kPeer, kSelf, 255, false}, longer, at(0), test.effects);
  CHECK(test.discarded(Discard::authentication) == 1);
  test.set.receive({kPeer, kSelf, 255, false}, {}, at(0), test.effects);
  CHECK(test.discarded(Discard::short_packet) == 1);
  CHECK(test.info().state == State::down);
  CHECK(test.effects.sends.empty());
}

TEST_CASE("discriminators are unlike each other, and not 0") {
  Counters counters;
  SessionSet set(1, counters);
  std::map<SessionKey, SessionSettings> many;
  for (std::uint32_t i = 0; i < 1000; ++i) many[{IpAddress::v4(0x0a000000 + i), {}}] = {};
  Effects effects;
  set.configure(many, at(0), effects);
  std::set<std::uint32_t> seen;
  for (const auto& info : set.infos()) seen.insert(info.local_discriminator);
  CHECK(seen.size() == 1000);
  CHECK_FALSE(seen.contains(0));
}

TEST_CASE("what stays the same goes on untouched; what is gone says farewell") {
  Fixture test;
  test.bring_up();
  const auto before = test.info();
  test.sessions.erase({kFar, {}});
  test.configure(10);
  REQUIRE(test.effects.sends.size() == 1);
  CHECK(test.effects.sends[0].key.peer == kFar);
  CHECK(std::get<Packet>(decode(test.effects.sends[0].bytes)).state == State::admin_down);
  CHECK(test.info().state == State::up);
  CHECK(test.info().local_discriminator == before.local_discriminator);
  test.sessions.clear();
  test.configure(20);
  CHECK(test.set.size() == 0);
  CHECK(test.set.deadline() == Session::kNever);
  CHECK(test.effects.transitions.empty());
}

TEST_CASE("other timers keep a session, another distance makes another of it") {
  Fixture test;
  test.bring_up();
  const auto before = test.info().local_discriminator;
  SessionSettings& settings = test.sessions[{kPeer, kSelf}];
  settings.desired_min_tx = milliseconds(50);
  test.configure(10);
  CHECK(test.info().state == State::up);
  CHECK(test.info().local_discriminator == before);
  settings.multihop = true;
  test.configure(20);
  CHECK(test.info().state == State::down);
  CHECK(test.info().local_discriminator != before);
}

TEST_CASE("what is due is done, session by session, and nothing else") {
  Fixture test;
  test.bring_up();
  test.set.elapse(at(0), {}, test.effects);
  REQUIRE(test.effects.sends.size() == 1);
  CHECK(test.effects.sends[0].key.peer == kFar);
  test.effects = {};
  test.set.elapse(at(300), {}, test.effects);
  REQUIRE(test.effects.transitions.size() == 1);
  CHECK(test.effects.transitions[0].first == SessionKey{kPeer, kSelf});
  CHECK(test.effects.transitions[0].second.diagnostic == Diagnostic::detection_time_expired);
  CHECK(test.counters.detections.value() == 1);
  CHECK(test.set.deadline() > at(300));
}

TEST_CASE("a process that stood still does not call its neighbours dead when it wakes") {
  Fixture test;
  test.bring_up();
  SECTION("those whose packets waited in the socket are heard first") {
    test.receive({kPeer, kSelf, 255, false}, test.to_us(State::up), 2000);
    test.set.elapse(at(2000), milliseconds(1925), test.effects);
    CHECK(test.counters.stalls.value() == 0);
  }
  SECTION("those that had no way to be heard get their time from now on") {
    test.set.elapse(at(2000), milliseconds(1925), test.effects);
    CHECK(test.counters.stalls.value() == 1);
    test.receive({kPeer, kSelf, 255, false}, test.to_us(State::up), 2090);
  }
  CHECK(test.info().state == State::up);
  CHECK(test.effects.transitions.empty());
}

TEST_CASE("one that is dead is found so even by a process that stands still again and again") {
  Fixture test;
  test.bring_up();
  for (std::int64_t ms = 1000; ms <= 3000; ms += 1000) test.set.elapse(at(ms), milliseconds(900), test.effects);
  REQUIRE(test.effects.transitions.size() == 1);
  CHECK(test.info().since == at(2000));
}

TEST_CASE("all addresses of a family are listened on, unless every session names its own") {
  const IpAddress six = ip("fd00::2");
  const auto points = [](const std::map<SessionKey, SessionSettings>& sessions) { return listen_points(sessions); };
  CHECK(points({}).empty());
  CHECK(points({{{kPeer, kSelf}, {}}}) == std::set<ListenAt>{{Family::ipv4, false, kSelf}});
  CHECK(points({{{kPeer, kSelf}, {}}, {{kFar, {}}, {}}}) == std::set<ListenAt>{{Family::ipv4, false, {}}});
  CHECK(points({{{kPeer, kSelf}, {}}, {{kFar, {}}, multihop()}, {{six, {}}, {}}}) ==
        std::set<ListenAt>{{Family::ipv4, false, kSelf}, {Family::ipv4, true, {}}, {Family::ipv6, false, {}}});
}

}  // namespace
}  // namespace naru::lb::bfd
