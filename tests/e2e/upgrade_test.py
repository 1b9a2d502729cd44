"""One naru takes the place of another: nothing is lost, and what fails on the way leaves the old one serving."""

import contextlib
import os
import socket
import subprocess
import threading
import time

import pytest

from naru_harness import clients, manifests
from naru_harness.fronts import NaruFront
from naru_harness.node import HEALTH_PORT, METRICS_PORT, http_get
from naru_harness.scenes import Scene, Stage
from naru_harness.wait import until


def echo_service(lab, node, replicas, protocol):
    """Its address; the port is 9000."""
    pods = [lab.pod(f"echo-{number}", tcp_echo_port=9000, udp_echo_port=9000) for number in range(replicas)]
    ports = [{"name": "echo", "port": 9000, "protocol": protocol}]
    lab.apply("echo.yaml", manifests.service("echo", ports=ports))
    lab.apply("slice.yaml", manifests.endpoint_slice("echo", [x.endpoint() for x in pods], ports=ports))
    return until(lambda: [x for x in node.get("listeners") if "echo" in str(x)] and node.cluster_ip("echo"), "echo is there")


def ended(process):
    until(lambda: not process.running, "the naru before ends", timeout=20)
    assert process.popen.returncode == 0, process.text()


@contextlib.contextmanager
def asked_all_the_time(ask):
    """Calls ask() in a thread until the block ends; fails with what it raised, and if it was hardly called."""
    stop, faults, count = threading.Event(), [], [0]

    def run():
        while not stop.is_set():
            try:
                ask()
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(repr(error))
            count[0] += 1

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.3)
        yield
        time.sleep(0.3)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults, faults[:5]
    assert count[0] > 5


@pytest.mark.parametrize("protocol", ["http1", "h2", "grpc"])
def test_no_request_is_lost(lab, protocol):
    def upgrade_twice(stage):
        for _ in range(2):
            before = lab.nodes[0].take_over()
            time.sleep(0.5)
            ended(before)

    stage = Stage(lab, NaruFront(lab, protocol), protocol)
    scene = Scene("upgrade", upgrade_twice, replicas=2)
    verdict = stage.play(scene)
    print(verdict.summary())
    assert verdict.requests > 100
    assert verdict.faults(()) == []


def test_new_connections_and_names_are_served_throughout(lab):
    node = lab.node()
    lab.serve("web", lab.deployment("web", 2))
    vip = until(lambda: [x for x in node.get("listeners") if "web" in str(x)] and node.cluster_ip("web"), "web is served")
    lab.until_reached(vip, 8080, ["web-1", "web-2"])

    def ask():
        assert clients.fetch(vip, 8080, timeout=5).status == 200
        name = "web.shop.svc.cluster.local"
        for transport in ([], ["+tcp"]):
            assert lab.dig(name, "A", "+tries=1", "+timeout=2", *transport).data("A") == [vip]

    with asked_all_the_time(ask):
        for _ in range(2):
            ended(node.take_over())
    assert node.health()[0] == 200
    assert node.metric("naru_build_info") == 1
    assert node.cluster_ip("web") == vip


def test_a_connection_goes_on_in_the_old_process_which_ends_with_it(lab):
    node = lab.node()
    vip = echo_service(lab, node, 1, "TCP")
    with socket.create_connection((vip, 9000), timeout=5) as connection:
        connection.sendall(b"before")
        assert connection.recv(100) == b"before"
        before = node.take_over()
        connection.sendall(b"after")
        assert connection.recv(100) == b"after"
        assert before.running
        assert node.connections() == []  # the new one has none
    ended(before)


def test_a_client_keeps_the_endpoint_that_it_had(lab):
    node = lab.node()
    pods = lab.deployment("web", 5)
    lab.serve("web", pods, sessionAffinity="ClientIP")
    vip = until(lambda: [x for x in node.get("listeners") if "web" in str(x)] and node.cluster_ip("web"), "web is served")
    sources = [lab.range.address(240, number) for number in range(1, 9)]
    had = {source: clients.fetch(vip, 8080, source=source).pod for source in sources}
    assert len(set(had.values())) > 1
    node.take_over()
    for source in sources:
        assert {clients.fetch(vip, 8080, source=source).pod for _ in range(4)} == {had[source]}


def test_a_udp_flow_keeps_its_endpoint(lab):
    node = lab.node()
    vip = echo_service(lab, node, 5, "UDP")

    def endpoints():
        return {x["client"]: x["endpoint"] for x in node.connections()}

    with contextlib.ExitStack() as stack:
        flows = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(8)]
        for flow in flows:
            flow.settimeout(5)
            flow.connect((vip, 9000))
            flow.send(b"before")
            assert flow.recv(100) == b"before"
        had = endpoints()
        node.take_over()
        for flow in flows:
            flow.send(b"after")
            assert flow.recv(100) == b"after"
        assert endpoints() == had and len(set(had.values())) > 1


# ---- what goes wrong ----


@pytest.fixture
def served(lab):
    node = lab.node()
    lab.serve("web", lab.deployment("web", 1))
    vip = until(lambda: [x for x in node.get("listeners") if "web" in str(x)] and node.cluster_ip("web"), "web is served")
    lab.until_reached(vip, 8080, ["web-1"])

    def check():
        assert clients.fetch(vip, 8080).status == 200
        assert node.process.running and node.health()[0] == 200

    return node, check


def run_beside(node, *arguments):
    return subprocess.run([*map(str, node.command()), *arguments], capture_output=True, text=True, timeout=30)


def test_without_one_to_take_over_from_there_is_one_clear_error(served):
    node, check = served
    node.configure(adminSocket=str(node.home / "other.sock"))
    done = run_beside(node, "--take-over")
    assert done.returncode == 3
    assert "cannot take over" in done.stdout + done.stderr and "no such socket" in done.stdout + done.stderr
    check()


def test_a_next_one_with_bad_configuration_changes_nothing(served):
    node, check = served
    good = node.config.read_text()
    node.config.write_text(good + "nonsense: 1\n")
    assert run_beside(node, "--take-over").returncode == 1
    node.config.write_text(good)
    check()


def asked_by_hand(node):
    """A connection as a next naru has it, after it was given all."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    end.settimeout(5)
    end.connect(f"{node.socket}.take-over")
    end.send(b"take over 1")
    texts = [b""]
    while b'"end"' not in texts[-1]:
        text, sockets, _, _ = socket.recv_fds(end, 65536, 200)
        for each in sockets:
            os.close(each)
        assert text, "closed early"
        texts.append(text)
    return end


@pytest.mark.parametrize("says", [None, b"ready /nowhere", b"\xff\xfe garbage"])
def test_a_next_one_that_does_not_come_to_serve_changes_nothing(served, says):
    node, check = served
    for _ in range(3):
        with asked_by_hand(node) as end:
            if says:
                end.send(says)
        until(lambda: "serving on" in node.log(), "it says so")
        check()
    ended(node.take_over())  # a good one still may
    check()


def test_who_connects_and_says_nothing_holds_up_nothing(served):
    node, check = served
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.connect(f"{node.socket}.take-over")
        time.sleep(0.2)
        began = time.monotonic()
        check()
        assert time.monotonic() - began < 3  # not the five seconds that a message may take
        ended(node.take_over())


def test_only_one_may_take_over_at_a_time(served):
    node, check = served
    with asked_by_hand(node):
        done = run_beside(node, "--take-over")
        assert done.returncode == 3 and "another process is taking over" in done.stdout + done.stderr
    check()


def test_who_says_nothing_of_it_is_refused_the_place(served):
    node, check = served
    done = run_beside(node)
    assert done.returncode == 3 and "already in use" in done.stdout + done.stderr
    check()


def test_its_own_endpoints_are_the_next_ones(served):
    node, check = served
    ended(node.take_over())
    assert http_get(f"http://{node.address}:{HEALTH_PORT}/healthz")[0] == 200
    assert "naru_build_info" in http_get(f"http://{node.address}:{METRICS_PORT}/metrics")[2]
    assert not (node.home / "naru.sock.new").exists()
    node.process.stop()
    assert not node.socket.exists()
