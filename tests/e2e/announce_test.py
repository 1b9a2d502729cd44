"""Two nodes announce the load balancer's addresses: the first scenes of it."""

import pytest

from naru_harness import announcing, bgp_routers, site_plan as plan
from naru_harness.site import Site
from naru_harness.site_router import NODES_ASN, ROUTER_ASN
from naru_harness.wait import until

pytestmark = pytest.mark.root
PORT = 8080


@pytest.fixture
def two_nodes(build):
    with Site(build, hosts=plan.NODES[1:3]) as site:
        yield site


def served(site):
    """An address in front of two pods, announced by the one node that is returned with it."""
    announcing.by_layer2(site)
    pods = [site.pod("web-1", "w1-k8s"), site.pod("web-2", "w2-k8s")]
    site.serve("web", pods, type="LoadBalancer")
    site.start()
    address = site.nodes["w1-k8s"].naru.load_balancer_ip("web")
    owner = until(lambda: announcing.owner(site, address), "one node answers for the address")
    site.until_reached(site.client, address, PORT, pods)
    return address, owner, pods


def shown(node):
    """What `naru get announcements` says of the one address there is."""
    return next(x for x in node.naru.get("announcements") if x["type"] == "Announcement")


def test_an_address_is_announced_by_one_node_and_taken_over(two_nodes):
    site = two_nodes
    address, owner, pods = served(site)
    other = next(x for x in site.nodes.values() if x is not owner)
    assert shown(owner)["state"] == "Announced"
    assert "eth0" in shown(owner)["interface"].split(",")
    assert (shown(other)["state"], shown(other)["reason"], shown(other)["node"]) == ("Standby", "lost_election", owner.name)
    assert owner.naru.metric("metallb_speaker_announced", ip=address, protocol="layer2") == 1
    assert other.naru.metric("metallb_speaker_announced", ip=address) is None
    assert other.naru.metric("naru_node_live", node=owner.name) == 1
    owner.naru.kill()
    until(lambda: announcing.owner(site, address) is other, "the other node answers for it")
    site.until_reached(site.client, address, PORT, pods)
    assert shown(other)["state"] == "Announced"


def test_a_node_that_stops_hands_its_address_over(two_nodes):
    site = two_nodes
    address, owner, pods = served(site)
    other = next(x for x in site.nodes.values() if x is not owner)
    assert owner.naru.stop() == 0
    assert announcing.owner(site, address) is other
    assert site.reached(site.client, address, PORT) == {"web-1", "web-2"}
    assert "AdminDown there" in other.naru.log()


def test_without_an_endpoint_nobody_announces(two_nodes):
    site = two_nodes
    address, owner, _ = served(site)
    site.endpoints("web", [])
    until(lambda: not announcing.owners(site, address), "nobody answers for it")
    assert shown(owner)["reason"] == "no_endpoint"


@pytest.fixture
def one_node(build):
    with Site(build, hosts=plan.NODES[1:2]) as site:
        yield site


def test_a_router_learns_an_address_and_forgets_it(one_node):
    site = one_node
    announcing.by_bgp(site, bfd=None)
    router = site.keep(
        bgp_routers.Frr(
            site.router, site.directory / "frr", plan.ROUTER, site.hosts[0].address, asn=ROUTER_ASN, peer_asn=NODES_ASN
        )
    )
    site.serve("web", [site.pod("web-1", "w1-k8s")], type="LoadBalancer")
    site.start()
    node = site.nodes["w1-k8s"]
    address = node.naru.load_balancer_ip("web")
    until(lambda: router.prefixes() == {f"{address}/32"}, "FRR has the route")
    assert router.route(f"{address}/32")["next_hop"] == node.address
    assert (shown(node)["state"], shown(node)["peer"]) == ("Announced", "router")
    session = next(x for x in node.naru.get("announcements") if x["type"] == "BGPSession")
    assert (session["state"], session["peerASN"], session["announcedPrefixes"]) == ("Established", ROUTER_ASN, 1)
    assert node.naru.metric("metallb_bgp_session_up", peer=f"{plan.ROUTER}:179") == 1
    site.endpoints("web", [])
    until(lambda: not router.prefixes(), "FRR has no route")
    assert shown(node)["reason"] == "no_endpoint"
    assert router.is_up
