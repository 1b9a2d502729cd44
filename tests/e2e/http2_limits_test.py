"""The limits of a ServicePolicy, and what else it says, where HTTP/2 is spoken."""

import contextlib
import socket
import struct
import threading
import time

import pytest

from naru_harness import manifests
from naru_harness.raw_http import RawBackend
from naru_harness.raw_http2 import (
    ACK,
    DATA,
    END_HEADERS,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    RawHttp2,
    RawHttp2Backend,
    answer,
    block,
    frame,
    get,
)
from naru_harness.wait import until

H2C = [{"name": "http", "port": 8080, "appProtocol": "kubernetes.io/h2c"}]
HTTP = [{"name": "http", "port": 8080, "appProtocol": "http"}]


def start(lab, pods, ports=H2C, **policy):
    lab.serve("web", pods, ports=ports)
    lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
    node = lab.node()
    return node, node.cluster_ip("web")


@pytest.fixture
def endpoint(lab):
    made = []

    def make(behave=answer):
        made.append(RawHttp2Backend(lab.range.pod(50 + len(made)), behave))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_connection_has_so_many_requests(lab):
    node, vip = start(lab, lab.deployment("web", 1), limits={"maxRequestsPerConnection": 3})
    with RawHttp2(vip) as client:
        client.send(b"".join(get(stream) for stream in (1, 3, 5, 7, 9)))
        answered, last = set(), None
        while (found := client.frame()) is not None:
            kind, _, stream, payload = found
            if kind == HEADERS:
                answered.add(stream)
            if kind == GOAWAY:
                last = struct.unpack(">I", payload[:4])[0]
            if kind == PING and not found[1] & ACK:
                client.send_if_open(frame(PING, ACK, 0, payload))
        assert {1, 3, 5} <= answered <= {x for x in (1, 3, 5, 7, 9) if x <= last}
    assert node.metric("naru_http_drains_total", reason="request_limit") == 1


def test_a_connection_to_an_endpoint_is_kept_for_so_long(lab, endpoint):
    pod = endpoint()
    _, vip = start(lab, [manifests.endpoint(pod.address)], timeouts={"upstreamIdle": "300ms"})
    with RawHttp2(vip) as client:
        for stream in (1, 3):
            client.send(get(stream))
            assert client.until(HEADERS)
        assert pod.connections == 1
        time.sleep(1)
        client.send(get(5))
        assert client.until(HEADERS)
        assert pod.connections == 2


def test_what_is_new_goes_past_a_connection_that_has_fallen_silent(lab, endpoint):
    """It acknowledges not even a PING, as its process is busy: it keeps what it has, and answers when it can."""
    silent = threading.Event()
    first = []

    def behave(connection, stream):
        first[:] = first or [connection]
        if connection is first[0] and stream > 1:
            silent.wait(30)
        answer(connection, stream)

    pod = endpoint(behave)
    _, vip = start(lab, [manifests.endpoint(pod.address)])
    with RawHttp2(vip, timeout=15) as client:
        client.send(get(1) + get(3))
        assert client.until(HEADERS)[2] == 1
        time.sleep(9)  # four seconds of silence, and four in which a PING is not answered
        client.send(get(5))
        assert client.until(HEADERS)[2] == 5
        assert pod.connections == 2
        silent.set()
        assert client.until(HEADERS)[2] == 3


def test_connect_is_passed_on_only_where_it_is_allowed(lab):
    backend = RawBackend(lab.range.pod(60), answer=b"HTTP/1.1 200 OK\r\n\r\nfrom beyond")
    connect = frame(HEADERS, END_HEADERS, 1, block((":method", "CONNECT"), (":authority", "web:80")))

    def asked(vip):
        with RawHttp2(vip) as client:
            client.send(connect)
            head = client.until(HEADERS)[3]
            return head, b"" if b"405" in head else client.until(DATA)[3]

    try:
        _, vip = start(lab, [manifests.endpoint(backend.address)], HTTP)
        assert b"405" in asked(vip)[0]
        assert backend.heads == []
        lab.apply("policy.yaml", manifests.policy("web", "web", limits={"allowConnect": True}))
        until(lambda: asked(vip)[1] == b"from beyond", "it is allowed")
        assert backend.heads[-1].startswith(b"CONNECT web:80 HTTP/1.1\r\n")
    finally:
        backend.close()


def test_a_proxy_header_goes_before_the_preface(lab):
    """Clients do not share a connection then: the header says whom all of it is from."""
    with socket.create_server((lab.range.pod(61), 8080)) as server, contextlib.ExitStack() as opened:
        server.settimeout(5)
        _, vip = start(lab, [manifests.endpoint(lab.range.pod(61))], proxyProtocol={"send": "V1"})
        for number in (1, 2):
            source = lab.range.address(240, number)
            client = opened.enter_context(socket.create_connection((vip, 8080), timeout=5, source_address=(source, 0)))
            client.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
            connection = opened.enter_context(server.accept()[0])
            connection.settimeout(5)
            seen = b""
            while PREFACE not in seen and (more := connection.recv(4096)):
                seen += more
            line, rest = seen.split(b"\r\n", 1)
            assert line == f"PROXY TCP4 {source} {vip} {client.getsockname()[1]} 8080".encode()
            assert rest.startswith(PREFACE)
