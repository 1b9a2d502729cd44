"""Peers that send garbage, break the rules, or nothing: each ends the session for a reason of its own, nothing else is
harmed, and the next connection is as good as the first."""

import os
import socket
import struct

import pytest

from naru_harness.bgp_speaker import BgpSpeaker
from naru_harness.loopback import LoopbackRange
from naru_harness.scripted_bgp import KEEP, NOTIFICATION, OPEN, UPDATE, Connection, ScriptedPeer, message, open_message
from naru_harness.wait import stays, until

WEB = "203.0.113.7/32"


class Here:
    """The place of a speaker that needs no namespace."""

    prefix = []


class Bench:
    def __init__(self, build, directory):
        self.range = LoopbackRange()
        self.build, self.directory = build, directory
        self.address = self.range.address(1, 1)
        self.router = ScriptedPeer(self.address)
        self.speaker = None

    def start(self, *arguments, **settings):
        self.speaker = BgpSpeaker(self.build, Here(), self.directory, *arguments)
        peer = {"name": "router", "myASN": 64513, "peerASN": 64512, "peerAddress": self.address}
        peer |= {"peerPort": self.router.port, "connectTime": 1, "routerID": "10.255.0.2"}
        self.speaker.peers(peer | settings)
        self.speaker.routes(router=[WEB])
        return self

    def close(self):
        if self.speaker:
            self.speaker.kill()
        self.router.close()
        self.range.close()


@pytest.fixture
def bench(build, tmp_path):
    if not (build.directory / "naru-bgp-speaker").exists():
        pytest.skip("no naru-bgp-speaker built")
    made = Bench(build, tmp_path)
    yield made
    made.close()


def works_again(bench):
    """The next connection is a session, with its route."""
    connection = bench.router.accept().establish()
    kind, body = connection.receive()
    assert kind == UPDATE and body.endswith(bytes([32, 203, 0, 113, 7]))
    bench.speaker.until(state="Established", announced=1, pending=0)


INSTEAD_OF_OPEN = {
    "another protocol": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "bad_header", (1, 1)),
    "random bytes": (os.urandom(65536).replace(b"\xff", b"\x00"), "bad_header", (1, 1)),
    "an oversized message": (message(OPEN, size=4097), "bad_header", (1, 2)),
    "an undersized message": (message(OPEN, size=18), "bad_header", (1, 2)),
    "a type that is not known": (message(9), "bad_header", (1, 3)),
    "version 3": (open_message(version=3), "bad_open", (2, 1)),
    "parameters cut off": (message(OPEN, open_message()[19:-3]), "bad_open", (2, 0)),
    "another AS": (open_message(asn=64999), "wrong_asn", (2, 2)),
    "an AS of four bytes instead": (open_message(asn=4200000000), "wrong_asn", (2, 2)),
    "router id 0": (open_message(router_id="0.0.0.0"), "bad_router_id", (2, 3)),
    "a hold time of 1 s": (open_message(hold=1), "unacceptable_hold_time", (2, 6)),
    "only IPv6": (open_message(capabilities=struct.pack("!BBHH", 1, 4, 2, 1)), "unsupported_capability", (2, 7)),
    "a keepalive": (KEEP, "unexpected_message", (5, 1)),
}


@pytest.mark.parametrize("what", INSTEAD_OF_OPEN)
def test_instead_of_an_open(bench, what):
    data, reason, codes = INSTEAD_OF_OPEN[what]
    bench.start()
    connection = bench.router.accept()
    connection.send(data)
    assert connection.notification()[:2] == codes
    session = bench.speaker.until(reason=reason)
    assert session["announced"] == 0 and session["pending"] == 1
    works_again(bench)


WITHIN_A_SESSION = {
    "garbage": (b"\x00" * 100, "bad_header", (1, 1)),
    "an oversized message": (message(UPDATE, b"\x00" * 4078), "bad_header", (1, 2)),
    "withdrawals longer than the message": (message(UPDATE, b"\xff\xff\x00\x00"), "bad_update", (3, 1)),
    "a prefix of 200 bits": (message(UPDATE, b"\x00\x02\xc8\x01\x00\x00"), "bad_update", (3, 10)),
    "another OPEN": (open_message(), "unexpected_message", (5, 3)),
}


@pytest.mark.parametrize("what", WITHIN_A_SESSION)
def test_within_a_session(bench, what):
    data, reason, codes = WITHIN_A_SESSION[what]
    bench.start()
    connection = bench.router.accept().establish()
    bench.speaker.until(state="Established")
    connection.send(data)
    assert connection.notification()[:2] == codes
    assert bench.speaker.until(reason=reason)["times_established"] == 1
    works_again(bench)


def test_routes_of_the_peer_are_not_of_interest(bench):
    """Neither good ones nor malformed attributes (RFC 7606) harm the session."""
    bench.start()
    connection = bench.router.accept().establish()
    good = bytes.fromhex("0000 0014 40010100 4002060201 0000fc00 400304 7f000001 18 c00002".replace(" ", ""))
    bad = bytes.fromhex("00000005c00802fde9")
    connection.send((message(UPDATE, good) + message(UPDATE, bad)) * 1000)
    session = bench.speaker.until(updates_received=2000)
    assert session["state"] == "Established" and session["malformed"] == 1000 and session["times_established"] == 1


def test_the_peer_says_why_it_ends_the_session(bench):
    bench.start()
    connection = bench.router.accept().establish()
    connection.send(message(NOTIFICATION, b"\x06\x02\x0drack\x0a4 is off\xff"))
    assert bench.speaker.until(reason="notified")["text"] == "Cease/Administrative Shutdown: rack?4 is off"
    works_again(bench)


def test_the_peer_just_closes(bench):
    bench.start()
    bench.router.accept().close()
    session = bench.speaker.until("the end is seen", messages_received=0, state="Idle")
    assert session["reason"] in ("connection_closed", "connection_failed")
    assert "are we among its neighbours" in session["text"]
    works_again(bench)


def test_the_hold_time_expires(bench):
    bench.start(holdTime=3)
    connection = bench.router.accept().establish()
    assert connection.notification()[:2] == (4, 0)
    assert bench.speaker.until(reason="hold_timer_expired")["text"] == "nothing heard for 3 s"
    works_again(bench)


def test_a_peer_that_does_not_read(bench):
    """It says that it lives, but takes nothing: after the hold time it is left."""
    bench.router.close()
    bench.router = ScriptedPeer(bench.address, receive_buffer=4096)
    bench.start(holdTime=3)
    connection = bench.router.accept().establish()
    bench.speaker.until(state="Established", pending=0)
    bench.speaker.say("many router 1000000")

    def left():
        connection.send(KEEP)
        return bench.speaker.session()["reason"] == "send_timed_out"

    until(left, "the peer is left", timeout=40, interval=0.5)


def test_connections_from_elsewhere_are_closed(bench):
    """And a peer's own garbage, by its connection to us, harms no other session."""
    listen = bench.range.address(1, 2)
    bench.start("--listen", f"{listen}:1179")
    bench.router.accept().establish()
    bench.speaker.until(state="Established")

    def connect(source):
        return Connection(socket.create_connection((listen, 1179), timeout=10, source_address=(source, 0)))

    assert connect(bench.range.address(1, 3)).receive() is None
    for garbage in (b"\x16\x03\x01", os.urandom(1000).replace(b"\xff", b"\x00"), message(UPDATE, size=5000)):
        connection = connect(bench.address)
        assert connection.receive()[0] == OPEN
        connection.send(garbage)
        assert connection.receive()[0] == NOTIFICATION
    stays(lambda: bench.speaker.session()["state"] == "Established", "the session stays", 0.5)
    assert bench.speaker.session()["times_established"] == 1


def test_settings_that_make_no_session(bench):
    """Are said, and do not keep the other peers from theirs."""
    bench.start()
    bench.router.accept().establish()
    base = {"myASN": 64513, "peerASN": 64512, "peerAddress": bench.address, "peerPort": bench.router.port}
    good = base | {"name": "router", "connectTime": 1, "routerID": "10.255.0.2"}
    bench.speaker.peers(good, base | {"name": "hasty", "holdTime": 2})
    session = bench.speaker.until(peer="hasty", state="Idle")
    assert (session["reason"], session["text"]) == ("bad_settings", "holdTime: 2 s is neither 0 nor 3..65535")
    assert bench.speaker.until(state="Established")["times_established"] == 1
