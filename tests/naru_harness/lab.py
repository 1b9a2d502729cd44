"""A small site: a directory of manifests, pods, and the naru of one or more nodes."""

import pathlib
import shutil
import tempfile

from . import clients, dns
from .loopback import LoopbackRange
from .manifest_directory import ManifestDirectory
from .node import DNS_PORT, NaruNode
from .pods import PodProcess
from .wait import until
from .wrk import Wrk


class Lab(ManifestDirectory):
    def __init__(self, build, quiet=False):
        self.build, self.quiet = build, quiet
        self.range = LoopbackRange()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="naru-lab-"))
        self.directory.chmod(0o755)
        self.manifests = self.directory / "manifests"
        self.manifests.mkdir()
        self.state = self.directory / "state"  # shared by the nodes: they are of one host
        self.nodes, self.pods, self.loads = [], [], []

    # Things that run.

    def node(self, name="w1", address=None, start=True, **options):
        """One more node, and starts it."""
        node = NaruNode(self, name, address or self.range.node(len(self.nodes) + 1), **options)
        self.nodes.append(node)
        return node.start() if start else node

    def pod(self, name, version="v1", node=None, **options):
        """Starts one more pod, on an address that no pod of this lab has had."""
        address = self.range.pod(len(self.pods) + 1)
        pod = PodProcess(self.build, self.directory, name, address, version=version, node=node, **options)
        self.pods.append(pod)
        return pod

    def revive(self, pod):
        """The same pod at the same address, after it was killed."""
        again = PodProcess(
            self.build, self.directory, pod.name, pod.address, version=pod.version, node=pod.node, **pod.options
        )
        self.pods.append(again)
        return again

    def deployment(self, name, replicas, **options):
        return [self.pod(f"{name}-{number}", **options) for number in range(1, replicas + 1)]

    def wrk(self, url, **options):
        load = Wrk(url, self.directory / f"wrk-{len(self.loads)}.log", **options)
        self.loads.append(load)
        return load

    def naru_defaults(self):
        """What the configuration of every node has."""
        upstreams = [f"{self.range.address(250, 1)}:53"]
        return {
            "serviceCIDRs": [self.range.service_cidr],
            "workers": 2,
            "dns": {"listen": [f"{self.range.dns}:{DNS_PORT}"], "upstreams": upstreams},
        }

    # Things that are asked.

    def dig(self, name, kind="A", *options, **more):
        return dns.dig(self.range.dns, DNS_PORT, name, kind, *options, **more)

    def reached(self, address, port, requests=40):
        """The pods that answer on an address; every request must be answered."""
        done = clients.flood(address, port, requests)
        assert not done.failures, done.failures[:5]
        return done.pods

    def until_reached(self, address, port, pods, **options):
        """Waits until exactly these pods answer there."""
        wanted = {x if isinstance(x, str) else x.name for x in pods}
        until(lambda: self.reached(address, port) == wanted, f"{address}:{port} is answered by {wanted}", **options)

    def until_refused(self, address, port, **options):
        until(lambda: clients.refused(address, port), f"{address}:{port} is refused", **options)

    # The end.

    def close(self):
        """Ends everything, and asserts what must be true at the end of every test."""
        faults = []
        for load in self.loads:
            load.kill()
        for node in self.nodes:
            faults += node.end()
            for process in node.former:
                process.kill()
        for pod in self.pods:
            pod.kill()
        self._tell()
        self.range.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        assert not faults, "\n".join(faults)

    def _tell(self):
        """pytest shows this if the test failed."""
        if self.quiet:
            return
        for log in sorted(self.directory.rglob("*.log")):
            text = log.read_text(errors="replace")
            print(f"---- {log.relative_to(self.directory)} ----\n{text[-6000:]}")
