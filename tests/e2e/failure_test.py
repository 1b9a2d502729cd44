"""Things die without telling anyone, and no client notices while anything is left alive."""

import pytest

from naru_harness import clients, manifests
from naru_harness.wait import until


@pytest.mark.parametrize("parallel", [1, 8])
def test_a_killed_backend_costs_no_request(lab, parallel):
    """300 requests, each on a new connection; the manifests go on naming the dead pod."""
    pods = lab.deployment("web", 3)
    lab.serve("web", pods)
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    pods[1].kill()
    done = clients.flood(vip, 8080, 300, clients=parallel)
    assert done.failures == []
    assert done.pods == {"web-1", "web-3"}


@pytest.mark.parametrize("algorithm", ["Random", "RoundRobin", "LeastConnections"])
def test_a_killed_backend_costs_no_request_whatever_the_algorithm(lab, algorithm):
    pods = lab.deployment("web", 3)
    lab.serve("web", pods)
    lab.apply("policy.yaml", manifests.policy("p", "web", loadBalancing={"algorithm": algorithm}))
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    pods[2].kill()
    assert clients.flood(vip, 8080, 100, clients=4).failures == []


def test_backends_killed_under_load_cost_no_request(lab):
    """Killed in the middle of things, so that requests are lost on the way and must be sent again elsewhere."""
    pods = lab.deployment("web", 4)
    lab.serve("web", pods)
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    load = lab.wrk(f"http://{vip}:8080/slow?ms=5", connections=16, close=True)
    until(lambda: pods[3].fetch().status == 200, "the load runs")
    for pod in pods[:3]:
        clients.flood(vip, 8080, 50)
        pod.kill()
    clients.flood(vip, 8080, 50)
    result = load.finish()
    assert result.requests > 100 and result.failed == 0, result.text


def test_the_last_one_alive_serves_all(lab):
    """Down to one of five: ejected or not, the live one is always found."""
    pods = lab.deployment("web", 5)
    lab.serve("web", pods)
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    for pod in pods[:4]:
        pod.kill()
    done = clients.flood(vip, 8080, 100, clients=8)
    assert done.failures == [] and done.pods == {"web-5"}


def test_a_pod_that_comes_back_is_used_again(lab):
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    node = lab.node()
    lab.apply("policy.yaml", manifests.policy("p", "web", health={"passive": {"baseEjectionTime": "100ms"}}))
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    pods[0].kill()
    assert clients.flood(vip, 8080, 30).failures == []
    lab.revive(pods[0])
    lab.until_reached(vip, 8080, pods)


def test_all_dead_is_an_error_and_not_a_hang(lab):
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    for pod in pods:
        pod.kill()
    done = clients.flood(vip, 8080, 5, timeout=5)
    assert len(done.failures) == 5 and not any("timed out" in x for x in done.failures), done.failures
    lab.revive(pods[0])
    until(lambda: clients.fetch(vip, 8080).status == 200, "served again once one is back")


def test_last_endpoint_removed_is_refused_at_once(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods, type="NodePort")
    lab.apply("nodes.yaml", manifests.node("w1", lab.range.node(1)))
    node = lab.node()
    vip, port = node.cluster_ip("web"), node.node_port("web")
    lab.until_reached(vip, 8080, pods)
    lab.endpoints("web", [])
    lab.until_refused(vip, 8080)
    lab.until_refused(lab.range.node(1), port)
    assert clients.tool("curl", "-sS", f"http://{vip}:8080/").returncode == 7, "curl could not connect"
    lab.endpoints("web", pods)
    lab.until_reached(vip, 8080, pods)


def test_last_endpoint_of_a_headless_service_removed_is_no_such_name(lab):
    pods = lab.deployment("db", 1)
    lab.serve("db", pods, clusterIP="None")
    lab.node()
    assert lab.dig("db.shop.svc.cluster.local").status == "NOERROR"
    lab.endpoints("db", [])
    until(lambda: lab.dig("db.shop.svc.cluster.local").status == "NXDOMAIN", "no endpoint, no name")


def test_an_endpoint_that_was_never_there_costs_no_request(lab):
    pods = lab.deployment("web", 2)
    lab.serve("web", [*pods, manifests.endpoint(lab.range.pod(99))])
    vip = lab.node().cluster_ip("web")
    done = clients.flood(vip, 8080, 60, clients=4)
    assert done.failures == [] and done.pods == {"web-1", "web-2"}


def test_naru_killed_leaves_nothing_that_stops_the_next(lab):
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    node.kill()
    node.start()
    assert node.cluster_ip("web") == vip
    lab.until_reached(vip, 8080, pods)
