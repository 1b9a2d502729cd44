"""Who speaks what: by appProtocol, by policy, by the first bytes; and gRPC's own failures."""

import json
import socket
import threading

import grpc
import pytest

from naru_harness import clients, manifests
from naru_harness.raw_http import connect, read_all
from naru_harness.wait import until


def start(lab, endpoints, app_protocol=None, policy=None, port=8080):
    """A node that serves the endpoints as the Service web, and the log of its requests."""
    named = {"name": "http", "port": 8080, **({"appProtocol": app_protocol} if app_protocol else {})}
    lab.apply("web.yaml", manifests.service("web", ports=[named]))
    lab.apply("slice.yaml", manifests.endpoint_slice("web", endpoints, port=port))
    if policy:
        lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
    log = lab.directory / "access.json"
    node = lab.node(accessLog={"path": str(log), "requests": True})
    return node, node.cluster_ip("web"), log


def last_request(log):
    lines = [json.loads(x) for x in log.read_text().splitlines()]
    return [x for x in lines if x.get("type") == "request"][-1]


def curl(vip, version):
    flag = {"HTTP/1.0": "--http1.0", "HTTP/1.1": "--http1.1", "HTTP/2": "--http2-prior-knowledge"}[version]
    return clients.curl(f"http://{vip}:8080/", flag, "-w", "%{http_code} %{http_version}")


@pytest.mark.parametrize(
    "app_protocol, protocol, spoken",
    [
        ("http", None, "HTTP/1.1"),
        ("kubernetes.io/h2c", None, "HTTP/2"),
        ("http", "GRPC", "HTTP/2"),
        (None, "HTTP", "HTTP/1.1"),
        (None, "Detect", None),  # what the client speaks
    ],
)
def test_either_version_is_served_whatever_the_endpoints_speak(lab, app_protocol, protocol, spoken):
    pod = lab.pod("web-1")
    policy = {"protocol": protocol} if protocol else None
    _, vip, log = start(lab, [pod.endpoint()], app_protocol, policy)
    for client in ("HTTP/1.1", "HTTP/2"):
        assert "pod web-1" in curl(vip, client)
        line = until(lambda: last_request(log)["protocol"] == client and last_request(log), "it is logged")
        assert line["endpointProtocol"] == (spoken or client)


@pytest.mark.parametrize("app_protocol", [None, "https", "kubernetes.io/wss"])
def test_other_ports_are_bytes(lab, app_protocol):
    pod = lab.pod("web-1")
    node, vip, log = start(lab, [pod.endpoint()], app_protocol)
    assert "pod web-1" in curl(vip, "HTTP/1.1")
    assert node.metric("naru_http_requests_total") is None
    until(lambda: node.metric("naru_connections_total", outcome="closed") == 1, "a connection it was")


def test_what_is_not_http_passes_whole_where_it_is_detected(lab):
    pod = lab.pod("echo", tcp_echo_port=9000)
    node, vip, _ = start(lab, [pod.endpoint()], policy={"protocol": "Detect"}, port=9000)
    for sent in (b"\x16\x03\x01\x02\x00binary", b"GE\x00", b"PRI * HTTP/9", b"x" * 100_000):
        with connect(vip, 8080) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == sent
    # Only the beginning of something, and then nothing: given on as it is.
    with connect(vip, 8080) as connection:
        connection.sendall(b"GET")
        assert connection.recv(100) == b"GET"
    assert node.metric("naru_http_requests_total") is None


def test_a_server_that_speaks_first_is_heard_where_it_is_detected(lab):
    greeting = b"220 mail.example ESMTP\r\n"
    with socket.create_server((lab.range.pod(9), 8080)) as server:
        thread = threading.Thread(target=greet, args=(server, greeting), daemon=True)
        thread.start()
        _, vip, _ = start(lab, [manifests.endpoint(lab.range.pod(9))], policy={"protocol": "Detect"})
        with connect(vip, 8080) as connection:
            assert connection.recv(100) == greeting


def greet(server, greeting):
    connection, _ = server.accept()
    with connection:
        connection.sendall(greeting)
        connection.recv(100)


def call(vip, count):
    """The statuses of so many unary calls."""
    with grpc.insecure_channel(f"{vip}:8080", options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        method = channel.unary_unary("/naru.demo.Echo/Unary")
        return [status_of(method, b"hello") for _ in range(count)]


def status_of(method, message):
    try:
        assert method(message, timeout=5) == message
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


NEVER_EJECT = {"passive": {"consecutiveGatewayFailures": 0}}


@pytest.mark.parametrize("opted_in", [False, True])
def test_grpc_unavailable_is_tried_again_where_the_policy_says_so(lab, opted_in):
    pods = [lab.pod("web-1", fail=1.0), lab.pod("web-2")]
    policy = {"retries": {"onGrpcUnavailable": opted_in}, "health": NEVER_EJECT}
    node, vip, _ = start(lab, [x.endpoint() for x in pods], "grpc", policy)
    assert set(call(vip, 40)) == ({"OK"} if opted_in else {"OK", "UNAVAILABLE"})
    retries = node.metric("naru_http_retries_total", failure="grpc_unavailable") or 0
    assert (retries > 0) == opted_in
    assert node.metric("naru_http_grpc_responses_total", grpc_status="0") > 0


def test_narus_own_answer_to_grpc_is_in_grpcs_terms(lab):
    node, vip, log = start(lab, [manifests.endpoint(lab.range.pod(99))], "grpc")
    assert set(call(vip, 3)) == {"UNAVAILABLE"}
    assert node.metric("naru_http_local_answers_total", reason="connect_failed") == 3
    line = last_request(log)
    assert (line["status"], line["reason"], line["protocol"]) == (200, "connect_failed", "HTTP/2")
