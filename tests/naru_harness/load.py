"""naru-load as a client that runs while things change."""

import json
import signal

from . import oracle
from .process import Process


class Load(Process):
    """Asks from its construction until finish()."""

    def __init__(self, build, directory, address, port, protocol="http1", rate=300, prefix=(), longest=600, **options):
        self.out = directory / f"load-{address}-{port}-{protocol}.json"
        words = ["--address", address, "--port", port, "--protocol", protocol, "--rate", rate, "--seconds", longest]
        for option, value in options.items():
            words += ["--" + option.replace("_", "-"), *([] if value is True else [value])]
        super().__init__([*prefix, build.load, *words, "--out", self.out], directory / f"{self.out.stem}.log")

    def finish(self):
        """(what became of each request, naru-load's own sums)"""
        if self.running:
            self.signal(signal.SIGINT)
        assert self.wait() == 0, self.text()
        return oracle.read_requests(self.out), json.loads(self.text().splitlines()[-1])
