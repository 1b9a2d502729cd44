"""Who reaches what: from pods, nodes and outside, to each kind of address, under each traffic policy."""

import socket

import pytest

from naru_harness import manifests, site_plan as plan
from naru_harness.clients import flood
from naru_harness.site import Site
from naru_harness.wait import until

pytestmark = pytest.mark.root
PORT, ECHO = 8080, 8081
BOTH, FIRST, SECOND, NOBODY = {"web-1", "web-2"}, {"web-1"}, {"web-2"}, set()
EXTERNAL = {"all": "198.18.0.5", "local": "198.18.0.6"}
NODE_PORTS = {"all": 30080, "local": 30081}


@pytest.fixture(scope="module")
def site(build):
    """web-1 on w1-k8s and web-2 on w2-k8s, behind Services: `all`, `local` (external policy), `inner` (internal policy), `echo` (UDP)."""
    with Site(build) as made:
        pods = [made.pod(f"web-{n}", f"w{n}-k8s", udp_echo_port=ECHO) for n in (1, 2)]
        made.pod("visitor-1", "w1-k8s")
        made.pod("visitor-3", "w3-k8s")
        made.apply("pool.yaml", manifests.pool("routed", plan.ROUTED))
        for name, policy in (("all", "Cluster"), ("local", "Local")):
            ports = [{"name": "http", "port": PORT, "nodePort": NODE_PORTS[name]}]
            spec = {"type": "LoadBalancer", "externalIPs": [EXTERNAL[name]], "externalTrafficPolicy": policy}
            made.serve(name, pods, ports=ports, **spec)
        made.serve("inner", pods, internalTrafficPolicy="Local")
        udp = [{"name": "echo", "port": PORT, "protocol": "UDP"}]
        made.apply("echo.yaml", manifests.service("echo", ports=udp, type="LoadBalancer", externalTrafficPolicy="Local"))
        ports = [{"name": "echo", "port": ECHO, "protocol": "UDP"}]
        made.apply("echo-endpoints.yaml", manifests.endpoint_slice("echo", [x.endpoint() for x in pods], ports=ports))
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


@pytest.mark.parametrize("kind", EXTERNALLY)
@pytest.mark.parametrize("client", ["pod w1-k8s", "pod w3-k8s", "node w1-k8s", "node w2-k8s", "node m-k8s"])
def test_external_policy_local_does_not_bind_pods_and_their_nodes(site, client, kind):
    """With an endpoint on the node, and without."""
    place, node = source(site, client)
    site.until_reached(place, *target(site, kind, "local", node), BOTH)


@pytest.mark.parametrize("client,pods", [("pod", BOTH), ("node", NOBODY)])
def test_a_node_port_of_another_node_takes_pods_for_pods_and_nodes_for_outsiders(site, client, pods):
    place, _ = source(site, f"{client} w1-k8s")
    at = site.nodes["w3-k8s"].address, NODE_PORTS["local"]
    if pods:
        site.until_reached(place, *at, pods)
    else:
        assert place.inside(flood, *at, 1, timeout=0.5).replies == []


@pytest.mark.parametrize("client,gets_it", [("pod w3-k8s", True), ("node w3-k8s", True), ("outside w3-k8s", False)])
def test_datagrams_are_bound_alike(site, client, gets_it):
    place, node = source(site, client)

    def echoed():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.5)
            sock.connect(target(site, "LB", "echo", node))
            sock.send(b"hello")
            try:
                return sock.recv(100) == b"hello"
            except OSError:
                return False

    if gets_it:
        until(lambda: place.inside(echoed), "the datagram comes back")
    else:
        assert not place.inside(echoed)


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
