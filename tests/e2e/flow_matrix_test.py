"""Who reaches what: from pods, nodes and outside, to each kind of address, under each traffic policy."""

import pytest

from naru_harness import manifests, site_plan as plan
from naru_harness.clients import flood
from naru_harness.site import Site

pytestmark = pytest.mark.root
PORT = 8080
BOTH, FIRST, SECOND, NOBODY = {"web-1", "web-2"}, {"web-1"}, {"web-2"}, set()
EXTERNAL = {"all": "198.18.0.5", "local": "198.18.0.6"}
NODE_PORTS = {"all": 30080, "local": 30081}


@pytest.fixture(scope="module")
def site(build):
    """web-1 on w1-k8s and web-2 on w2-k8s, behind three Services: `all`, `local` (external policy), `inner` (internal policy)."""
    with Site(build) as made:
        pods = [made.pod("web-1", "w1-k8s"), made.pod("web-2", "w2-k8s")]
        made.pod("visitor-1", "w1-k8s")
        made.pod("visitor-3", "w3-k8s")
        made.apply("pool.yaml", manifests.pool("routed", plan.ROUTED))
        for name, policy in (("all", "Cluster"), ("local", "Local")):
            ports = [{"name": "http", "port": PORT, "nodePort": NODE_PORTS[name]}]
            spec = {"type": "LoadBalancer", "externalIPs": [EXTERNAL[name]], "externalTrafficPolicy": policy}
            made.serve(name, pods, ports=ports, **spec)
        made.serve("inner", pods, internalTrafficPolicy="Local")
        yield made.start()


def source(site, words):
    """(where the client is, the node that its packets meet first)"""
    kind, name = words.split(" ")
    node = site.nodes[name]
    if kind == "pod":
        return next(x.place for x in node.pods if x.name.startswith("visitor")), node
    if kind == "node":
        return node.machine, node
    for prefix in (plan.ROUTED, "198.18.0.0/24"):
        site.router.ip("route", "replace", prefix, "via", node.address)
    return site.client, node


def target(site, kind, service, node):
    found = node.naru.service(service)
    if kind == "ClusterIP":
        return found["spec"]["clusterIP"], PORT
    if kind == "NodePort":
        return node.address, NODE_PORTS[service]
    return (EXTERNAL[service] if kind == "external IP" else found["status"]["loadBalancer"]["ingress"][0]["ip"]), PORT


SOURCES = ["pod w1-k8s", "pod w3-k8s", "node w1-k8s", "node m-k8s", "outside w1-k8s", "outside w3-k8s"]
EXTERNALLY = ["NodePort", "LB", "external IP"]
# No route leads from outside to a ClusterIP.
FLOWS = [(x, kind) for x in SOURCES for kind in ["ClusterIP", *EXTERNALLY] if (x[0], kind) != ("o", "ClusterIP")]


@pytest.mark.parametrize("client,kind", FLOWS)
def test_policy_cluster_reaches_every_pod_from_everywhere(site, client, kind):
    place, node = source(site, client)
    site.until_reached(place, *target(site, kind, "all", node), BOTH)


@pytest.mark.parametrize("kind", EXTERNALLY)
@pytest.mark.parametrize("client,pods", [("outside w1-k8s", FIRST), ("outside w2-k8s", SECOND), ("outside w3-k8s", NOBODY)])
def test_external_policy_local_keeps_to_the_node(site, client, pods, kind):
    place, node = source(site, client)
    at = target(site, kind, "local", node)
    if pods:
        site.until_reached(place, *at, pods)
    else:
        assert place.inside(flood, *at, 1, timeout=0.5).replies == []


@pytest.mark.parametrize("client", ["pod w1-k8s", "pod w3-k8s", "node m-k8s"])
def test_external_policy_local_is_nothing_to_the_cluster_ip(site, client):
    place, node = source(site, client)
    site.until_reached(place, *target(site, "ClusterIP", "local", node), BOTH)


@pytest.mark.parametrize(
    "client,pods", [("pod w1-k8s", FIRST), ("node w2-k8s", SECOND), ("pod w3-k8s", NOBODY), ("node m-k8s", NOBODY)]
)
def test_internal_policy_local_keeps_to_the_node(site, client, pods):
    place, node = source(site, client)
    at = target(site, "ClusterIP", "inner", node)
    if pods:
        site.until_reached(place, *at, pods)
    else:
        assert place.inside(flood, *at, 1, timeout=0.5).replies == []
