"""The limits of a ServicePolicy that well-behaved clients and endpoints meet."""

import socket

import pytest

from naru_harness import clients, manifests
from naru_harness.raw_http import RawBackend, connect, exchange, read_all, status_of
from naru_harness.wait import until

HTTP = [{"name": "http", "port": 8080, "appProtocol": "http"}]
GET = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"


def start(lab, pods, **policy):
    lab.serve("web", pods, ports=HTTP)
    lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
    node = lab.node()
    return node, node.cluster_ip("web")


@pytest.fixture
def raw(lab):
    made = []

    def make(answer=RawBackend.OK):
        made.append(RawBackend(lab.range.pod(50 + len(made)), answer=answer))
        return made[-1]

    yield make
    for backend in made:
        backend.close()


def test_a_connection_has_so_many_requests(lab):
    node, vip = start(lab, lab.deployment("web", 1), limits={"maxRequestsPerConnection": 3})
    reply = exchange(vip, 8080, GET * 5)
    assert reply.count(b"HTTP/1.1 200") == 3
    assert reply.lower().count(b"connection: close") == 1
    assert node.metric("naru_http_drains_total", reason="request_limit") == 1


def test_an_idle_client_is_let_go(lab):
    _, vip = start(lab, lab.deployment("web", 1), timeouts={"httpIdle": "300ms"})
    with connect(vip, 8080) as connection:
        connection.sendall(GET)
        assert status_of(read_all(connection)) == 200  # and then the end
    with connect(vip, 8080) as connection:
        assert read_all(connection) == b""  # nothing was asked, so nothing is answered


def test_connections_to_endpoints_are_kept_for_so_long(lab):
    """Counted where they end: at an endpoint that answers, keeps the connection, and waits for its end."""
    with socket.create_server((lab.range.pod(60), 8080)) as server:
        server.settimeout(5)
        node, vip = start(lab, [manifests.endpoint(lab.range.pod(60))], timeouts={"upstreamIdle": "300ms"})
        with connect(vip, 8080) as client:
            client.sendall(GET)
            endpoint, _ = server.accept()
            with endpoint:
                endpoint.settimeout(5)
                assert endpoint.recv(4096).startswith(b"GET / HTTP/1.1\r\n")
                endpoint.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                assert status_of(client.recv(4096)) == 200
                assert endpoint.recv(4096) == b""  # naru ends it, and the client's goes on
            client.sendall(GET)
            endpoint, _ = server.accept()
            with endpoint:
                assert endpoint.recv(4096).startswith(b"GET / HTTP/1.1\r\n")


def test_connect_is_passed_on_only_where_it_is_allowed(lab, raw):
    backend = raw(b"HTTP/1.1 200 OK\r\n\r\nfrom beyond")
    node, vip = start(lab, [manifests.endpoint(backend.address)])
    sent = b"CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\nConnection: close\r\n\r\n"
    refused = exchange(vip, 8080, sent)
    assert status_of(refused) == 405 and b"x-naru-reason: connect_refused" in refused.lower()
    assert backend.heads == []
    lab.apply("policy.yaml", manifests.policy("web", "web", limits={"allowConnect": True}))
    reply = until(lambda: next(x for x in [exchange(vip, 8080, sent)] if status_of(x) == 200), "it is allowed")
    assert reply.endswith(b"\r\n\r\nfrom beyond")
    assert backend.heads[-1].startswith(b"CONNECT web:80 HTTP/1.1\r\n")


def test_content_is_kept_for_another_attempt_up_to_a_limit(lab):
    """Every answer of one endpoint is cut off; what is small enough is sent to the other."""
    pods = [lab.pod("web-1", hang=1.0), lab.pod("web-2")]
    never = {"passive": {"consecutiveGatewayFailures": 0}}
    policy = {"retries": {"maxReplayBytes": "1Ki"}, "timeouts": {"perTry": "100ms"}, "health": never}
    node, vip = start(lab, pods, **policy)
    small = [clients.fetch(vip, 8080, method="PUT", body=b"x" * 1024) for _ in range(8)]
    assert {(x.status, x.pod) for x in small} == {(200, "web-2")}
    large = [clients.fetch(vip, 8080, method="PUT", body=b"x" * 1025) for _ in range(16)]
    assert {x.status for x in large} == {200, 504}
    assert node.metric("naru_http_retries_refused_total", verdict="not_kept") == sum(x.status == 504 for x in large)
