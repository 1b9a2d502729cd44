"""Many addresses, all announced by one node of the site."""

from . import announcing, manifests, sweep
from .wait import until

# More than the segment's own prefix has room for: the router is told that it is there all the same.
POOL, PORT = "172.31.0.0/22", 8080


def prepare(site, count):
    """Returns the addresses, once each is answered by w1-k8s."""
    site.label(w1_k8s={"rather": "yes"}, m_k8s=announcing.EXCLUDED, w3_k8s=announcing.EXCLUDED)
    site.router.ip("route", "add", POOL, "dev", "eth0")
    wish = [{"weight": 100, "preference": {"matchLabels": {"rather": "yes"}}}]
    announcing.by_layer2(site, POOL, preferredNodeSelectors=wish)
    pod = site.pod("web", "m-k8s")
    names = [f"web-{number}" for number in range(count)]
    spec = {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}
    site.apply("services.yaml", *[manifests.service(name, PORT, **spec) for name in names])
    site.apply("slices.yaml", *[manifests.endpoint_slice(name, [pod.endpoint()]) for name in names])
    site.start()
    addresses = until(lambda: given(site.nodes["m-k8s"], count), "all have addresses", timeout=60)
    assert None not in answered(site, addresses).values()
    assert announcing.owners(site, addresses[0]) == announcing.owners(site, addresses[-1]) == {"w1-k8s"}
    return addresses


def given(node, count):
    services = [x for x in node.naru.get("services") if x["spec"]["type"] == "LoadBalancer"]
    found = [x["status"]["loadBalancer"].get("ingress") for x in services]
    return [x[0]["ip"] for x in found] if len(found) == count and all(found) else None


def answered(site, addresses):
    return site.client.inside(sweep.first_answers, addresses, PORT)
