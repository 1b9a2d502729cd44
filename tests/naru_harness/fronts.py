"""What stands in front of the pods: naru here; its peers have the same shape."""

from . import manifests
from .wait import until

APP_PROTOCOLS = {"http1": "http", "h2": "kubernetes.io/h2c", "grpc": "grpc"}
PORT = 8080


class NaruFront:
    """A Service in naru. `speaks`: the protocol to the pods; "detect": naru is to see for itself; None: connections are
    balanced, not requests."""

    name = "naru"

    def __init__(self, lab, speaks="http1", policy=None, prefix=()):
        self.lab, self.port, self.prefix = lab, PORT, prefix
        port = {"name": "http", "port": PORT}
        if speaks == "detect":
            policy = {**(policy or {}), "protocol": "Detect"}
        elif speaks:
            port["appProtocol"] = APP_PROTOCOLS[speaks]
        lab.apply("web.yaml", manifests.service("web", ports=[port], clusterIP=lab.range.cluster_ip(20)))
        if policy:
            lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
        self.address = lab.range.cluster_ip(20)
        self.node = None

    def publish(self, pods, leaving):
        entries = [x.endpoint() for x in pods]
        entries += [x.endpoint(ready=False, serving=True, terminating=True) for x in leaving]
        self.lab.apply("web-endpoints.yaml", manifests.endpoint_slice("web", entries))

    def start(self):
        """Once the first pods are published."""
        self.node = self.lab.node(prefix=self.prefix)
        errors = self.node.errors()
        assert not errors, errors
        until(lambda: self.node.endpoint_addresses("web"), "naru has the pods")

    def stop(self):
        """The lab ends it."""
