"""DNS under load with every answer checked (benchmarks/dns_judge.cc), while its zone changes and naru comes and goes."""

import json
import subprocess

from . import manifests
from .node import DNS_PORT


class Judged:
    """A load on a lab's DNS that goes on by itself; `findings()` waits for its end."""

    def __init__(self, lab, rate, seconds, changes, bound_ms=1000, give_up_ms=5000, tcp=8, pin=None):
        command = [
            *(["taskset", "-c", pin] if pin else []), lab.build.directory / "naru-dns-judge", lab.range.dns, DNS_PORT,
            lab.range.cluster_ip(30), lab.manifests / "moving-endpoints.yaml", rate, seconds, changes, bound_ms, give_up_ms, tcp,
        ]
        self._limit = seconds + give_up_ms / 1000 + 30
        self._popen = subprocess.Popen([str(x) for x in command], stdout=subprocess.PIPE, text=True)

    @staticmethod
    def prepare(lab):
        """The Services that it asks for; before the node starts."""
        lab.apply("stable.yaml", manifests.service("stable", clusterIP=lab.range.cluster_ip(30)))
        lab.apply("moving.yaml", manifests.service("moving", clusterIP="None"))

    @property
    def running(self):
        return self._popen.poll() is None

    def findings(self):
        try:
            printed, _ = self._popen.communicate(timeout=self._limit)
        finally:
            self._popen.kill()
        assert self._popen.returncode == 0, printed
        return json.loads(printed)
