"""Traffic policies: which node's pods a client is sent to, and who is told that there are none."""

import pytest

from naru_harness import clients, manifests

PORTS = [{"name": "http", "port": 8080, "nodePort": 30200}]


def two_nodes(lab, pods, **spec):
    lab.apply("nodes.yaml", *[manifests.node(f"w{number}", lab.range.node(number)) for number in (1, 2)])
    lab.serve("web", pods, **spec)
    return lab.node("w1"), lab.node("w2")


def test_external_policy_local_reaches_only_pods_of_the_node(lab):
    pods = [lab.pod("web-1", node="w1"), lab.pod("web-2", node="w1"), lab.pod("web-3", node="w2")]
    first, second = two_nodes(lab, pods, type="NodePort", ports=PORTS, externalTrafficPolicy="Local")
    lab.until_reached(first.address, 30200, pods[:2])
    lab.until_reached(second.address, 30200, pods[2:])
    lab.until_reached(first.cluster_ip("web"), 8080, pods)  # the policy is for the outside alone


def test_external_policy_local_without_a_pod_on_the_node(lab):
    """Not sent elsewhere: the client's address must not be lost to a hop that it did not ask for."""
    pods = [lab.pod("web-1", node="w1")]
    first, second = two_nodes(lab, pods, type="NodePort", ports=PORTS, externalTrafficPolicy="Local")
    lab.until_reached(first.address, 30200, pods)
    with pytest.raises(OSError):
        clients.fetch(second.address, 30200, timeout=1)


def test_internal_policy_local(lab):
    """Each node sends to its own pods; of two that share the address, each does so for what it accepts."""
    pods = [lab.pod("web-1", node="w1"), lab.pod("web-2", node="w2")]
    first, second = two_nodes(lab, pods, internalTrafficPolicy="Local")
    vip = first.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    assert second.stop() == 0
    lab.until_reached(vip, 8080, pods[:1])


def test_local_terminating_pods_serve_while_the_node_has_no_other(lab):
    """A rolling update with policy Local: the node's old pod serves until the load balancer has looked elsewhere."""
    old, other = lab.pod("web-1", node="w1"), lab.pod("web-2", node="w2")
    ending = old.endpoint(ready=False, serving=True, terminating=True)
    first, _ = two_nodes(lab, [ending, other], type="NodePort", ports=PORTS, externalTrafficPolicy="Local")
    lab.until_reached(first.address, 30200, [old])
