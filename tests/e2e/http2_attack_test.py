"""HTTP/2 clients that mean harm: each is told why it goes, naru stays small, and the others are served."""

import contextlib
import struct
import time

import pytest

from naru_harness import clients, manifests
from naru_harness.raw_http2 import (
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, RawHttp2, block,
    frame, get, request, reset, setting,
)

ENHANCE_YOUR_CALM = 11
MIB = 1 << 20


@pytest.fixture
def served(lab):
    """Starts a node under the policy; gives it and the Service's address."""

    def start(protocol="kubernetes.io/h2c", **policy):
        lab.serve("web", lab.deployment("web", 2), ports=[{"name": "http", "port": 8080, "appProtocol": protocol}])
        if policy:
            lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
        node = lab.node()
        assert not node.errors()
        vip = node.cluster_ip("web")
        assert clients.flood(vip, 8080, 20).failures == []
        return node, vip

    return start


@contextlib.contextmanager
def unharmed(node, vip, growth=24 * MIB):
    """Other clients are served during the attack and after it, and naru grows by less than `growth` bytes."""
    before = node.process.resident()
    yield
    assert clients.curl(f"http://{vip}:8080/", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_code}") == "200"
    assert clients.flood(vip, 8080, 30, clients=3, timeout=5).failures == []
    if not node.lab.build.sanitized:
        assert node.process.resident() - before < growth


def rapid_reset():
    stream = 1
    while True:
        batch = b""
        for _ in range(50):
            batch += get(stream) + reset(stream)
            stream += 2
        yield batch


def made_to_reset():
    """Each stream is given a window of nothing, so that the server resets it itself."""
    stream = 1
    while True:
        batch = b""
        for _ in range(50):
            batch += get(stream) + frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", 0))
            stream += 2
        yield batch


def repeated(data, first=b""):
    yield first
    while True:
        yield data * 50


def bomb():
    """One field of 3000 bytes in HPACK's table, then references to it of one byte each."""
    value = b"v" * 3000
    literal = b"\x40\x01x\x7f" + bytes([(len(value) - 127) & 0x7F | 0x80, (len(value) - 127) >> 7]) + value
    yield frame(HEADERS, END_HEADERS | END_STREAM, 1, request() + literal + b"\xbe" * 10_000)


def crumbs():
    yield frame(HEADERS, END_HEADERS | END_STREAM, 1, request() + block(("cookie", "a")) * 1000)


ATTACKS = {
    "rapid reset": (rapid_reset, "too_many_resets"),
    "resets that the server is made to send": (made_to_reset, "too_many_resets"),
    "CONTINUATION without end": (
        lambda: repeated(frame(CONTINUATION, 0, 1, b""), frame(HEADERS, END_STREAM, 1, request())),
        "too_many_continuations",
    ),
    "a bomb of HPACK": (bomb, "header_list_too_large"),
    "cookie crumbs": (crumbs, "too_many_fields"),
    "PING": (lambda: repeated(frame(PING, 0, 0, b"12345678")), "too_many_control_frames"),
    "SETTINGS": (lambda: repeated(frame(SETTINGS, 0, 0, setting(4, 65535))), "too_many_control_frames"),
    "empty DATA": (
        lambda: repeated(frame(DATA, 0, 1, b""), frame(HEADERS, END_HEADERS, 1, request("/", "POST"))),
        "too_many_control_frames",
    ),
}


def attack(vip, batches, most=400):
    """Until the connection ends; the error code of its GOAWAY."""
    with RawHttp2(vip) as raw:
        for _, batch in zip(range(most), batches):
            if not raw.send_if_open(batch):
                break
        return raw.goodbye()


def test_floods(served):
    node, vip = served()
    for what, (batches, fault) in ATTACKS.items():
        with unharmed(node, vip):
            code = attack(vip, batches())
            assert code == ENHANCE_YOUR_CALM, what
        assert node.metric("naru_http_client_faults_total", protocol="HTTP/2", fault=fault) >= 1, what


def test_a_window_that_is_never_opened(served):
    """Responses wait at the endpoint, not in naru, and the streams are ended when they have waited for too long."""
    node, vip = served(timeouts={"clientStall": "1s"})
    with unharmed(node, vip, growth=32 * MIB), contextlib.ExitStack() as stack:
        raws = [stack.enter_context(RawHttp2(vip, settings=setting(4, 0), timeout=10)) for _ in range(10)]
        for raw in raws:
            for stream in range(1, 100, 2):
                raw.send(get(stream, "/bytes?n=1000000"))
        assert clients.fetch(vip, 8080, timeout=10).status == 200  # while they all wait
        for raw in raws:
            ended = set()
            while len(ended) < 50:
                kind, _, stream, _ = raw.frame()
                if kind == RST_STREAM:
                    ended.add(stream)


def test_a_client_that_asks_and_does_not_read(served):
    node, vip = served(timeouts={"clientStall": "1s"})
    with unharmed(node, vip, growth=32 * MIB), RawHttp2(vip, settings=setting(4, 2**31 - 1)) as raw:
        raw.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))
        for stream in range(1, 100, 2):
            raw.send(get(stream, "/bytes?n=10000000"))
        time.sleep(2.5)
        with pytest.raises(OSError):
            for _ in range(200):
                raw.send(frame(PING, 0, 0, b"12345678"))
                time.sleep(0.01)


def test_half_a_head(served):
    """A head whose rest does not come ends the connection when its time is over."""
    node, vip = served(timeouts={"requestHeader": "700ms"})
    with RawHttp2(vip) as silent, RawHttp2(vip) as cut:
        silent.send(frame(HEADERS, END_STREAM, 1, request()))
        cut.send(get(1)[:20])
        assert silent.goodbye() is None and cut.goodbye() is None


def test_content_that_does_not_come(served):
    node, vip = served("http", timeouts={"clientStall": "500ms"})
    with RawHttp2(vip) as raw:
        raw.send(frame(HEADERS, END_HEADERS, 1, request("/", "POST")) + frame(DATA, 0, 1, b"half"))
        assert raw.until(HEADERS)[2] == 1
        raw.send(get(3))
        assert raw.until(HEADERS)[2] == 3  # the connection's other requests are not concerned
    assert node.metric("naru_http_local_answers_total", reason="request_body_timeout") == 1


@pytest.mark.parametrize("protocol", ["http", "kubernetes.io/h2c"])
def test_a_bad_request_costs_its_stream_alone(served, protocol):
    node, vip = served(protocol)
    bad = {
        "an upper-case name": (("Upper", "x"),),
        "a line feed": (("a", "b\nc: d"),),
        "a carriage return": (("a", "b\rc"),),
        "NUL": (("a", "b\0c"),),
        "connection": (("connection", "close"),),
        "transfer-encoding": (("transfer-encoding", "chunked"),),
        "another host": (("host", "other"),),
        "a length without content": (("content-length", "5"),),
        "te: gzip": (("te", "gzip"),),
    }
    with RawHttp2(vip) as raw:
        for stream, (what, fields) in enumerate(bad.items()):
            number = 4 * stream + 1
            raw.send(get(number, "/", *fields) + get(number + 2))
            answers = {}
            while len(answers) < 2:
                kind, _, found, payload = raw.frame()
                if found in (number, number + 2) and kind in (HEADERS, RST_STREAM):
                    answers.setdefault(found, (kind, payload))
            assert answers[number][0] == RST_STREAM, what
            assert answers[number + 2][0] == HEADERS, what
