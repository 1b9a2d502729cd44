"""HTTP/2 and gRPC through naru, by the clients and servers that people use."""

import hashlib
import json
import pathlib
import re

import pytest

from naru_harness import clients, manifests
from naru_harness.process import Process
from naru_harness.raw_http2 import DATA, END_STREAM, GOAWAY, HEADERS, PING, RawHttp2, frame, get
from naru_harness.wait import until

JUDGES = pathlib.Path(__file__).resolve().parents[1] / "judges"
PROTOCOLS = {"http": "http1", "kubernetes.io/h2c": "http2", "grpc": "http2"}


def ports(protocol):
    return [{"name": "http", "port": 8080, "appProtocol": protocol}]


class Site:
    """Services whose pods are programs of others."""

    def __init__(self, lab):
        self.lab, self.programs, self.used = lab, [], 0

    def program(self, *command):
        self.used += 1
        address = self.lab.range.pod(100 + self.used)
        name = f"program-{self.used}"
        words = [address if x is ADDRESS else name if x is NAME else x for x in command]
        program = Process(words, self.lab.directory / f"{name}.log")
        self.programs.append(program)
        until(lambda: "ready" in program.text(), f"{name} listens", timeout=20)
        return address

    def node_pods(self, count, speaks):
        command = ("node", JUDGES / "http2_pod.js", ADDRESS, 8080, NAME, speaks)
        return [manifests.endpoint(self.program(*command)) for _ in range(count)]

    def grpc_pods(self, count):
        command = ("/usr/bin/python3", JUDGES / "grpc_pod.py", ADDRESS, 8080, NAME)
        return [manifests.endpoint(self.program(*command)) for _ in range(count)]


ADDRESS, NAME = object(), object()


@pytest.fixture
def site(lab):
    site = Site(lab)
    yield site
    for program in site.programs:
        program.kill()


def ask(vip, *requests):
    """By Node's client, all on one connection."""
    done = clients.tool("node", JUDGES / "http2_client.js", f"http://{vip}:8080", text_input=json.dumps(requests))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_client_reaches_every_kind_of_endpoint(lab):
    for protocol in PROTOCOLS:
        name = protocol.rsplit("/", 1)[-1]
        lab.serve(name, lab.deployment(name, 2), ports=ports(protocol))
    node = lab.node()
    for protocol in PROTOCOLS:
        name = protocol.rsplit("/", 1)[-1]
        url = f"http://{node.cluster_ip(name)}:8080"
        for version, option in (("1.1", "--http1.1"), ("2", "--http2-prior-knowledge")):
            said = clients.curl(f"{url}/", option, "-w", "%{http_code} %{http_version}")
            assert said.startswith(f"pod {name}-") and said.endswith(f"200 {version}"), (protocol, version, said)
            size = clients.curl(f"{url}/bytes?n=3000000", option, "-o", "/dev/null", "-w", "%{size_download}")
            assert size == "3000000", (protocol, version)
        load = clients.tool("h2load", "-n", 2000, "-c", 4, "-m", 32, f"{url}/")
        assert "2000 succeeded, 0 failed, 0 errored" in load.stdout, load.stdout
        assert "  200 " in clients.tool("nghttp", "-ans", f"{url}/").stdout
        # An upgrade to h2c is not taken: the request is answered as it is (RFC 9113 3.1).
        assert clients.curl(f"{url}/", "--http2", "-o", "/dev/null", "-w", "%{http_version}") == "1.1"
    assert (node.metric("naru_http_retries_total") or 0) == 0


def test_one_connection_reaches_every_pod(lab):
    pods = lab.deployment("web", 4)
    lab.serve("web", pods, ports=ports("kubernetes.io/h2c"))
    replies = ask(lab.node().cluster_ip("web"), *[{"path": "/"}] * 80)
    assert {x["status"] for x in replies} == {200}
    assert {x["headers"]["x-pod"] for x in replies} == {x.name for x in pods}


@pytest.mark.parametrize("speaks", ["http1", "http2"])
def test_content_trailers_and_interim_responses(site, speaks):
    """Much content both ways at once, on streams that share a connection, with trailers after it."""
    protocol = {"http1": "http", "http2": "kubernetes.io/h2c"}[speaks]
    site.lab.serve("web", site.node_pods(1, speaks), ports=ports(protocol))
    vip = site.lab.node().cluster_ip("web")
    sizes = [3_000_000, 1, 65_535, 65_536, 1_000_000]
    replies = ask(
        vip,
        *[{"path": "/echo", "method": "POST", "size": n, "seed": str(i)} for i, n in enumerate(sizes)],
        {"path": "/hints"},
        {"path": "/reset"},
        {"path": "/fields", "headers": {"cookie": "a=1; b=2", "te": "trailers", "x-custom": "Value"}},
    )
    for i, (size, reply) in enumerate(zip(sizes, replies)):
        assert (reply["status"], reply["size"]) == (200, size)
        assert reply["hash"] == hashlib.sha256(str(i).encode() * size).hexdigest()
        assert reply["trailers"]["x-size"] == str(size)
    hints, reset, fields = replies[len(sizes):]
    assert hints["status"] == 200 and hints["interim"] == [103]
    assert reset["status"] == 200 and reset["size"] == 4 and reset["code"] != 0  # never a clean end
    assert fields["status"] == 200
    # The other version of the client gets the same.
    data = site.lab.directory / "body"
    data.write_bytes(b"0" * 500_000)
    said = clients.curl(f"http://{vip}:8080/echo", "--data-binary", f"@{data}", "-w", "%{size_download}", "-o", "/dev/null")
    assert said == "500000"


def test_what_an_http1_endpoint_hears_of_an_http2_request(site):
    """RFC 9113 8.2.3 and 8.3.1: cookie crumbs joined, Host from the authority."""
    site.lab.serve("web", site.node_pods(1, "http1"), ports=ports("http"))
    vip = site.lab.node().cluster_ip("web")
    crumbs = [("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers")]
    with RawHttp2(vip) as raw:
        raw.send(get(1, "/fields", *crumbs))
        heard = json.loads(raw.until(DATA)[3])
    assert (heard["host"], heard["cookie"]) == ("web", "a=1; b=2")
    assert "x-forwarded-for" in heard and not any(x.startswith(":") for x in heard)


def test_grpc(site):
    site.lab.serve("echo", site.grpc_pods(2), ports=ports("grpc"))
    node = site.lab.node()
    done = clients.tool("/usr/bin/python3", JUDGES / "grpc_calls.py", node.cluster_ip("echo"), 8080, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {
        "unary": "hello",
        "trailing": {"x-end": "unary"},
        "large": True,
        "count": True,
        "chat": ["ONE", "TWO", "THREE"],
        "failure": ["NOT_FOUND", "no such thing: ä%"],
        "pods": ["program-1", "program-2"],
    }


def test_grpc_without_an_endpoint_is_answered_in_its_own_terms(lab):
    """Status 200 and UNAVAILABLE: what a client of gRPC tries again by itself."""
    pods = lab.deployment("echo", 1)
    lab.serve("echo", pods, ports=ports("grpc"))
    vip = lab.node().cluster_ip("echo")
    pods[0].kill()
    reply = ask(vip, {"path": "/echo/Unary", "method": "POST", "headers": {"content-type": "application/grpc"}})[0]
    assert (reply["status"], reply["headers"]["grpc-status"]) == (200, "14")


def test_requests_under_way_survive_a_stop(lab):
    """GOAWAY in two steps: what was sent before the client could know is served."""
    lab.serve("web", lab.deployment("web", 1), ports=ports("kubernetes.io/h2c"))
    node = lab.node()
    with RawHttp2(node.cluster_ip("web"), timeout=10) as raw:
        raw.send(get(1, "/slow?ms=700"))
        until(lambda: node.connections(), "the request is there")
        node.process.popen.terminate()
        first = raw.until(GOAWAY)
        assert int.from_bytes(first[3][:4], "big") == 2**31 - 1
        raw.send(get(3))  # as if it had crossed the GOAWAY
        raw.send(frame(PING, 1, 0, raw.until(PING)[3]))
        seen = []
        while (found := raw.frame()) is not None:
            seen.append(found)
    assert {x[2] for x in seen if x[0] == HEADERS} == {1, 3}
    assert {x[2] for x in seen if x[0] == DATA and x[1] & END_STREAM} == {1, 3}
    last = [int.from_bytes(x[3][:4], "big") for x in seen if x[0] == GOAWAY]
    assert last == [3]
    assert node.process.wait(20) == 0


def test_a_pod_that_stops_loses_no_request(lab):
    """A pod says GOAWAY and goes: what it had not begun is asked of another."""
    pods = lab.deployment("web", 3)
    lab.serve("web", pods, ports=ports("kubernetes.io/h2c"))
    node = lab.node()
    load = Process(["h2load", "-D", "2", "-c", "2", "-m", "8", f"http://{node.cluster_ip('web')}:8080/"],
                   lab.directory / "h2load.log")
    until(lambda: (node.metric("naru_http_request_duration_seconds_count") or 1) > 0, "the load runs")
    lab.endpoints("web", [pods[0].endpoint(ready=False, serving=True, terminating=True), *pods[1:]])
    pods[0].signal(15)
    load.wait(20)
    assert re.search(r" 0 failed, 0 errored, 0 timeout", load.text()), load.text()
    assert re.search(r" 0 4xx, 0 5xx", load.text()), load.text()
