"""The story itself, step by step. Each step shows real calls and asserts what it claims."""

import time

import manifests
from clients import Load, LoadWithIds

NAME = "web.shop.svc.cluster.local"
# Two of the three nodes have pods; the third has none and serves all the same.
PLACES = ["w1-k8s", "w1-k8s", "w1-k8s", "w2-k8s", "w2-k8s"]


class Steps:
    def __init__(self, cluster, clients, story):
        self.cluster, self.clients, self.story = cluster, clients, story

    def all(self):
        return [
            self.three_nodes_five_pods,
            self.cluster_ip_by_name,
            self.headless_and_external_name,
            self.node_port_on_every_node,
            self.port_conflict,
            self.load_balancer_address,
            self.pod_killed_under_load,
            self.pod_comes_back_elsewhere,
            self.rolling_update_under_load,
        ]

    def three_nodes_five_pods(self):
        """Three nodes, five pods, one Service of each type"""
        cluster, story = self.cluster, self.story
        story.tell("""Five small web servers play the pods of a Deployment, each with its own address, on two of three
            nodes. On each node runs one naru. All of them read the same YAML: plain Kubernetes and MetalLB objects.""")
        cluster.write("nodes.yaml", manifests.nodes())
        cluster.write("services.yaml", manifests.services(cluster.port))
        cluster.pods = [cluster.start_pod(f"web-{i}", node, "v1") for i, node in enumerate(PLACES, 1)]
        cluster.write_pods()
        for node in manifests.NODES:
            cluster.start_node(node)
        for node in manifests.NODES:
            story.wait(lambda: cluster.ready(node), f"naru serves on {node}")
        story.command(*cluster.naru("get", "nodes")[:2])
        story.command(*cluster.naru("get", "services", "-n", "shop")[:2])
        story.check(cluster.in_force(), "five pods are in force on all three nodes")

    def cluster_ip_by_name(self):
        """ClusterIP: one name, one address, five pods behind it"""
        vip = self.cluster.service("web")["spec"]["clusterIP"]
        found = self.clients.dig(NAME)
        self.story.check(found == [vip], f"the name {NAME} is the cluster IP {vip}")
        answers = [self.clients.curl_by_name(NAME) for _ in range(3)]
        self.story.check(all("pod web-" in x for x in answers), "a client that knows only the name gets its answers")
        seen = {x.split()[0] for x in self.clients.pods_seen(vip, requests=60)}
        self.story.check(seen == {f"web-{i}" for i in range(1, 6)}, "60 more requests reached all five pods")

    def headless_and_external_name(self):
        """Headless and ExternalName: answered by DNS alone"""
        pods = self.clients.dig("web-pods.shop.svc.cluster.local")
        self.story.check(sorted(pods) == sorted(x.address for x in self.cluster.pods), "headless: the pods themselves")
        target = self.clients.dig("shop-front.shop.svc.cluster.local")
        self.story.check(target[:1] == [f"{NAME}."], "ExternalName: another name, and where that leads")

    def node_port_on_every_node(self):
        """NodePort: every node answers, also the one without a pod"""
        for node, address in manifests.NODES.items():
            count = PLACES.count(node)
            self.story.tell(f"{node} has {count} pods of its own:")
            answer = self.clients.curl(address, manifests.NODE_PORT)
            self.story.check("pod web-" in answer, f"port {manifests.NODE_PORT} of {node} answers")

    def port_conflict(self):
        """A node port that is taken is an error, and hurts nobody"""
        cluster, story = self.cluster, self.story
        story.tell(f"Somebody adds a Service `greedy` that asks for node port {manifests.NODE_PORT} too:")
        cluster.write("zz-greedy.yaml", manifests.conflict(cluster.port))
        _, said, code = cluster.naru("check", "-f", str(cluster.files))
        story.command("naru check -f manifests/", said.replace(f"{cluster.files}/", "manifests/"))
        wanted = "provided port is already allocated (by Service shop/web-nodeport)"
        story.check(code == 1 and wanted in said, "the message names the file, the line and who has the port")
        story.wait(lambda: wanted in cluster.naru("get", "services")[1], "the running naru reports it")
        answer = self.clients.curl(manifests.NODES["w3-k8s"], manifests.NODE_PORT)
        story.check("pod web-" in answer, "the Service that has the port is served as before")
        (cluster.files / "zz-greedy.yaml").unlink()
        story.wait(lambda: wanted not in cluster.naru("get", "services")[1], "the fault is gone with the file")

    def load_balancer_address(self):
        """LoadBalancer: an address from the pool, as in front of any cluster"""
        ingress = self.cluster.service("web-public")["status"]["loadBalancer"].get("ingress", [])
        self.story.check(bool(ingress), "naru gave the Service an address of the IPAddressPool `public`")
        answer = self.clients.curl(ingress[0]["ip"])
        self.story.check("pod web-" in answer, f"{ingress[0]['ip']} answers")

    def pod_killed_under_load(self):
        """A pod is killed under load, and nobody is told"""
        cluster, story = self.cluster, self.story
        vip = cluster.service("web")["spec"]["clusterIP"]
        victim = cluster.pods[1]
        story.tell(f"""wrk opens a new connection for every request. After a second, `kill -9` ends {victim.name}; the
            YAML goes on naming it. naru finds out by itself, and sends what hits the dead pod to a live one.""")
        close = ("-H", "Connection: close")
        load = Load(story, self.clients.url(vip), *close, shown="-H 'Connection: close' ")
        try:
            self._watch(1.0, "load on five pods")
            victim.process.kill()
            victim.process.wait()
            self._watch(2.0, f"load, with {victim.name} dead")
            requests, failed = load.finish()
        finally:
            load.close()
        story.check(requests > 100 and failed == 0, f"{requests} requests, {failed} failed")

    def pod_comes_back_elsewhere(self):
        """The pod comes back: another address, the same name"""
        cluster, story = self.cluster, self.story
        vip = cluster.service("web")["spec"]["clusterIP"]
        old = cluster.pods[1]
        new = cluster.pods[1] = cluster.start_pod(old.name, "w2-k8s", "v1")
        cluster.write_pods()
        story.wait(cluster.in_force, "the new address is in force on all nodes")
        story.tell(f"{old.name} was {old.address} on {old.node}; now it is {new.address} on {new.node}.")
        story.check(self.clients.dig(NAME) == [vip], "clients use the same name and the same address as before")
        wanted = f"{new.name} v1 {new.address}:{manifests.POD_PORT}"
        seen = self.clients.pods_seen(vip, requests=60)
        story.check(wanted in seen and len(seen) == 5, f"requests reach {new.name} at {new.address}")

    def rolling_update_under_load(self):
        """A rolling update of all five pods, v1 to v2, request by request"""
        cluster, story = self.cluster, self.story
        vip = cluster.service("web")["spec"]["clusterIP"]
        story.tell("""The Service says `appProtocol: http`, so naru sees requests, not connections. 500 of them a second, a
            third of them POSTs, on connections that are kept; each has an id. For each pod: a new one starts, the old one
            is marked as terminating and gets its SIGTERM at the same moment, finishes what it has, and goes. Every pod writes
            down the id of each request before it does anything for it.""")
        load = LoadWithIds(story, cluster, vip)
        try:
            self._watch(0.5, "load on v1")
            for old in list(cluster.pods):
                self._replace(old)
            self._watch(0.5, "load on v2")
            verdict = load.finish()
        finally:
            load.close()
        story.command(f"tail -n 4 {cluster.ledger.name}", load.ledger_lines(4))
        story.check(verdict.requests > 100 and not verdict.failed, f"{verdict.requests} requests, {len(verdict.failed)} failed")
        once = not (verdict.doubled or verdict.unanswered or verdict.unaccounted)
        story.check(once, f"by the pods' ledger no POST was processed twice; {verdict.repeated} GETs were asked again")
        versions = {x.split()[1] for x in self.clients.pods_seen(vip)}
        story.check(versions == {"v2"}, "every answer comes from v2 now")

    def _replace(self, old):
        """As a Deployment does it: the successor is another pod, with a name and an address of its own."""
        cluster, story = self.cluster, self.story
        new = cluster.start_pod(f"web-{cluster.addresses + 1}", old.node, "v2")
        old.deleting = True
        cluster.pods.insert(cluster.pods.index(old), new)
        cluster.write_pods()
        old.process.terminate()
        story.wait(lambda: old.process.poll() is not None, f"{old.name} finishes its work")
        story.check(old.process.returncode == 0, f"{old.name} v1 at {old.address} -> {new.name} v2 at {new.address}")
        cluster.pods.remove(old)
        cluster.write_pods()
        story.wait(cluster.in_force, f"{new.name} is in, {old.name} is out")

    def _watch(self, seconds, what):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.story.moving(f"{what} ({end - time.monotonic():.1f} s)")
            time.sleep(0.05)
        self.story.still()
