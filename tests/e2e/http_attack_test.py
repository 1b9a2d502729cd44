"""HTTP/1 clients that mean harm: naru stays small, and the others are served."""

import concurrent.futures
import contextlib
import pathlib
import re
import time

import pytest

from naru_harness import clients, manifests
from naru_harness.raw_http import connect, exchange, read_all, status_of
from naru_harness.wait import until

HTTP = [{"name": "http", "port": 8080, "appProtocol": "http"}]
MIB = 1 << 20


@pytest.fixture
def served(lab):
    """Starts a node under the policy; gives it and the Service's address."""

    def start(**policy):
        lab.serve("web", lab.deployment("web", 2), ports=HTTP)
        lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
        node = lab.node()
        vip = node.cluster_ip("web")
        assert clients.flood(vip, 8080, 20).failures == []
        return node, vip

    return start


def resident(node):
    text = pathlib.Path(f"/proc/{node.process.popen.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024


@contextlib.contextmanager
def unharmed(node, vip, growth):
    """Other clients are served meanwhile, and naru grows by less than `growth` bytes."""
    before = resident(node)
    yield
    done = clients.flood(vip, 8080, 50, clients=4, timeout=2)
    assert done.failures == []
    assert resident(node) - before < growth


def test_slowloris(served):
    """Heads that never end: answered 408 when their time is over, whatever still drips in."""
    node, vip = served(timeouts={"requestHeader": "700ms"})
    with unharmed(node, vip, growth=24 * MIB):
        slow = [connect(vip, 8080) for _ in range(300)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nX-")
        for _ in range(5):
            time.sleep(0.1)
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")
        assert clients.fetch(vip, 8080, timeout=2).status == 200  # while they are all there
        replies = [read_all(connection) for connection in slow]
        for connection in slow:
            connection.close()
    assert {status_of(x) for x in replies} == {408}
    assert all(b"x-naru-reason: request_head_timeout" in x.lower() for x in replies)
    assert node.metric("naru_http_local_answers_total", reason="request_head_timeout") == 300


def test_slow_content(served):
    """A body that stops coming does not hold an endpoint, nor naru, for ever."""
    node, vip = served(timeouts={"clientStall": "500ms"})
    with unharmed(node, vip, growth=16 * MIB), connect(vip, 8080) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000\r\n\r\nhalf")
        assert status_of(read_all(connection)) == 408


def test_slow_read(served):
    """Clients that ask for much and read nothing: not read for, and ended when they have stood still for too long."""
    node, vip = served(timeouts={"clientStall": "1s"})
    with unharmed(node, vip, growth=24 * MIB):
        greedy = [connect(vip, 8080, receive_buffer=4096) for _ in range(20)]
        for connection in greedy:
            connection.sendall(b"GET /bytes?n=20000000 HTTP/1.1\r\nHost: web\r\n\r\n")
        until(lambda: node.metric("naru_http_requests_active") == 20, "all are under way")
        assert clients.flood(vip, 8080, 50).failures == []
        until(lambda: node.metric("naru_http_requests_active") == 0, "they are ended", timeout=8)
        for connection in greedy:
            connection.close()
    assert node.metric("naru_connections_total", outcome="idle_timeout") == 20


def test_heads_beyond_the_limits(served):
    node, vip = served(limits={"maxHeaderFields": 20, "maxHeaderBytes": "4Ki"})

    def ask(fields):
        head = b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n" + fields + b"\r\n"
        return status_of(exchange(vip, 8080, head))

    assert ask(b"".join(b"X-%d: y\r\n" % i for i in range(18))) == 200
    assert ask(b"".join(b"X-%d: y\r\n" % i for i in range(19))) == 431
    assert ask(b"X-Long: " + b"y" * 3900 + b"\r\n") == 200
    assert ask(b"X-Long: " + b"y" * 4096 + b"\r\n") == 431
    assert node.metric("naru_http_client_faults_total", fault="too_many_fields") == 1
    assert node.metric("naru_http_client_faults_total", fault="head_too_large") == 1


def test_a_head_without_end(served):
    """Refused when it is too large, not kept."""
    node, vip = served()
    with unharmed(node, vip, growth=16 * MIB):
        for _ in range(20):
            with connect(vip, 8080) as connection:
                with contextlib.suppress(OSError):
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nX-Long: " + b"y" * MIB)
                assert status_of(read_all(connection)) == 431


def test_a_flood_of_pipelined_requests(served):
    """Answered in order, one after the other; what is not read yet stays with the client."""
    node, vip = served()
    count = 3000
    with unharmed(node, vip, growth=16 * MIB), connect(vip, 8080) as connection:
        request = b"GET /bytes?n=10 HTTP/1.1\r\nHost: web\r\n\r\n"
        last = b"GET /bytes?n=11 HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sent = pool.submit(connection.sendall, request * (count - 1) + last)
            reply = read_all(connection)
            sent.result()
    assert reply.count(b"HTTP/1.1 200 OK") == count
    assert reply.endswith(b"\r\n\r\n" + b"x" * 11)


def test_connections_are_capped(served):
    node, vip = served(limits={"maxConnections": 20})
    until(lambda: node.metric("naru_connections_active") == 0, "nobody is connected")
    held = [connect(vip, 8080) for _ in range(20)]
    for connection in held:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        assert status_of(connection.recv(4096)) == 200
    with pytest.raises((OSError, clients.http.client.HTTPException)):
        clients.fetch(vip, 8080, timeout=2)
    for connection in held:  # those that have a connection keep it
        connection.sendall(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        assert status_of(connection.recv(4096)) == 200
        connection.close()
    assert node.metric("naru_connections_total", outcome="limit") >= 1
    until(lambda: clients.fetch(vip, 8080).status == 200, "there is room again")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\nHost: web\n\n",
        b"GET / HTTP/1.1\r\nHost: web\r\n folded: yes\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: web\r\nX: a\x00b\r\n\r\n",
    ],
    ids=["length+chunked", "two lengths", "not last", "space", "1.0", "bare LF", "folded", "no Host", "two Hosts", "NUL"],
)
def test_smuggling_is_refused_and_ends_the_connection(smuggling, request_bytes):
    """What two parsers could take for different things goes nowhere, nor does what comes behind it."""
    node, vip = smuggling
    before = node.metric("naru_http_requests_total", code="2xx") or 0
    reply = exchange(vip, 8080, request_bytes + b"GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n")
    assert status_of(reply) in (400, 501)
    assert reply.count(b"HTTP/1.1 ") == 1
    assert (node.metric("naru_http_requests_total", code="2xx") or 0) == before


@pytest.fixture(scope="module")
def smuggling(build):
    from naru_harness.lab import Lab

    lab = Lab(build, quiet=True)
    try:
        lab.serve("web", lab.deployment("web", 1), ports=HTTP)
        node = lab.node()
        yield node, node.cluster_ip("web")
    finally:
        lab.close()
