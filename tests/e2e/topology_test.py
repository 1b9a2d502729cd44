"""Which node's pods are near: hints, trafficDistribution, and the same endpoint for a client on every node."""

from naru_harness import clients, manifests
from naru_harness.wait import until

PORTS = [{"name": "http", "port": 8080, "nodePort": 30210}]


def zoned_node(lab, number, zone):
    node = manifests.node(f"w{number}", lab.range.node(number))
    node["metadata"]["labels"] = {"topology.kubernetes.io/zone": zone}
    return node


def site(lab, pods, zones, **spec):
    """One naru per zone, the Service on a node port of each: what a client there reaches is what the node sends to."""
    lab.apply("nodes.yaml", *[zoned_node(lab, number, zone) for number, zone in enumerate(zones, 1)])
    lab.serve("web", pods, type="NodePort", ports=PORTS, **spec)
    return [lab.node(f"w{number}") for number in range(1, len(zones) + 1)]


def test_traffic_stays_in_the_zone_and_leaves_it_when_it_must(lab):
    pods = [lab.pod("web-1", node="w1"), lab.pod("web-2", node="w2"), lab.pod("web-3", node="w3")]
    first, second, third = site(lab, pods, ["a", "a", "b"], trafficDistribution="PreferClose")
    lab.until_reached(first.address, 30210, pods[:2])
    lab.until_reached(second.address, 30210, pods[:2])
    lab.until_reached(third.address, 30210, pods[2:])
    lab.endpoints("web", pods[:2])  # zone b's only one goes
    lab.until_reached(third.address, 30210, pods[:2])
    lab.endpoints("web", pods)
    lab.apply("nodes.yaml", *[zoned_node(lab, number, zone) for number, zone in ((1, "a"), (2, "b"), (3, "b"))])
    lab.until_reached(first.address, 30210, pods[:1])
    lab.until_reached(second.address, 30210, pods[1:])


def test_traffic_stays_on_the_node_where_it_can(lab):
    pods = [lab.pod("web-1", node="w1"), lab.pod("web-2", node="w3")]
    first, second, third = site(lab, pods, ["a", "a", "b"], trafficDistribution="PreferSameNode")
    lab.until_reached(first.address, 30210, pods[:1])
    lab.until_reached(second.address, 30210, pods[:1])  # none of its own: its zone's
    lab.until_reached(third.address, 30210, pods[1:])


def test_a_controllers_hints_are_followed(lab):
    pods = [lab.pod("web-1", node="w1"), lab.pod("web-2", node="w2")]
    first, second = site(lab, pods, ["a", "b"])
    lab.until_reached(first.address, 30210, pods)

    def hinted(*zones):
        return [{**pod.endpoint(), "hints": {"forZones": [{"name": zone}]}} for pod, zone in zip(pods, zones)]

    lab.endpoints("web", hinted("b", "a"))
    lab.until_reached(first.address, 30210, pods[1:])
    lab.until_reached(second.address, 30210, pods[:1])
    lab.endpoints("web", [*hinted("b"), pods[1].endpoint()])  # not all have one: an update under way
    lab.until_reached(first.address, 30210, pods)
    lab.until_reached(second.address, 30210, pods)


def test_maglev_gives_a_client_the_same_pod_on_every_node(lab):
    pods = [lab.pod(f"web-{number}") for number in range(1, 4)]
    lab.apply("policy.yaml", manifests.policy("by-client", "web", loadBalancing={"algorithm": "Maglev"}))
    first, second = site(lab, pods, ["a", "b"])

    def pod_of(node, client):
        return clients.fetch(node.address, 30210, source=client).pod

    chosen = {}
    for number in range(1, 31):
        client = lab.range.external(number)
        chosen[client] = pod_of(first, client)
        assert {pod_of(node, client) for node in (first, second, first)} == {chosen[client]}
    assert set(chosen.values()) == {pod.name for pod in pods}

    gone = pods[0]
    lab.endpoints("web", pods[1:])
    until(lambda: gone.name not in {pod_of(first, client) for client in chosen}, "the pod that went gets no client")
    kept = [client for client, pod in chosen.items() if pod != gone.name]
    moved = [client for client in kept if pod_of(first, client) != chosen[client]]
    assert len(moved) <= len(kept) // 2, moved
