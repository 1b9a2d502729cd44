"""BFD between naru's speaker and FRR's bfdd, each in a network namespace of its own, over IPv4 and IPv6."""

import signal
import struct
import time

import pytest

from naru_harness.bfd import Bfdd, Moment, Speaker
from naru_harness.wait import stays, until

pytestmark = pytest.mark.root

NARU4, FRR4 = "10.77.0.1", "10.77.0.2"
NARU6, FRR6 = "fd77::1", "fd77::2"
BOTH = (f"{FRR4} {NARU4} 3 100 100", f"{FRR6} - 3 100 100")
FAST = """
bfd
 profile fast
  detect-multiplier 3
  receive-interval 100
  transmit-interval 100
 exit
"""
EXPIRED, SIGNALLED = 1, 3  # diagnostics


def frr_peer(peer, local, *lines, kind=""):
    return "\n".join([f" peer {peer}{kind} local-address {local}", "  profile fast", *lines, " exit"]) + "\n"


class Pair:
    """naru's side and FRR's, and the cables between them."""

    def __init__(self, build, namespaces):
        self.naru, self.frr = namespaces(), namespaces()
        self.naru.connect(self.frr, f"{NARU4}/24", f"{FRR4}/24")
        self.naru.connect(self.frr, f"{NARU6}/64", f"{FRR6}/64")
        self.build, self.speaker, self.bfdd = build, None, None

    def start(self, *sessions, frr=None):
        self.bfdd = Bfdd(self.frr, FAST + (frr or frr_peer(NARU4, FRR4) + frr_peer(NARU6, FRR6))).start()
        self.speaker = Speaker(self.build, self.naru)
        self.speaker.apply(*(sessions or BOTH))
        return self

    def up(self):
        until(self.both_up, "both sides say that it is up")
        return self

    def both_up(self):
        ours = {x["state"] for x in self.speaker.ask("show")} == {"Up"}
        return ours and {x["status"] for x in self.bfdd.peers().values()} == {"up"}

    def drop(self, place):
        """Nothing of BFD arrives there."""
        rules = "table inet cut {\nchain cut {\ntype filter hook prerouting priority 0;\nudp dport 3784 drop\n}\n}\n"
        done = place.run("nft", "-f", "-", input=rules)
        assert done.returncode == 0, done.stderr

    def mend(self, place):
        place.run("nft", "delete", "table", "inet", "cut")

    def close(self):
        for side in (self.speaker, self.bfdd):
            if side:
                side.close()


@pytest.fixture
def pair(build, namespaces):
    made = Pair(build, namespaces)
    yield made
    made.close()


def test_up_with_the_timers_agreed_upon(pair):
    pair.start(f"{FRR4} {NARU4} 4 150 200", f"{FRR6} - 3 100 100").up()
    until(lambda: pair.bfdd.peers()[NARU4]["remote-transmit-interval"] == 150, "bfdd heard of the fast timers")
    seen = pair.bfdd.peers()[NARU4]
    assert seen["remote-receive-interval"] == 200
    assert seen["remote-detect-multiplier"] == 4
    assert seen["remote-echo-receive-interval"] == 0
    assert seen["diagnostic"] == seen["remote-diagnostic"] == "ok"
    four = pair.speaker.session(FRR4)
    assert four["remote_id"] == seen["id"] and four["local_id"] == seen["remote-id"]
    assert four["interval_us"] == 150_000  # ours, as bfdd takes more than that
    until(lambda: pair.speaker.session(FRR4)["detection_us"] == 3 * 200_000, "bfdd sends as often as we take")
    assert pair.speaker.session(FRR6)["interval_us"] == 100_000
    assert pair.speaker.session(FRR6)["detection_us"] == 300_000


def test_no_session_is_lost_without_a_cause(pair):
    pair.start().up()
    before = list(pair.speaker.changes)
    stays(lambda: pair.speaker.changes == before, "nothing changes", 3)
    counters = pair.speaker.counters()
    assert counters["detections"] == 0 and counters["sent"] > 50 and counters["received"] > 50


def test_a_cut_cable_is_seen_by_both_sides(pair):
    """Nothing gets through, and no link goes down: only the silence tells."""
    pair.start().up()
    moment = Moment()
    pair.drop(pair.frr)
    pair.drop(pair.naru)
    for peer in (FRR4, FRR6):
        change = pair.speaker.change(peer, "Down", moment.monotonic)
        assert change[3] == EXPIRED
        assert change[0] - moment.monotonic < 1
    for peer in (NARU4, NARU6):
        seconds, why = pair.bfdd.change(peer, "down", moment.wall)
        assert seconds - moment.wall < 1
        assert "control-expired" in why
    pair.mend(pair.frr)
    pair.mend(pair.naru)
    pair.up()


def test_a_cut_of_one_direction_is_seen_by_both_sides(pair):
    """One hears nothing, and says so. That has no discriminator any more (RFC 5880 section 6.8.1), so bfdd, which is Up,
    does not look at it, and finds out by not hearing anything else."""
    pair.start().up()
    moment = Moment()
    pair.drop(pair.naru)
    assert pair.speaker.change(FRR4, "Down", moment.monotonic)[0] - moment.monotonic < 1
    assert pair.bfdd.change(NARU4, "down", moment.wall)[0] - moment.wall < 1


def test_a_link_that_goes_down(pair):
    pair.start().up()
    link = pair.naru.run("ip", "-o", "route", "get", FRR4).stdout.split(" dev ")[1].split()[0]
    moment = Moment()
    pair.naru.ip("link", "set", link, "down")
    assert pair.speaker.change(FRR4, "Down", moment.monotonic)[0] - moment.monotonic < 1
    until(lambda: "cannot send" in pair.speaker.session(FRR4)["fault"], "what is wrong is shown")
    assert pair.speaker.state(FRR6) == "Up"
    pair.naru.ip("link", "set", link, "up")
    pair.up()
    assert pair.speaker.session(FRR4)["fault"] == ""


def test_a_killed_peer_and_its_return(pair):
    pair.start().up()
    moment = Moment()
    pair.bfdd.kill()
    for peer in (FRR4, FRR6):
        change = pair.speaker.change(peer, "Down", moment.monotonic)
        assert change[3] == EXPIRED
        assert change[0] - moment.monotonic < 1
    pair.bfdd.start()
    pair.up()
    assert pair.speaker.session(FRR4)["up"] == 2


def test_a_peer_that_came_back_before_it_was_missed(pair):
    """It knows nothing of us and says Down: with a multiplier that would have waited for long."""
    slow = frr_peer(NARU4, FRR4, "  detect-multiplier 100")
    pair.start(f"{FRR4} {NARU4} 3 100 100", frr=slow).up()
    moment = Moment()
    pair.bfdd.kill()
    pair.bfdd.start()
    assert pair.speaker.change(FRR4, "Down", moment.monotonic)[3] == SIGNALLED
    pair.up()


def test_killed_ourselves(pair):
    pair.start().up()
    moment = Moment()
    pair.speaker.close()
    for peer in (NARU4, NARU6):
        assert pair.bfdd.change(peer, "down", moment.wall)[0] - moment.wall < 1


def test_an_orderly_stop_says_admin_down(pair):
    pair.start().up()
    moment = Moment()
    assert pair.speaker.stop() == 0
    for peer in (NARU4, NARU6):
        assert "neighbor-down" in pair.bfdd.change(peer, "down", moment.wall)[1]
        assert pair.bfdd.peers()[peer]["remote-diagnostic"] == "administratively down"


def test_a_session_that_is_taken_away_leaves_the_other_alone(pair):
    pair.start().up()
    pair.speaker.apply(BOTH[1])
    until(lambda: pair.bfdd.status(NARU4) == "down", "bfdd was told")
    assert pair.bfdd.peers()[NARU4]["remote-diagnostic"] == "administratively down"
    assert pair.speaker.session(FRR6)["up"] == 1
    pair.speaker.apply(*BOTH)
    pair.up()
    assert pair.speaker.session(FRR6)["up"] == 1


def test_a_peer_that_is_held_down(pair):
    """That it is on purpose is told apart from a broken path."""
    pair.start().up()
    moment = Moment()
    pair.bfdd.configure(f"peer {NARU4} local-address {FRR4}", "shutdown")
    change = pair.speaker.change(FRR4, "Down", moment.monotonic)
    assert change[3:] == (SIGNALLED, "AdminDown")
    pair.bfdd.configure(f"peer {NARU4} local-address {FRR4}", "no shutdown")
    pair.up()


def test_new_timers_are_agreed_upon_without_going_down(pair):
    pair.start().up()
    pair.speaker.apply(f"{FRR4} {NARU4} 5 300 250", BOTH[1])
    until(lambda: pair.bfdd.peers()[NARU4]["remote-transmit-interval"] == 300, "bfdd heard what we send with")
    seen = pair.bfdd.peers()[NARU4]
    assert seen["remote-receive-interval"] == 250 and seen["remote-detect-multiplier"] == 5
    until(lambda: pair.speaker.session(FRR4)["interval_us"] == 300_000, "we send as agreed upon")
    until(lambda: pair.speaker.session(FRR4)["detection_us"] == 750_000, "bfdd sends as agreed upon")
    pair.bfdd.configure("profile fast", "transmit-interval 400", "receive-interval 500", "detect-multiplier 4")
    until(lambda: pair.speaker.session(FRR4)["interval_us"] == 500_000, "we send as seldom as bfdd wants")
    until(lambda: pair.speaker.session(FRR4)["detection_us"] == 1_600_000, "we wait as long as bfdd needs")
    assert pair.both_up()
    assert [x["up"] for x in pair.speaker.ask("show")] == [1, 1]


def test_a_passive_side_says_nothing_first(pair):
    pair.speaker = Speaker(pair.build, pair.naru)
    sessions = [f"{session} passive" for session in BOTH]
    pair.speaker.apply(*sessions)
    stays(lambda: pair.speaker.counters()["sent"] == 0, "it is silent", 1)
    pair.speaker.close()
    pair.start(*sessions).up()


def test_over_several_hops(pair):
    pair.start(
        f"{FRR4} {NARU4} 3 100 100 multihop 254",
        f"{FRR6} {NARU6} 3 100 100 multihop 1",
        frr=frr_peer(NARU4, FRR4, kind=" multihop") + frr_peer(NARU6, FRR6, kind=" multihop"),
    ).up()
    assert all(x["multihop"] for x in pair.bfdd.peers().values())


def forged(your_discriminator=0):
    """A packet that says Down, as if the peer had lost us."""
    return struct.pack("!BBBBIIIII", 0x20, 0x40, 3, 24, 77, your_discriminator, 1_000_000, 100_000, 0)


SPOOF = """
import socket, sys
family, local, to, ttl, data = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), bytes.fromhex(sys.argv[5])
out = socket.socket(family, socket.SOCK_DGRAM)
level, name = (socket.IPPROTO_IP, socket.IP_TTL) if family == socket.AF_INET else (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
out.setsockopt(level, name, ttl)
out.bind((local, 0))
out.sendto(data, (to, 3784))
"""


def spoof(pair, ttl, data):
    for family, local, to in ((2, FRR4, NARU4), (10, FRR6, NARU6)):
        done = pair.frr.run("/usr/bin/python3", "-c", SPOOF, family, local, to, ttl, data.hex())
        assert done.returncode == 0, done.stderr


def test_packets_from_farther_away_change_nothing(pair):
    """The same packet from the same wire does: so it was the TTL that protected us."""
    pair.start().up()
    before = list(pair.speaker.changes)
    for ttl in (1, 64, 254):
        spoof(pair, ttl, forged())
    until(lambda: pair.speaker.counters()["ttl"] == 6, "they are counted")
    assert pair.speaker.changes == before
    moment = Moment()
    spoof(pair, 255, forged())
    assert pair.speaker.change(FRR4, "Down", moment.monotonic)[3] == SIGNALLED
    assert pair.speaker.change(FRR6, "Down", moment.monotonic)[3] == SIGNALLED
    pair.up()


def test_garbage_is_counted_for_what_it_is(pair):
    pair.start().up()
    before = list(pair.speaker.changes)
    good = forged()
    garbage = {
        "short_packet": good[:23],
        "version": b"\x40" + good[1:],
        "length": good[:3] + b"\x19" + good[4:],
        "multiplier": good[:2] + b"\x00" + good[3:],
        "multipoint": good[:1] + b"\x41" + good[2:],
        "my_discriminator": good[:4] + bytes(4) + good[8:],
        "unknown_discriminator": forged(1),
        "unexpected_state": good[:1] + b"\xc0" + good[2:],
        "authentication": good[:1] + b"\x44" + good[2:3] + b"\x1a" + good[4:] + b"\x01\x02",
    }
    for data in garbage.values():
        spoof(pair, 255, data)
    until(lambda: all(pair.speaker.counters()[name] == 2 for name in garbage), "each is counted")
    spoof(pair, 255, bytes(1000))
    assert pair.speaker.changes == before
    assert pair.both_up()


@pytest.mark.parametrize("heard", [True, False])
def test_standing_still_does_not_make_neighbours_out_to_be_dead(pair, heard):
    """For a second, with a multiplier for which bfdd waits longer. Its packets wait in our socket meanwhile; or, as if
    the whole machine had stood still, nothing of them arrived."""
    pair.start(f"{FRR4} {NARU4} 50 100 100", f"{FRR6} - 50 100 100").up()
    until(lambda: pair.bfdd.peers()[NARU6]["remote-transmit-interval"] == 100, "the timers are agreed upon")
    before = list(pair.speaker.changes)
    pair.speaker.signal(signal.SIGSTOP)
    if not heard:
        pair.drop(pair.naru)
    time.sleep(1)
    if not heard:
        pair.mend(pair.naru)
    pair.speaker.signal(signal.SIGCONT)
    stays(lambda: pair.speaker.changes == before, "nobody is called dead", 1)
    assert pair.both_up()
    assert pair.speaker.counters()["detections"] == 0


def test_a_port_that_another_daemon_has(pair):
    """Is said; and the sessions come up once it is free."""
    other = Bfdd(pair.naru, "bfd\n")
    try:
        other.start()
        pair.start()
        until(lambda: "3784" in pair.speaker.session(FRR4)["fault"], "what is wrong is shown")
    finally:
        other.close()
    pair.up()
    assert [x["fault"] for x in pair.speaker.ask("show")] == ["", ""]
