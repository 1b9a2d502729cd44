"""A node of the site: a machine of its own on the segment, its pods behind it, and its naru."""

from . import site_plan as plan
from .netns import Namespace, ip
from .node import NaruNode
from .pods import PodProcess


class SitePod(PodProcess):
    """A pod with a network of its own. kill() ends its process; remove() the whole pod."""

    def __init__(self, site, node, name, number, family=4, **options):
        self.place = Namespace(name)
        self.host = node
        addresses = node.host.pod_addresses(number)
        node.connect_pod(self.place, number)
        at = addresses[1] if family == 6 else addresses[0]
        try:
            super().__init__(
                site.build, site.directory, name, at, node=node.name, prefix=self.place.prefix, **options
            )
        except BaseException:
            self.place.close()
            raise

    def remove(self):
        self.kill()
        self.place.close()


class SiteNode:
    """Off after construction."""

    def __init__(self, site, host):
        self.site, self.host, self.name = site, host, host.name
        self.address, self.address6 = host.address, host.address6
        self.machine = None
        self.naru = None
        self.pods, self._pods_made = [], 0
        self.configuration = {}

    # Power.

    def power_on(self):
        """The machine and its network, without naru."""
        self.machine = Namespace(self.name)
        self.machine.sysctl(
            ipv4__ip_forward=1, ipv6__conf__all__forwarding=1, ipv6__conf__all__accept_dad=0, ipv6__conf__default__accept_dad=0
        )
        self.site.segment.attach(self.machine, self.name, self.host.mac)
        self.machine.batch(*self._network())
        return self

    def _network(self):
        own, own6 = self.host.pod_addresses(1)
        lines = [
            f"addr add {self.address}/24 dev eth0",
            f"addr add {self.address6}/64 dev eth0 nodad",
            "link set eth0 up",
            "link add pods type bridge stp_state 0 forward_delay 0",
            f"addr add {own}/24 dev pods",
            f"addr add {own6}/64 dev pods nodad",
            "link set pods up",
            f"route add default via {plan.ROUTER}",
            f"route add default via {plan.ROUTER6}",
        ]
        for other in self.site.hosts:
            if other is not self.host:
                cidr, cidr6 = other.pod_cidrs
                lines += [f"route add {cidr} via {other.address}", f"route add {cidr6} via {other.address6}"]
        return lines

    def power_off(self):
        """At once, and not heard of again: the cable goes first, so that nothing is said at the end."""
        self.site.segment.unplug(self.name)
        self.site.segment.detach(self.name)
        if self.naru:
            self.naru.kill()
        for pod in self.pods:
            pod.remove()
        self.pods = []
        self.machine.close()
        self.machine = None

    # Its naru.

    def start(self, **configuration):
        """Starts naru, with what differs from the site's defaults; waits until it serves."""
        self.configuration.update(configuration)
        home = self.site.directory / f"node-{self.name}"
        if self.naru is None:
            self.naru = NaruNode(self.site, self.name, self.address, state=home / "state", ready=False)
        self.naru.prefix = self.machine.prefix
        self.naru.configure(**self.configuration)
        self.naru.start()
        return self

    # Its pods.

    def pod(self, name, **options):
        """On an address that no pod of this node has had."""
        self._pods_made += 1
        pod = SitePod(self.site, self, name, self._pods_made + 1, **options)
        self.pods.append(pod)
        return pod

    def connect_pod(self, place, number):
        port = f"pod{number}"
        ip("link", "add", "eth0", "netns", place.name, "type", "veth", "peer", "name", port, "netns", self.machine.name)
        self.machine.batch(f"link set {port} master pods", f"link set {port} up")
        (address, address6), (gateway, gateway6) = self.host.pod_addresses(number), self.host.pod_addresses(1)
        place.batch(
            f"addr add {address}/24 dev eth0",
            f"addr add {address6}/64 dev eth0 nodad",
            "link set eth0 up",
            f"route add default via {gateway}",
            f"route add default via {gateway6}",
        )

    # The end.

    def begin_to_stop(self):
        if self.naru:
            self.naru.begin_to_stop()

    def end(self):
        """Stops naru; returns what was wrong with it."""
        return self.naru.end() if self.naru else []

    def close(self):
        for pod in self.pods:
            pod.remove()
        if self.machine:
            self.machine.close()
