"""What a site announces by ARP, NDP and BGP, and who is seen to do so from outside."""

from . import arp, manifests, site_plan as plan
from .site_router import NODES_ASN, ROUTER_ASN

EXCLUDED = {"node.kubernetes.io/exclude-from-external-load-balancers": ""}


def by_layer2(site, *addresses, **spec):
    """A pool that is announced on the segment."""
    site.apply(
        "layer2.yaml",
        manifests.pool("segment", *(addresses or (plan.ON_SEGMENT,))),
        manifests.metallb("L2Advertisement", "segment", ipAddressPools=["segment"], **spec),
    )


def by_bgp(site, *addresses, bfd=100, peer=None, **spec):
    """A pool that the router is told of. `bfd`: milliseconds between its packets; None: without."""
    objects = [
        manifests.pool("routed", *(addresses or (plan.ROUTED,))),
        manifests.metallb("BGPAdvertisement", "routed", ipAddressPools=["routed"], **spec),
    ]
    profile = {}
    if bfd:
        profile = {"bfdProfile": "fast"}
        timing = {"receiveInterval": bfd, "transmitInterval": bfd, "detectMultiplier": 3}
        objects.append(manifests.metallb("BFDProfile", "fast", **timing))
    asns = {"myASN": NODES_ASN, "peerASN": ROUTER_ASN, "peerAddress": plan.ROUTER}
    objects.append(manifests.metallb("BGPPeer", "router", "v1beta2", **asns, **profile, **(peer or {})))
    site.apply("bgp.yaml", *objects)


def owners(site, address):
    """The nodes that answer for it on the segment, by name, as the router hears them."""
    if ":" in address:
        return _neighbour(site, address)
    heard = site.router.inside(arp.who_has, address, plan.ROUTER)
    return {host.name for host in site.hosts if host.mac in heard}


def _neighbour(site, address):
    """The neighbour that a packet to it finds."""
    site.router.run("ip", "-6", "neigh", "flush", "to", address, "dev", "eth0")
    site.router.run("ping", "-6", "-c", 1, "-W", 1, address)
    known = site.router.run("ip", "-6", "neigh", "show", "to", address, "dev", "eth0").stdout
    return {host.name for host in site.hosts if host.mac in known}


def owner(site, address):
    """The one node that answers for it; None if there is not exactly one."""
    found = owners(site, address)
    return site.nodes[found.pop()] if len(found) == 1 else None
