"""What an HTTP/2 endpoint's words and its ends mean for a request: whether another endpoint may be asked."""

import socket
import struct
import time

import pytest

from naru_harness import clients, manifests
from naru_harness.raw_http2 import END_HEADERS, HEADERS, RawHttp2Backend, answer, block, frame, go_away, reset

REFUSED_STREAM, NO_ERROR, INTERNAL_ERROR = 7, 0, 2


def refuse(connection, stream):
    connection.send(reset(stream, REFUSED_STREAM))


def go_away_below(connection, stream):
    connection.send(go_away(0))


def go_away_and_answer(connection, stream):
    """At or below the last stream: not a failure, the answer comes."""
    connection.send(go_away(stream))
    time.sleep(0.05)
    answer(connection, stream)


def break_off(connection, stream):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


def reset_it(connection, stream):
    connection.send(reset(stream, INTERNAL_ERROR))


def promise_and_die(connection, stream):
    connection.send(go_away(stream))
    break_off(connection, stream)


def nonsense(connection, stream):
    connection.send(frame(HEADERS, END_HEADERS, stream, block(("no-status", "x"))))


def half(connection, stream):
    connection.send(frame(HEADERS, END_HEADERS, stream, block((":status", "200"), ("content-length", "10"))))
    time.sleep(0.05)
    break_off(connection, stream)


def finish_early(connection, stream):
    """A whole answer, then a reset without an error, as servers do that want no more of a request."""
    answer(connection, stream)
    connection.send(reset(stream, NO_ERROR))


@pytest.mark.parametrize(
    "behave, get, post",
    [
        (refuse, 200, 200),
        (go_away_below, 200, 200),
        (go_away_and_answer, 200, 200),
        (break_off, 200, 502),
        (reset_it, 200, 502),
        (promise_and_die, 200, 502),
        (nonsense, 200, 502),
        (finish_early, 200, 200),
        (half, "broken", "broken"),
    ],
)
def test_retry_matrix(lab, behave, get, post):
    """Two endpoints: one behaves so, the other answers. Each request goes to the first of them at least once in 20."""
    bad = RawHttp2Backend(lab.range.pod(50), behave)
    good = lab.pod("good")
    ports = [{"name": "http", "port": 8080, "appProtocol": "kubernetes.io/h2c"}]
    lab.serve("web", [manifests.endpoint(bad.address), good], ports=ports)
    keep_all = {"passive": {"consecutiveGatewayFailures": 0}}
    lab.apply("policy.yaml", manifests.policy("web", "web", health=keep_all, retries={"budget": {"minPerSecond": 1000}}))
    vip = lab.node().cluster_ip("web")

    def outcomes(method):
        seen = set()
        for _ in range(20):
            try:
                seen.add(clients.fetch(vip, 8080, method=method, timeout=5).status)
            except Exception:  # noqa: BLE001 - http.client has many words for it
                seen.add("broken")
        return seen

    try:
        assert outcomes("GET") == ({get, 200} if get == "broken" else {get})
        assert bad.requests > 0
        assert outcomes("POST") == {post, 200}
    finally:
        bad.close()


def test_a_silent_endpoint_is_found(lab):
    """Its process is stopped, its kernel lives: what it has waits, what is new goes on another connection."""
    bad = lab.pod("web-1")
    good = lab.pod("web-2")
    ports = [{"name": "http", "port": 8080, "appProtocol": "kubernetes.io/h2c"}]
    lab.serve("web", [bad, good], ports=ports)
    lab.apply("policy.yaml", manifests.policy("web", "web", timeouts={"perTry": "500ms"}))
    vip = lab.node().cluster_ip("web")
    assert lab.reached(vip, 8080) == {"web-1", "web-2"}
    bad.freeze()
    try:
        assert lab.reached(vip, 8080, requests=12) == {"web-2"}
    finally:
        bad.thaw()
