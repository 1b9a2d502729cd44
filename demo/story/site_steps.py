"""The story of one address in front of many nodes, step by step. Each step shows real calls and asserts what it claims."""

import site_manifests
from picture import View, coloured, draw
from site_clients import SiteClients
from terminal import Failure, say

from naru_harness import announcing, manifests
from naru_harness.faults import ask_during
from naru_harness.site_router import Bird, next_hops

PODS = {"w1-k8s": ["web-1", "web-2"], "w2-k8s": ["web-3"]}
MOST = 5000  # milliseconds that a takeover may take here; how long it takes is printed


class SiteSteps:
    def __init__(self, site, story):
        self.site, self.story, self.clients = site, story, SiteClients(site, story)
        self.router, self.dead, self.announced = "plain forwarding", set(), {}
        self.address = self.routed = self.bird = None

    def all(self):
        return [
            self.the_site,
            self.node_port_on_every_node,
            self.an_address_on_the_segment,
            self.the_owner_loses_its_power,
            self.the_node_comes_back,
            self.the_owner_is_stopped_in_good_order,
            self.a_router_that_spreads,
            self.a_node_dies_behind_the_router,
            self.only_where_the_pods_are,
        ]

    def picture(self):
        nodes = [(x.name, x.address, [pod.name for pod in x.pods]) for x in self.site.nodes.values()]
        say()
        for line in draw(nodes, View(self.router, frozenset(self.dead), self.announced)):
            say("  " + coloured(line))
        say()

    def apply_pods(self):
        pods = [pod.manifest({"app": "web"}) for pod in self.site.pods()]
        self.site.apply("pods.yaml", *pods)

    # The steps.

    def the_site(self):
        """Four nodes, a router and a client, each with a network of its own"""
        site, story = self.site, self.story
        story.tell("""Network namespaces play the machines. Four nodes are on one segment with a router; beyond it is a
            client. Three pods run on two of the nodes, each in a namespace of its own. On each node runs one naru.""")
        site.write("service.yaml", site_manifests.SERVICE)
        for node, names in PODS.items():
            for name in names:
                site.pod(name, node)
        self.apply_pods()
        site.start()
        self.picture()
        self.clients.naru("m-k8s", "get", "nodes")
        ready = all(len(x.naru.endpoint_addresses("web")) == 3 for x in site.nodes.values())
        story.check(ready, "naru serves on four nodes, and each knows three pods")

    def node_port_on_every_node(self):
        """NodePort: every node answers the outside client, also one without a pod"""
        for node in self.site.nodes.values():
            answer = self.clients.curl(node.address, 30080)
            self.story.check("pod web-" in answer, f"{node.name}, with {len(node.pods)} pods of its own, answers")

    def an_address_on_the_segment(self):
        """One address for all nodes: MetalLB's objects, announced by ARP"""
        site, story = self.site, self.story
        self.clients.edit("layer2.yaml", site_manifests.LAYER2)
        first = site.nodes["m-k8s"]
        story.wait(lambda: self.clients.ingress(first, "web"), "the Service gets an address of the pool")
        self.address = self.clients.ingress(first, "web")
        owner = self.owner()
        self.announced = {self.address: {owner.name}}
        self.picture()
        self.clients.naru(owner.name, "get", "announcements")
        story.check("pod web-" in self.clients.curl(self.address, 80), f"{self.address} answers the outside client")
        self.clients.shown(site.router, "router", "ip", "neigh", "show", self.address)
        story.check(True, f"one node, {owner.name}, answers ARP for it; the others know it and stay silent")

    def the_owner_loses_its_power(self):
        """The node that has the address loses its power, under load"""
        site, story = self.site, self.story
        old = self.owner()
        story.tell(f"""The client asks 200 times a second, each time on a new connection. Then {old.name} is gone: no
            goodbye, no packet. The other nodes notice that its BFD packets fail to come, and the one that is next in the
            order takes the address over.""")
        gone = list(old.pods)
        outage, _ = self.load(self.address, lambda: self.power_off(old))
        self.dead, new = {old.name}, self.owner()
        self.announced = {self.address: {new.name}}
        self.picture()
        self.clients.shown(site.router, "router", "ip", "neigh", "show", self.address)
        self.told(outage)
        story.check(outage.away is not None and outage.away < MOST, f"{new.name} took {self.address} over: away for {outage.away:.0f} ms")
        if gone:
            self.apply_pods()

    def the_node_comes_back(self):
        """The node comes back, empty, and nobody notices"""
        site, story = self.site, self.story
        back = next(site.nodes[name] for name in self.dead)
        outage, _ = self.load(self.address, lambda: site.until_ready(back.power_on().start()))
        self.dead, self.announced = set(), {self.address: {self.owner().name}}
        site.pod("web-4", back.name)
        self.apply_pods()
        self.picture()
        self.told(outage)
        story.check(outage.failed == 0, f"{outage.requests} requests, 0 failed, while {back.name} came back")
        story.wait(lambda: self.seen(self.address, "web-4"), "requests reach the new pod there")
        story.check(True, f"the next pod, web-4, went to {back.name}, and gets its share")

    def the_owner_is_stopped_in_good_order(self):
        """The owner is stopped in good order: systemctl stop, an upgrade, a reboot"""
        old = self.owner()
        outage, _ = self.load(self.address, lambda: old.naru.stop())
        new = self.owner()
        self.told(outage)
        self.story.check(new is not old, f"{old.name} gave the address to {new.name} before it ended")
        self.story.check(outage.failed == 0, f"{outage.requests} requests, 0 failed")
        self.site.until_ready(old.start())

    def a_router_that_spreads(self):
        """BGP: the router is told of the address by every node, and spreads over all"""
        site, story = self.site, self.story
        self.bird, self.router = site.keep(Bird(site)), "BIRD, AS 64512"
        self.clients.edit("bgp.yaml", site_manifests.BGP)
        site.write("routed.yaml", site_manifests.routed_service())
        story.wait(lambda: self.bird.established() == set(site.nodes), "four sessions come up", timeout=40)
        story.wait(lambda: self.bird.watched() == set(site.nodes), "BFD watches four nodes", timeout=40)
        self.routed = self.clients.ingress(site.nodes["m-k8s"], "shop")
        story.wait(lambda: next_hops(site, self.routed) == set(site.nodes), "the router has four ways", timeout=40)
        self.announced = {self.routed: set(site.nodes)}
        self.picture()
        self.clients.shown(site.router, "router", "ip", "route", "show", self.routed)
        self.clients.naru("w1-k8s", "get", "announcements")
        shares = self.clients.shares(self.routed, 200)
        story.command("200 connections of the client", "\n".join(f"{name}: {count}" for name, count in shares.items()))
        story.check(sum(shares.values()) == 200 and all(shares.values()), "every node got its share of 200 connections")

    def a_node_dies_behind_the_router(self):
        """A node dies, and the router hears of it by BFD"""
        site, story = self.site, self.story
        node = site.nodes["m-k8s"]
        outage, _ = self.load(self.routed, lambda: self.power_off(node))
        story.wait(lambda: next_hops(site, self.routed) == set(site.nodes) - {node.name}, "three ways are left")
        self.dead, self.announced = {node.name}, {self.routed: next_hops(site, self.routed)}
        self.picture()
        self.told(outage)
        story.check(outage.whole < MOST, f"whole again {outage.whole:.0f} ms after; three quarters never noticed")
        site.until_ready(node.power_on().start())
        story.wait(lambda: node.name in next_hops(site, self.routed), f"{node.name} is back in the router's table", timeout=40)
        self.dead = set()
        story.check(True, f"{node.name} is back, and the router sends to it again")

    def only_where_the_pods_are(self):
        """externalTrafficPolicy Local: only nodes with a pod announce"""
        site, story = self.site, self.story
        with_pods = {x.name for x in site.nodes.values() if x.pods}
        site.write("routed.yaml", site_manifests.routed_service("Local"))
        story.wait(lambda: next_hops(site, self.routed) == with_pods, "the other nodes withdraw")
        self.announced = {self.routed: with_pods}
        self.picture()
        self.clients.shown(site.router, "router", "ip", "route", "show", self.routed)
        story.check("pod web-" in self.clients.curl(self.routed, 80), f"{', '.join(sorted(with_pods))} announce it, and answer")

    # What the steps are made of.

    def owner(self):
        self.story.wait(lambda: announcing.owner(self.site, self.address), f"one node has {self.address}", timeout=30)
        found = announcing.owner(self.site, self.address)
        if found is None:
            raise Failure(f"more than one node has {self.address}")
        return found

    def power_off(self, node):
        node.power_off()

    def load(self, address, happens):
        return ask_during(self.site, address, 80, happens, rate=200, after=2.0)

    def told(self, outage):
        self.story.command("naru-load --close --rate 200 ...", str(outage))

    def seen(self, address, pod):
        return pod in self.site.reached(self.site.client, address, 80, 20)
