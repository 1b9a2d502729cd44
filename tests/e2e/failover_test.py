"""Load balancer addresses outlive their node: what an outside client sees of it. How long it takes is measured by
benchmarks/failover; here only that it works, within bounds that a busy machine keeps."""

import pytest

from naru_harness import announcing, many_addresses
from naru_harness.faults import FAULTS, ask_during
from naru_harness.site_router import PASSWORD, Bird, next_hops
from naru_harness.wait import stays, until

pytestmark = [pytest.mark.root, pytest.mark.slow]
PORT, PATIENCE = 8080, 5000  # milliseconds


class Served:
    """The site with one Service of type LoadBalancer; faults happen to its nodes."""

    def __init__(self, site, pods=("m-k8s", "w3-k8s"), name="web", **spec):
        self.site = site
        self.wrk = None
        self.pods = [site.pod(f"web-{number}", node) for number, node in enumerate(pods, 1)]
        ports = [{"name": "http", "port": PORT, "appProtocol": "http"}]
        site.serve(name, self.pods, type="LoadBalancer", ports=ports, **spec)
        site.start()
        self.address = until(lambda: site.nodes["m-k8s"].naru.load_balancer_ip(name), "the Service has an address")

    # What a fault does to a node (see faults.py).

    def kill(self, node):
        node.naru.kill()

    def stop(self, node):
        assert node.naru.stop() == 0

    def start(self, node):
        self.site.until_ready(node.start())

    def power_off(self, node):
        node.power_off()

    def power_on(self, node):
        self.start(node.power_on())

    # What is seen from outside.

    def until_reached(self, pods=None):
        self.site.until_reached(self.site.client, self.address, PORT, pods or self.pods)

    def owner(self):
        return until(lambda: announcing.owner(self.site, self.address), f"one node has {self.address}")

    def during(self, happens, **options):
        outage, sums = ask_during(self.site, self.address, PORT, happens, rate=200, **options)
        self.wrk = sums["wrk"]
        return outage


@pytest.fixture
def served(site):
    """By ARP; the pods are on nodes that do not announce, so that no fault takes them."""
    site.label(m_k8s=announcing.EXCLUDED, w3_k8s=announcing.EXCLUDED)
    announcing.by_layer2(site)
    made = Served(site)
    made.owner()
    made.until_reached()
    return made


@pytest.mark.parametrize("name", ["killed", "link down", "node gone"])
def test_an_owner_that_fails_is_replaced(served, name):
    owner, fault = served.owner(), FAULTS[name]
    outage = served.during(lambda: fault.breaks(served, owner))
    assert outage.away is not None and outage.away < PATIENCE, outage
    assert served.owner() is not owner
    served.until_reached()
    outage = served.during(lambda: fault.mends(served, owner))
    assert outage.failed == 0, f"its return: {outage}"
    stays(lambda: announcing.owner(served.site, served.address), "one node has it")


def test_an_owner_that_stops_in_good_order(served):
    """Connections that are kept and busy all the time are part of it: the node that goes serves them to their end, though
    their packets go to the other one already."""
    owner = served.owner()
    outage = served.during(lambda: served.stop(owner), wrk=8)
    assert outage.failed == 0, outage
    assert served.wrk.failed == 0, served.wrk.text
    assert served.owner() is not owner


def test_a_node_that_is_back_takes_its_addresses_when_it_has_settled(served):
    """And connections to the one that gives way go on. Again, where a machine stood still for longer than BFD bears."""
    owner = served.owner()
    for _ in range(3):
        served.kill(owner)
        until(lambda: served.owner() is not owner, "another one has the address")
        outage = served.during(lambda: served.start(owner), after=8.0, wrk=8)
        if outage.failed == 0 and served.wrk.failed == 0:
            break
    assert served.owner() is owner
    assert outage.failed == 0, outage
    assert served.wrk.failed == 0, served.wrk.text


def test_a_split_segment_has_an_owner_on_each_side_and_one_when_it_is_whole(served):
    owner = served.owner()
    other = next(x for x in ("w1-k8s", "w2-k8s") if x != owner.name)
    served.site.segment.split([owner.name])
    until(lambda: served.owner().name == other, "the side of the router has an owner of its own")
    served.until_reached()
    served.site.segment.join([owner.name])
    until(lambda: len(announcing.owners(served.site, served.address)) == 1, "one owner is left")
    outage = served.during(lambda: None)
    assert outage.failed == 0, outage


def test_policy_local_is_announced_where_the_pods_are(site):
    announcing.by_layer2(site)
    made = Served(site, pods=("w2-k8s",), externalTrafficPolicy="Local")
    assert made.owner().name == "w2-k8s"
    made.until_reached()
    site.endpoints("web", [])
    until(lambda: announcing.owners(site, made.address) == set(), "nobody announces what nobody serves")


def test_five_hundred_addresses_move_at_once(site):
    """All of them from one node to another."""
    addresses = many_addresses.prepare(site, 500)
    site.nodes["w1-k8s"].power_off()
    missing = [address for address, seconds in many_addresses.answered(site, addresses).items() if seconds is None]
    assert not missing
    assert all(announcing.owners(site, x) == {"w2-k8s"} for x in addresses[:3])


@pytest.fixture
def routed(site):
    """By BGP with BFD: every node announces."""
    announcing.by_bgp(site)
    router = site.keep(Bird(site))
    made = Served(site)
    until(lambda: router.established() == set(site.nodes), "every node has its session", timeout=30)
    until(lambda: router.watched() == set(site.nodes), "BFD watches every node", timeout=30)
    until(lambda: next_hops(site, made.address) == set(site.nodes), "the router spreads over all")
    made.until_reached()
    return made


@pytest.mark.parametrize("name", ["killed", "link down", "node gone"])
def test_a_node_that_fails_gets_no_more_from_the_router(routed, name):
    node, fault = routed.site.nodes["w1-k8s"], FAULTS[name]
    outage = routed.during(lambda: fault.breaks(routed, node))
    assert outage.whole < PATIENCE, outage
    assert next_hops(routed.site, routed.address) == set(routed.site.nodes) - {"w1-k8s"}
    outage = routed.during(lambda: fault.mends(routed, node))
    assert outage.failed == 0, f"its return: {outage}"
    until(lambda: "w1-k8s" in next_hops(routed.site, routed.address), "the router sends to it again", timeout=30)


def test_policy_local_is_routed_to_where_the_pods_are(site):
    announcing.by_bgp(site, peer={"password": PASSWORD})
    site.keep(Bird(site, password=PASSWORD))
    made = Served(site, pods=("w1-k8s", "w2-k8s"), externalTrafficPolicy="Local")
    until(lambda: next_hops(site, made.address) == {"w1-k8s", "w2-k8s"}, "the router sends to the pods' nodes", timeout=30)
    made.until_reached()
    site.endpoints("web", made.pods[:1])
    until(lambda: next_hops(site, made.address) == {"w1-k8s"}, "a node without a pod withdraws")
    made.until_reached(made.pods[:1])
