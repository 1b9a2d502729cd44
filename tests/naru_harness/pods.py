"""Backends: naru-pod processes."""

import signal

from . import clients, manifests
from .process import Process
from .wait import until

PORT = 8080


class PodProcess(Process):
    """A real pod: it serves once the constructor returns."""

    def __init__(self, build, directory, name, address, version="v1", node=None, port=PORT, prefix=(), **options):
        self.name, self.address, self.version, self.node, self.port = name, address, version, node, port
        self.options = {"prefix": prefix, **options}
        arguments = ["--name", name, "--pod-version", version, "--address", address, "--port", port]
        for option, value in options.items():
            arguments += ["--" + option.replace("_", "-"), *([] if value is True else [value])]
        super().__init__([*prefix, build.pod, *arguments], directory / f"pod-{name}-{address}.log")
        until(lambda: "ready" in self.text() or not self.running, f"pod {name} listens")
        assert self.running, self.text()

    def endpoint(self, **conditions):
        return manifests.endpoint(self.address, self.node, **conditions)

    def manifest(self, labels, **options):
        return manifests.pod(self.name, self.address, labels, node=self.node, port=self.port, **options)

    def fetch(self, path="/", **options):
        return clients.fetch(self.address, self.port, path, **options)

    def freeze(self):
        """Neither dead nor alive: the kernel accepts, nobody answers."""
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)
