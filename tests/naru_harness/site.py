"""A whole site on one machine: an outside client, a router, four nodes on one segment, pods behind each (see site_plan.py).

Needs root. What a killed run has left is removed by the next one.
"""

import shutil

from . import clients, leftovers, manifests, site_plan as plan
from .manifest_directory import ManifestDirectory
from .netns import Namespace, ip
from .segment import Segment
from .site_node import SiteNode
from .wait import until


class Site(ManifestDirectory):
    """`with Site(build) as site:` has the network; start() the naru of each node. All nodes read the same manifests, and
    each has a state directory of its own."""

    def __init__(self, build, hosts=tuple(plan.NODES), quiet=False):
        self.build, self.hosts, self.quiet = build, list(hosts), quiet
        self.directory = None
        self.client = self.router = self.segment = None
        self.nodes, self.processes = {}, []

    def __enter__(self):
        try:
            return self.open()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def open(self):
        leftovers.remove()
        self.directory = leftovers.directory()
        self.manifests = self.directory / "manifests"
        self.manifests.mkdir()
        self.segment = Segment()
        self._make_router()
        for host in self.hosts:
            self.nodes[host.name] = node = SiteNode(self, host)
            node.power_on()
        self.label()
        return self

    def label(self, **labels):
        """Writes the Node objects. `labels`: {name of a node, with _ for -: {label: value}}."""
        given = {name.replace("_", "-"): value for name, value in labels.items()}
        nodes = [
            manifests.node(x.name, x.address, x.address6, labels=given.get(x.name), pod_cidrs=x.pod_cidrs) for x in self.hosts
        ]
        self.apply("nodes.yaml", *nodes)

    def _make_router(self):
        self.router, self.client = Namespace("router"), Namespace("client")
        self.router.sysctl(
            ipv4__ip_forward=1,
            ipv4__fib_multipath_hash_policy=1,
            ipv6__fib_multipath_hash_policy=1,
            ipv6__conf__all__forwarding=1,
            ipv6__conf__default__accept_dad=0,
        )
        self.segment.attach(self.router, "router", plan.ROUTER_MAC)
        self.router.batch(
            f"addr add {plan.ROUTER}/24 dev eth0", f"addr add {plan.ROUTER6}/64 dev eth0 nodad", "link set eth0 up"
        )
        ip("link", "add", "eth1", "netns", self.router.name, "type", "veth", "peer", "name", "eth0", "netns", self.client.name)
        self.router.batch(
            f"addr add {plan.ROUTER_OUTSIDE}/24 dev eth1",
            f"addr add {plan.ROUTER_OUTSIDE6}/64 dev eth1 nodad",
            "link set eth1 up",
        )
        self.client.batch(
            f"addr add {plan.CLIENT}/24 dev eth0",
            f"addr add {plan.CLIENT6}/64 dev eth0 nodad",
            "link set eth0 up",
            f"route add default via {plan.ROUTER_OUTSIDE}",
            f"route add default via {plan.ROUTER_OUTSIDE6}",
        )

    def naru_defaults(self):
        """What the configuration of every node has."""
        return {"serviceCIDRs": plan.SERVICE_CIDRS, "workers": 1, "dns": {"upstreams": ["192.0.2.53:53"]}}

    def start(self, **configuration):
        """The naru of every node; returns once all serve."""
        for node in self.nodes.values():
            node.start(**configuration)
        for node in self.nodes.values():
            self.until_ready(node)
        return self

    def until_ready(self, node):
        until(node.naru.is_ready, f"naru serves on {node.name}", timeout=60)
        return node

    def pod(self, name, node, **options):
        return self.nodes[node].pod(name, **options)

    def pods(self):
        return [pod for node in self.nodes.values() for pod in node.pods]

    def keep(self, process):
        """Is ended with the site."""
        self.processes.append(process)
        return process

    # Things that are asked.

    @staticmethod
    def flood(place, address, port, requests=20, **options):
        return place.inside(clients.flood, address, port, requests, **options)

    def reached(self, place, address, port, requests=20, **options):
        """The pods that answer there; every request must be answered."""
        done = self.flood(place, address, port, requests, **options)
        assert not done.failures, done.failures[:5]
        return done.pods

    def until_reached(self, place, address, port, pods, **options):
        """Waits until exactly these pods answer there."""
        wanted = {x if isinstance(x, str) else x.name for x in pods}
        what = f"{address}:{port} is answered by {wanted} in {place.name}"
        return until(lambda: self.reached(place, address, port) == wanted, what, **options)

    # The end.

    def close(self):
        """Ends everything, and asserts that every naru ended well."""
        faults = []
        for process in self.processes:
            process.kill()
        for node in self.nodes.values():
            node.begin_to_stop()  # all at once, as each takes its time to withdraw what it announces
        for node in self.nodes.values():
            faults += node.end()
        for node in self.nodes.values():
            node.close()
        for place in (self.client, self.router, self.segment):
            if place:
                place.close()
        self._tell()
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)
        assert not faults, "\n".join(faults)

    def _tell(self):
        """pytest shows this if the test failed."""
        if self.quiet or not self.directory:
            return
        for log in sorted(self.directory.rglob("*.log")):
            print(f"---- {log.relative_to(self.directory)} ----\n{log.read_text(errors='replace')[-6000:]}")
