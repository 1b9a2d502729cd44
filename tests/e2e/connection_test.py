"""What a connection may expect: all its bytes, its own endpoint, and an end that both sides agree on."""

import http.client
import os
import socket
import threading
import time

from naru_harness import clients, manifests
from naru_harness.wait import until


def echo_service(lab, replicas=1):
    pods = [lab.pod(f"echo-{number}", tcp_echo_port=9000, udp_echo_port=9000) for number in range(1, replicas + 1)]
    lab.apply("echo.yaml", manifests.service("echo", ports=[{"name": "echo", "port": 9000}]))
    ports = [{"name": "echo", "port": 9000}]
    lab.apply("slice.yaml", manifests.endpoint_slice("echo", [x.endpoint() for x in pods], ports=ports))
    return pods


def read_all(sock):
    parts = []
    while part := sock.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def test_every_byte_arrives_after_a_half_close(lab):
    """The client ends its side; what is still on its way back reaches it, 8 MB of it, whole and in order."""
    echo_service(lab)
    vip = lab.node().cluster_ip("echo")
    sent = os.urandom(8 << 20)
    with socket.create_connection((vip, 9000), timeout=20) as sock:
        result = []
        reader = threading.Thread(target=lambda: result.append(read_all(sock)))
        reader.start()
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        reader.join(30)
    assert result and result[0] == sent


def test_netcat_half_closes(lab):
    echo_service(lab)
    vip = lab.node().cluster_ip("echo")
    assert clients.tool("nc", "-N", "-w5", vip, 9000, text_input="over the wire\n").stdout == "over the wire\n"


def test_an_endpoint_may_end_first(lab):
    """The endpoint closes; the client gets the end, and naru keeps nothing of the connection."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    with socket.create_connection((node.cluster_ip("web"), 8080), timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"pod web-1" in read_all(sock)
    until(lambda: not node.connections(), "nothing is left of the connection")


def test_session_affinity(lab):
    """The same client, the same pod; other clients, other pods; and on when that pod is gone."""
    pods = lab.deployment("web", 4)
    lab.serve("web", pods, sessionAffinity="ClientIP")
    vip = lab.node().cluster_ip("web")
    until(lambda: clients.fetch(vip, 8080).status == 200, "served")
    places = {}
    for number in range(1, 21):
        source = lab.range.external(number)
        seen = clients.flood(vip, 8080, 6, source=source).pods
        assert len(seen) == 1, f"client {source} was sent to {seen}"
        places[source] = seen.pop()
    assert len(set(places.values())) > 1
    gone = next(x for x in pods if x.name == places[lab.range.external(1)])
    gone.kill()
    after = clients.flood(vip, 8080, 20, source=lab.range.external(1))
    assert after.failures == [] and gone.name not in after.pods


def test_a_client_that_never_reads_costs_little(lab):
    """Backpressure: naru does not read from the pod what the client does not take."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    assert clients.fetch(vip, 8080, "/bytes?n=1000000").status == 200
    before = node.process.resident()
    socks = []
    for _ in range(20):
        sock = socket.create_connection((vip, 8080), timeout=10)
        sock.sendall(b"GET /bytes?n=50000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        socks.append(sock)
    until(lambda: len(node.connections()) == 20, "all are served")
    time.sleep(1)  # the time in which a proxy without backpressure swallows a gigabyte
    growth = node.process.resident() - before
    assert clients.fetch(vip, 8080).status == 200
    for sock in socks:
        sock.close()
    until(lambda: not node.connections(), "nothing is left of them")
    assert growth < 64 << 20, f"grew by {growth >> 20} MB"


def test_a_slow_reader_gets_everything(lab):
    """It takes a pause whenever the way is full; naru waits, and starts again each time."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    vip = lab.node().cluster_ip("web")
    with socket.create_connection((vip, 8080), timeout=20) as sock:
        sock.sendall(b"GET /bytes?n=40000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        parts = []
        for _ in range(10):
            time.sleep(0.1)
            parts.append(sock.recv(1 << 20, socket.MSG_WAITALL))
        parts.append(read_all(sock))
    assert len(b"".join(parts).split(b"\r\n\r\n", 1)[1]) == 40_000_000


def test_silent_and_half_open_clients_leave_room_for_others(lab):
    """500 clients that connect and say nothing; half of them then reset."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    socks = [socket.create_connection((vip, 8080), timeout=10) for _ in range(500)]
    assert clients.flood(vip, 8080, 50, clients=4).failures == []
    for sock in socks[::2]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    for sock in socks:
        sock.close()
    until(lambda: not node.connections(), "nothing is left of them")
    assert clients.fetch(vip, 8080).status == 200


def test_many_connections_do_not_make_naru_grow(lab, build):
    """As much memory and as many descriptors after 6,000 connections as after 2,000."""
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    sizes = []
    for _ in range(3):
        assert clients.flood(vip, 8080, 2000, clients=8).failures == []
        until(lambda: not node.connections(), "all have ended")
        sizes.append((node.process.resident(), node.process.descriptors()))
    assert sizes[2][1] <= sizes[0][1] + 8
    if not build.sanitized:
        assert sizes[2][0] - sizes[0][0] < 4 << 20


def test_keep_alive_stays_with_its_endpoint(lab):
    pods = lab.deployment("web", 3)
    lab.serve("web", pods)
    connection = http.client.HTTPConnection(lab.node().cluster_ip("web"), 8080, timeout=10)
    seen = set()
    for _ in range(20):
        connection.request("GET", "/")
        seen.add(clients.Reply.of(connection.getresponse()).pod)
    connection.close()
    assert len(seen) == 1


def test_the_connection_limit_of_a_policy(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    lab.apply("policy.yaml", manifests.policy("p", "web", limits={"maxConnections": 3}))
    node = lab.node()
    vip = node.cluster_ip("web")
    until(lambda: clients.fetch(vip, 8080).status == 200, "served")
    until(lambda: not node.connections(), "nothing is open")
    socks = [socket.create_connection((vip, 8080), timeout=10) for _ in range(3)]
    until(lambda: len(node.connections()) == 3, "three are open")
    assert clients.flood(vip, 8080, 3).failures, "the fourth is turned away"
    for sock in socks:
        sock.close()
    until(lambda: clients.fetch(vip, 8080).status == 200, "there is room again")
