"""What holds a load balancer address in the site: naru here; its peers have the same shape."""

from . import announcing, manifests, site_plan as plan
from .keepalived import Keepalived
from .site_router import Bird, next_hops
from .wait import until

PORT = 8080
PODS_ON = ("m-k8s", "w3-k8s")  # these nodes have the pods, and the others the address: what dies is never the pods


class _Front:
    def __init__(self, site):
        self.site, self.address = site, None
        self.pods = [site.pod(f"web-{number}", name) for number, name in enumerate(PODS_ON, 1)]

    def holders(self):
        return [node for node in self.site.nodes.values() if node.name not in PODS_ON]

    def power_off(self, node):
        node.power_off()

    def until_settled(self):
        """One node has the address, and its clients are answered."""
        until(self.victim, f"one node has {self.address}", timeout=30)
        self.site.until_reached(self.site.client, self.address, PORT, self.pods, timeout=30)

    def victim(self):
        """The node whose loss is felt: the one that has the address."""
        return announcing.owner(self.site, self.address)


class _NaruFront(_Front):
    def __init__(self, site):
        super().__init__(site)
        site.label(**{name.replace("-", "_"): announcing.EXCLUDED for name in PODS_ON})
        self._configure()
        ports = [{"name": "http", "port": PORT, "appProtocol": "http"}]
        site.serve("web", self.pods, type="LoadBalancer", ports=ports)
        site.start()
        self.address = until(lambda: site.nodes["m-k8s"].naru.load_balancer_ip("web"), "it has its address")
        self.until_settled()

    def kill(self, node):
        node.naru.kill()

    def stop(self, node):
        assert node.naru.stop() == 0

    def start(self, node):
        self.site.until_ready(node.start())

    def power_on(self, node):
        self.start(node.power_on())


class NaruLayer2(_NaruFront):
    name = "naru, layer 2"

    def _configure(self):
        announcing.by_layer2(self.site)


class NaruBgp(_NaruFront):
    """Both nodes announce, and the router spreads over them."""

    name = "naru, BGP with BFD"

    def _configure(self):
        announcing.by_bgp(self.site)
        self.router = self.site.keep(Bird(self.site))

    def victim(self):
        return self.holders()[0]

    def until_settled(self):
        wanted = {node.name for node in self.holders()}
        until(lambda: next_hops(self.site, self.address) == wanted, "the router spreads over both", timeout=60)
        until(lambda: self.router.watched() >= wanted, "BFD watches both", timeout=30)
        self.site.until_reached(self.site.client, self.address, PORT, self.pods, timeout=30)


class _KeepalivedFront(_Front):
    address_of_all = plan.ON_SEGMENT.split("-")[1]

    def __init__(self, site):
        super().__init__(site)
        self.address, self.running = self.address_of_all, {}
        for node in self.holders():
            self.start(node)
        self.until_settled()

    @staticmethod
    def priority(node):
        return 100 + node.host.number % 100 * 20

    def until_settled(self):
        """Whoever has the highest priority has taken the address back: that is what VRRP does by default."""
        wanted = max(self.holders(), key=self.priority)
        until(lambda: self.victim() is wanted, f"{wanted.name} has {self.address}", timeout=30)
        super().until_settled()

    def start(self, node):
        options = {"priority": self.priority(node), "interval": self.interval, "port": PORT}
        self.running[node.name] = Keepalived(self.site, node, self.address, self.pods, **options)
        self.site.keep(self.running[node.name])

    def kill(self, node):
        self.running[node.name].kill()

    def stop(self, node):
        self.running[node.name].stop()

    def power_off(self, node):
        self.site.segment.unplug(node.name)
        self.running[node.name].kill()
        super().power_off(node)

    def power_on(self, node):
        node.power_on()
        self.start(node)


class KeepalivedDefault(_KeepalivedFront):
    name, interval = "keepalived, defaults", 1


class KeepalivedTuned(_KeepalivedFront):
    name, interval = "keepalived, advert_int 0.1", 0.1
