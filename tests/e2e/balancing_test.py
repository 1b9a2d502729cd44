"""Which share of the traffic an endpoint gets: weights, and slow start."""

import collections
import socket

import pytest

from naru_harness import clients, manifests
from naru_harness.wait import until

BYTES, REQUESTS = {}, {"appProtocol": "http"}


def serve(lab, pods, port, **balancing):
    """Pods known as such, so that policies may select them by their labels."""
    lab.apply("web.yaml", manifests.service("web", ports=[{"name": "http", "port": 8080, **port}], selector={"app": "web"}))
    lab.apply("pods.yaml", *[pod.manifest({"app": "web", "track": pod.version}) for pod in pods])
    lab.apply("policy.yaml", manifests.policy("web", "web", loadBalancing=balancing))


def shares(address, requests):
    done = clients.flood(address, 8080, requests)
    assert not done.failures, done.failures[:5]
    return collections.Counter(reply.pod for reply in done.replies)


def by_track(canary):
    return [{"podSelector": {"matchLabels": {"track": "canary"}}, "weight": canary}, {"weight": 100}]


@pytest.mark.parametrize("port", [BYTES, REQUESTS], ids=["connections", "requests"])
def test_round_robin_gives_exactly_the_weights(lab, port):
    pods = [lab.pod("web-1", "stable"), lab.pod("web-2", "stable"), lab.pod("web-3", "canary")]
    serve(lab, pods, port, algorithm="RoundRobin", weights=by_track(50))
    vip = lab.node().cluster_ip("web")
    assert shares(vip, 100) == {"web-1": 40, "web-2": 40, "web-3": 20}


@pytest.mark.parametrize("algorithm", ["Random", "LeastConnections", "Maglev"])
def test_other_algorithms_follow_weights(lab, algorithm):
    """Loosely: they go by chance, or by the clients' addresses."""
    pods = [lab.pod("web-1", "stable"), lab.pod("web-2", "canary")]
    serve(lab, pods, BYTES, algorithm=algorithm, weights=by_track(10))
    vip = lab.node().cluster_ip("web")
    seen = collections.Counter()
    for number in range(1, 201):
        seen[clients.fetch(vip, 8080, source=lab.range.address(240, number)).pod] += 1
    assert 1 <= seen["web-2"] <= 50, seen  # 18 of 200


def test_weight_0_takes_nothing_new_and_ends_nothing(lab):
    pods = [lab.pod("web-1", "stable", tcp_echo_port=9000), lab.pod("web-2", "canary", tcp_echo_port=9000)]
    ports = [{"name": "http", "port": 8080}, {"name": "echo", "port": 9000}]
    lab.apply("web.yaml", manifests.service("web", ports=ports, selector={"app": "web"}))
    lab.apply("pods.yaml", *[pod.manifest({"app": "web", "track": pod.version}) for pod in pods])
    node = lab.node()
    vip = node.cluster_ip("web")
    open_ones = [socket.create_connection((vip, 9000), timeout=5) for _ in range(20)]
    until(lambda: len(node.connections()) == 20, "all are known")
    assert {x["endpoint"].split(":")[0] for x in node.connections()} == {pod.address for pod in pods}
    lab.apply("policy.yaml", manifests.policy("web", "web", loadBalancing={"weights": by_track(0)}))
    lab.until_reached(vip, 8080, pods[:1])
    for one in open_ones:
        one.sendall(b"still there?")
        assert one.recv(100) == b"still there?"
        one.close()
    assert "weight 0" in node.get_raw("endpoints", "-o", "wide").stdout
    lab.apply("policy.yaml", manifests.policy("web", "web", loadBalancing={"weights": [{"weight": 0}]}))
    lab.until_refused(vip, 8080)
    lab.remove("policy.yaml")
    lab.until_reached(vip, 8080, pods)


def test_a_pod_says_its_weight_itself(lab):
    pods = [lab.pod("web-1"), lab.pod("web-2")]
    entries = [pod.manifest({"app": "web"}) for pod in pods]
    entries[1]["metadata"]["annotations"] = {"naru.io/weight": "3"}
    lab.apply("web.yaml", manifests.service("web", selector={"app": "web"}))
    lab.apply("policy.yaml", manifests.policy("web", "web", loadBalancing={"algorithm": "RoundRobin"}))
    lab.apply("pods.yaml", *entries)
    vip = lab.node().cluster_ip("web")
    assert shares(vip, 40) == {"web-1": 10, "web-2": 30}


@pytest.mark.parametrize("port", [BYTES, REQUESTS], ids=["connections", "requests"])
def test_a_fresh_pod_among_four_grows_into_its_share(lab, port):
    pods = lab.deployment("web", 4)
    serve(lab, pods[:3], port, algorithm="Random", slowStart={"window": "20s", "minPercent": 5})
    node = lab.node()
    vip = node.cluster_ip("web")
    assert set(shares(vip, 60)) == {"web-1", "web-2", "web-3"}
    lab.apply("pods.yaml", *[pod.manifest({"app": "web"}) for pod in pods])
    until(lambda: pods[3].address in node.endpoint_addresses("web"), "the fourth is known")
    early = shares(vip, 200)
    assert early["web-4"] < 30, early  # 50 with its whole share, 4 in the first second
    until(lambda: shares(vip, 100)["web-4"] >= 15, "it has its share", timeout=90)


def test_a_new_service_is_not_slow(lab):
    """All its pods are as young: each has its even share from the first."""
    pods = lab.deployment("web", 3)
    serve(lab, pods, BYTES, algorithm="RoundRobin", slowStart={"window": "1h", "minPercent": 1})
    assert shares(lab.node().cluster_ip("web"), 60) == {"web-1": 20, "web-2": 20, "web-3": 20}
