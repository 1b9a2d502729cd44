"""wrk as a judge that runs while things change."""

import dataclasses
import re
import signal

from .process import Process


@dataclasses.dataclass
class Load:
    requests: int
    socket_errors: int  # connect, read, write, time-out
    non_2xx: int
    text: str

    @property
    def failed(self):
        return self.socket_errors + self.non_2xx


def parse(text):
    requests = re.search(r"(\d+) requests in", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    non_2xx = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Load(
        int(requests.group(1)) if requests else 0,
        sum(map(int, errors.groups())) if errors else 0,
        int(non_2xx.group(1)) if non_2xx else 0,
        text,
    )


class Wrk(Process):
    """Runs from its construction until finish()."""

    def __init__(self, url, log, connections=8, threads=1, close=False, longest=60, prefix=()):
        headers = ["-H", "Connection: close"] if close else []
        super().__init__(
            [*prefix, "wrk", f"-t{threads}", f"-c{connections}", f"-d{longest}s", "--timeout", "5s", *headers, url], log
        )

    def finish(self):
        self.signal(signal.SIGINT)  # it ends its run and reports
        self.wait()
        return parse(self.text())
