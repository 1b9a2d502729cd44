// A peer's state machine: attempts, sessions and their ends, collisions.
#include <catch2/catch.hpp>

#include "lb/bgp/peer_fsm.h"
#include "tests/unit/lb/bgp_bytes.h"

namespace naru::lb::bgp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart{seconds(1000)};
const SocketAddress kLocal{IpAddress::v4(0x0a000001), Port(40000)};

PeerSettings settings() {
  PeerSettings s;
  s.name = "router";
  s.my_asn = 64513;
  s.peer_asn = 64512;
  s.address = IpAddress::v4(0x0a000002);
  s.router_id = IpAddress::v4(0x0aff0002);
  s.hold_time = seconds(9);
  return s;
}

Open their_open(std::uint32_t id = 0x0aff0001) {
  Open open;
  open.asn = 64512;
  open.hold_seconds = 90;
  open.router_id = IpAddress::v4(id);
  open.families = {true, false};
  open.four_octet_asn = true;
  return open;
}

/// A peer and what it did, at a time of its own.
struct Bench {
  explicit Bench(PeerSettings s = settings()) : fsm(std::move(s), {}, 1, kStart) {}

  void note(Actions actions) {
    for (const Action& one : actions) {
      if (std::holds_alternative<action::Connect>(one)) ++connects;
      if (const auto* send = std::get_if<action::Send>(&one)) sent.push_back(*send);
      if (const auto* close = std::get_if<action::Close>(&one)) closed.push_back(close->side);
    }
  }
  void start() { note(fsm.start(now)); }
  void connected(Side side = Side::outbound) { note(fsm.on_connected(side, kLocal, {kLocal.ip, {}}, now)); }
  void receive(const Bytes& bytes, Side side = Side::outbound) { note(fsm.on_bytes(side, bytes, now)); }
  void closed_by_peer(Side side = Side::outbound) {
    note(fsm.on_closed(side, EndReason::connection_closed, "closed", now));
  }
  void pass(Duration time) {
    const TimePoint end = now + time;
    while (fsm.next_time() <= end) {
      now = std::max(now, fsm.next_time());
      note(fsm.on_time(now));
    }
    now = end;
  }
  void establish() {
    start();
    connected();
    receive(encode(their_open()));
    receive(keepalive());
    REQUIRE(fsm.state() == State::established);
    sent.clear();
  }
  /// The last message was this NOTIFICATION, and the connection is closed.
  void ended_with(const Notification& said) const {
    REQUIRE_FALSE(sent.empty());
    CHECK(sent.back().bytes == encode(said));
    CHECK_FALSE(closed.empty());
  }
  [[nodiscard]] EndReason reason() const {
    const auto end = fsm.view().last_end;
    return end ? end->reason : EndReason::none;
  }

  TimePoint now{kStart};
  PeerFsm fsm;
  int connects{};
  std::vector<action::Send> sent;
  std::vector<Side> closed;
};

}  // namespace

TEST_CASE("BGP peer: from nothing to a session, state by state") {
  Bench peer;
  CHECK(peer.fsm.state() == State::idle);
  peer.start();
  CHECK(peer.fsm.state() == State::connect);
  peer.connected();
  CHECK(peer.fsm.state() == State::open_sent);
  REQUIRE(peer.sent.size() == 1);
  CHECK(std::get<Open>(parse_open(body_of(peer.sent[0].bytes))).asn == 64513);
  peer.receive(encode(their_open()));
  CHECK(peer.fsm.state() == State::open_confirm);
  CHECK(peer.sent[1].bytes == keepalive());
  peer.receive(keepalive());
  CHECK(peer.fsm.state() == State::established);
  CHECK(peer.fsm.view().hold_time == seconds(9));
  CHECK(peer.fsm.view().counters.times_established == 1);
}

TEST_CASE("BGP peer: nobody answers: ten seconds, then back-off with jitter up to two minutes") {
  Bench peer;
  peer.start();
  peer.pass(milliseconds(9999));
  CHECK(peer.fsm.state() == State::connect);
  peer.pass(milliseconds(1));
  CHECK(peer.fsm.state() == State::idle);
  CHECK(peer.reason() == EndReason::connect_timed_out);
  for (const int wait : {1, 2, 4, 8, 16, 32, 64, 120, 120}) {
    INFO(wait);
    const Duration next = peer.fsm.next_time() - peer.now;
    CHECK(next <= seconds(wait));
    CHECK(next >= seconds(wait) * 3 / 4);
    peer.pass(next);
    CHECK(peer.fsm.state() == State::connect);
    peer.pass(seconds(10));
  }
}

TEST_CASE("BGP peer: a connect time takes the back-off's place") {
  PeerSettings s = settings();
  s.connect_time = seconds(4);
  Bench peer(s);
  peer.start();
  for (int i = 0; i < 5; ++i) {
    peer.note(peer.fsm.on_closed(Side::outbound, EndReason::connect_failed, "refused", peer.now));
    CHECK(peer.fsm.next_time() - peer.now <= seconds(4));
    CHECK(peer.fsm.next_time() - peer.now >= seconds(3));
    peer.pass(seconds(4));
  }
  CHECK(peer.connects == 6);
}

TEST_CASE("BGP peer: a session that lasted makes the next attempt soon; one that did not counts as a failure") {
  struct Row {
    Duration lasted;
    Duration wait;
  };
  const Row row = GENERATE(values<Row>({{seconds(10), seconds(1)}, {milliseconds(9999), seconds(8)}}));
  PeerSettings s = settings();
  s.hold_time = seconds(0);
  Bench peer(s);
  peer.start();
  for (int i = 0; i < 3; ++i) {
    peer.note(peer.fsm.on_closed(Side::outbound, EndReason::connect_failed, "refused", peer.now));
    peer.pass(peer.fsm.next_time() - peer.now);
  }
  peer.connected();
  peer.receive(encode(their_open()));
  peer.receive(keepalive());
  peer.pass(row.lasted);
  peer.closed_by_peer();
  CHECK(peer.fsm.next_time() - peer.now <= row.wait);
  CHECK(peer.fsm.next_time() - peer.now >= row.wait * 3 / 4);
}

TEST_CASE("BGP peer: connected, but no OPEN comes") {
  Bench peer;
  peer.start();
  peer.connected();
  peer.pass(seconds(30));
  CHECK(peer.reason() == EndReason::open_timed_out);
  peer.ended_with(Notification::hold_timer());
}

TEST_CASE("BGP peer: silence for the hold time ends it, anything heard puts that off") {
  Bench peer;
  peer.establish();
  peer.pass(milliseconds(8999));
  peer.receive(keepalive());
  peer.pass(milliseconds(8999));
  peer.receive(message(2, "0000 0000"));
  peer.pass(milliseconds(8999));
  CHECK(peer.fsm.state() == State::established);
  peer.pass(milliseconds(1));
  CHECK(peer.reason() == EndReason::hold_timer_expired);
  peer.ended_with(Notification::hold_timer());
}

TEST_CASE("BGP peer: keepalives go out each third of the hold time, or as configured if sooner") {
  struct Row {
    std::optional<seconds> wanted;
    std::size_t least;
    std::size_t most;
  };
  const Row row = GENERATE(values<Row>({{{}, 20, 27}, {seconds(1), 60, 80}, {seconds(8), 20, 27}}));
  PeerSettings s = settings();
  s.keepalive_time = row.wanted;
  Bench peer(s);
  peer.establish();
  for (int i = 0; i < 60; ++i) {
    peer.pass(seconds(1));
    peer.receive(keepalive());
  }
  CHECK(peer.sent.size() >= row.least);
  CHECK(peer.sent.size() <= row.most);
}

TEST_CASE("BGP peer: a hold time of 0 means neither keepalives nor an end") {
  Bench peer;
  peer.start();
  peer.connected();
  Open open = their_open();
  open.hold_seconds = 0;
  peer.receive(encode(open));
  peer.receive(keepalive());
  peer.sent.clear();
  peer.pass(std::chrono::hours(24));
  CHECK(peer.sent.empty());
  CHECK(peer.fsm.state() == State::established);
  CHECK_FALSE(peer.fsm.send_limit());
}

TEST_CASE("BGP peer: what does not belong into a state ends it (RFC 6608)") {
  struct Row {
    int after;  // of the steps to a session
    Bytes bytes;
    FsmError error;
  };
  const Row row = GENERATE(values<Row>({{0, keepalive(), FsmError::in_open_sent},
                                        {0, message(2, "0000 0000"), FsmError::in_open_sent},
                                        {1, encode(their_open()), FsmError::in_open_confirm},
                                        {1, message(2, "0000 0000"), FsmError::in_open_confirm},
                                        {1, route_refresh(Family::ipv4), FsmError::in_open_confirm},
                                        {2, encode(their_open()), FsmError::in_established}}));
  Bench peer;
  peer.start();
  peer.connected();
  if (row.after > 0) peer.receive(encode(their_open()));
  if (row.after > 1) peer.receive(keepalive());
  peer.receive(row.bytes);
  CHECK(peer.reason() == EndReason::unexpected_message);
  peer.ended_with(Notification::fsm(row.error));
}

TEST_CASE("BGP peer: garbage, wrong peers and broken updates end it, each for a reason of its own") {
  struct Row {
    const char* what;
    Bytes open;
    Bytes then;
    EndReason reason;
  };
  const auto open_with = [](auto change) {
    Open open = their_open();
    change(open);
    return encode(open);
  };
  const Row row = GENERATE_COPY(values<Row>(
      {{"another protocol", hex("485454502f312e31"), {}, EndReason::bad_header},
       {"an OPEN of version 3", message(1, "03 fc00 005a 0a000001 00"), {}, EndReason::bad_open},
       {"another AS", open_with([](Open& o) { o.asn = 64999; }), {}, EndReason::wrong_asn},
       {"router id 0", open_with([](Open& o) { o.router_id = IpAddress(); }), {}, EndReason::bad_router_id},
       {"hold time 2", open_with([](Open& o) { o.hold_seconds = 2; }), {}, EndReason::unacceptable_hold_time},
       {"no family of ours",
        open_with([](Open& o) {
          o.families = {false, true};
        }),
        {},
        EndReason::unsupported_capability},
       {"an UPDATE that breaks off", encode(their_open()), message(2, "0005 0000"), EndReason::bad_update},
       {"an oversized message", encode(their_open()), hex("ffffffffffffffffffffffffffffffff 1001 02"),
        EndReason::bad_header},
       {"its NOTIFICATION", encode(their_open()), encode(Notification::cease(Cease::reset)), EndReason::notified}}));
  INFO(row.what);
  Bench peer;
  peer.start();
  peer.connected();
  peer.receive(row.open);
  if (!row.then.empty()) {
    peer.receive(keepalive());
    peer.receive(row.then);
  }
  CHECK(peer.reason() == row.reason);
  CHECK(peer.closed == std::vector{Side::outbound});
  CHECK(peer.fsm.state() == State::idle);
  peer.pass(seconds(2));
  CHECK(peer.connects == 2);
}

TEST_CASE("BGP peer: a malformed attribute is counted, and the session goes on (RFC 7606)") {
  Bench peer;
  peer.establish();
  peer.receive(message(2, "0000 0005 c00802 fde9"));
  CHECK(peer.fsm.state() == State::established);
  CHECK(peer.fsm.view().counters.malformed_updates_received == 1);
}

TEST_CASE("BGP peer: two connections at once: that of the higher router id stays (RFC 4271 6.8)") {
  const bool theirs_is_higher = GENERATE(true, false);
  const std::uint32_t id = theirs_is_higher ? 0x0aff0009 : 0x0aff0001;
  const Side stays = theirs_is_higher ? Side::inbound : Side::outbound;
  const Side goes = theirs_is_higher ? Side::outbound : Side::inbound;
  const Side first = GENERATE(Side::outbound, Side::inbound);
  const Side second = first == Side::outbound ? Side::inbound : Side::outbound;
  Bench peer;
  peer.start();
  peer.connected(Side::outbound);
  peer.connected(Side::inbound);
  peer.receive(encode(their_open(id)), first);
  CHECK(peer.closed.empty());
  peer.receive(encode(their_open(id)), second);
  CHECK(peer.closed == std::vector{goes});
  CHECK(peer.sent.back().side == goes);
  CHECK(peer.sent.back().bytes == encode(Notification::cease(Cease::collision)));
  peer.receive(keepalive(), stays);
  CHECK(peer.fsm.established_side() == stays);
  CHECK(peer.reason() == EndReason::none);
}

TEST_CASE("BGP peer: a session is not given up for another connection") {
  Bench peer;
  peer.establish();
  REQUIRE(peer.fsm.accepts());
  peer.connected(Side::inbound);
  peer.receive(encode(their_open(0x0aff0009)), Side::inbound);
  CHECK(peer.closed == std::vector{Side::inbound});
  CHECK(peer.fsm.established_side() == Side::outbound);
}

TEST_CASE("BGP peer: under graceful restart a peer that comes anew has restarted (RFC 4724 5)") {
  PeerSettings s = settings();
  s.graceful_restart = true;
  Open open = their_open();
  open.graceful_restart = GracefulRestart{true, 60, {true, false}};
  Bench peer(s);
  peer.start();
  peer.connected();
  peer.receive(encode(open));
  peer.receive(keepalive());
  peer.connected(Side::inbound);
  peer.receive(encode(open), Side::inbound);
  peer.receive(keepalive(), Side::inbound);
  CHECK(peer.closed == std::vector{Side::outbound});
  CHECK(peer.fsm.established_side() == Side::inbound);
  CHECK(peer.reason() == EndReason::collision);
}

TEST_CASE("BGP peer: a session through the peer's connection ends our attempt") {
  Bench peer;
  peer.start();
  peer.connected(Side::inbound);
  peer.receive(encode(their_open()), Side::inbound);
  peer.receive(keepalive(), Side::inbound);
  CHECK(peer.closed == std::vector{Side::outbound});
  peer.pass(seconds(8));
  CHECK(peer.fsm.state() == State::established);
  CHECK(peer.connects == 1);
}

TEST_CASE("BGP peer: a passive one waits") {
  PeerSettings s = settings();
  s.passive = true;
  Bench peer(s);
  peer.start();
  CHECK(peer.fsm.state() == State::active);
  peer.pass(std::chrono::hours(1));
  CHECK(peer.connects == 0);
  peer.connected(Side::inbound);
  peer.closed_by_peer(Side::inbound);
  CHECK(peer.fsm.state() == State::active);
}

TEST_CASE("BGP peer: a failed link ends the session and is tried again") {
  Bench peer;
  peer.establish();
  peer.note(peer.fsm.on_link_failed(peer.now));
  CHECK(peer.reason() == EndReason::link_failed);
  peer.ended_with(Notification::cease(Cease::bfd_down));
  peer.pass(seconds(2));
  CHECK(peer.connects == 2);
}

TEST_CASE("BGP peer: a stop is for good") {
  Bench peer;
  peer.establish();
  peer.note(peer.fsm.stop(Notification::shutdown("bye"), false, peer.now));
  peer.ended_with(Notification::shutdown("bye"));
  peer.pass(std::chrono::hours(1));
  CHECK(peer.connects == 1);
  CHECK_FALSE(peer.fsm.accepts());
  CHECK(peer.fsm.state() == State::idle);
}

TEST_CASE("BGP peer: a silent stop says nothing to who keeps routes, and all to who does not") {
  const bool keeps = GENERATE(true, false);
  PeerSettings s = settings();
  s.graceful_restart = true;
  Bench peer(s);
  peer.start();
  peer.connected();
  Open open = their_open();
  if (keeps) open.graceful_restart = GracefulRestart{false, 60, {true, false}};
  peer.receive(encode(open));
  peer.receive(keepalive());
  peer.sent.clear();
  peer.note(peer.fsm.stop(Notification::cease(Cease::reset), true, peer.now));
  CHECK(peer.sent.empty() == keeps);
  CHECK(peer.closed == std::vector{Side::outbound});
}

TEST_CASE("BGP peer: graceful restart says so in the first OPEN only, and always that forwarding goes on") {
  PeerSettings s = settings();
  s.graceful_restart = true;
  Bench peer(s);
  const auto opened = [&] { return std::get<Open>(parse_open(body_of(peer.sent.back().bytes))).graceful_restart; };
  peer.start();
  peer.connected();
  CHECK(opened() == GracefulRestart{true, 120, {true, false}});
  peer.receive(encode(their_open()));
  peer.receive(keepalive());
  peer.closed_by_peer();
  peer.pass(seconds(1));
  peer.connected();
  CHECK(opened() == GracefulRestart{false, 120, {true, false}});
}

TEST_CASE("BGP peer: a peer that takes nothing off its connection is left") {
  Bench peer;
  peer.establish();
  CHECK(peer.fsm.send_limit() == Duration(seconds(9)));
  peer.note(peer.fsm.on_send_stalled(Side::outbound, peer.now));
  CHECK(peer.reason() == EndReason::send_timed_out);
  CHECK(peer.sent.empty());
}

TEST_CASE("BGP peer: routes are told when there is a session, and again when asked for") {
  Bench peer;
  peer.fsm.set_routes({{*Cidr::parse("192.0.2.1/32"), {}}});
  CHECK_FALSE(peer.fsm.next_update());
  peer.establish();
  CHECK(peer.fsm.next_update());  // the route
  CHECK(peer.fsm.next_update());  // the end
  CHECK_FALSE(peer.fsm.next_update());
  CHECK(peer.fsm.view().announced_prefixes == 1);
  peer.receive(route_refresh(Family::ipv4));
  CHECK(peer.fsm.next_update());
  CHECK(peer.fsm.view().counters.updates_sent == 3);
}

TEST_CASE("BGP peer: a closed connection before any OPEN hints at what the peer knows of us") {
  Bench peer;
  peer.start();
  peer.connected();
  peer.closed_by_peer();
  CHECK(peer.fsm.view().last_end->text == "closed, before it said OPEN: are we among its neighbours, by this address?");
}

}  // namespace naru::lb::bgp
