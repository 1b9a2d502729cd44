"""What naru has to reach, and how each is read from the results."""

import statistics
from dataclasses import dataclass
from typing import Callable, Optional

RELAYED = ("haproxy-64k", "nginx-64k")
HAPROXIES = ("haproxy", "haproxy-64k", "haproxy-splice")


@dataclass(frozen=True)
class Verdict:
    what: str
    measured: str
    unit: str
    must: float
    stretch: float
    value: float

    @property
    def word(self):
        if self.value <= self.stretch:
            return "met, stretch too"
        return "met" if self.value <= self.must else "**missed**"


def median(cases, case, contender, number):
    try:
        return cases[case]["contenders"][contender]["median"][number]
    except KeyError:
        return None


def percentile(cases, case, contender, number, share):
    try:
        values = sorted(s[number] for s in cases[case]["contenders"][contender]["samples"])
    except KeyError:
        return None
    return values[min(len(values) - 1, int(share * len(values)))]


def ratio(case, peers, other_case=None):
    """naru's CPU time per operation over the best of the peers' (or of naru's own in another case)."""
    def value(cases):
        own = median(cases, case, "naru", "cpu_us")
        theirs = [median(cases, other_case or case, peer, "cpu_us") for peer in peers]
        theirs = [t for t in theirs if t]
        return own / min(theirs) if own is not None and theirs else None
    return value


def plain(case, contender, number, scale=1.0):
    def value(cases):
        found = median(cases, case, contender, number)
        return None if found is None else found * scale
    return value


def growth(cases, case, large, small, what):
    """How much more it is where there is more beside it."""
    ends = [median(cases, case, name, what) for name in (large, small)]
    return ends[0] / ends[1] if all(ends) else None


def change(layout):
    """The slower of the two ways in which a client sees the change."""
    def value(cases):
        seen = [percentile(cases, "control-change", f"naru {layout} {way}", "latency_ms", 0.99) for way in ("tcp", "dns")]
        return max(seen) if None not in seen else None
    return value


@dataclass(frozen=True)
class Target:
    what: str
    unit: str  # "x": a ratio
    must: float
    stretch: float
    value: Callable[[dict], Optional[float]]


TARGETS = [
    Target("TCP, small requests on kept connections: CPU, against HAProxy", "x", 1.00, 0.90, ratio("l4-small", ["haproxy"])),
    Target("TCP, a new connection each: CPU, against HAProxy", "x", 1.00, 0.90, ratio("l4-new", ["haproxy"])),
    Target("TCP, bulk: CPU per GiB, against HAProxy's defaults", "x", 0.35, 0.20, ratio("l4-bulk", ["haproxy"])),
    Target("TCP, bulk: CPU per GiB, against the better of HAProxy and nginx with 64 KiB buffers", "x", 0.60, 0.40,
           ratio("l4-bulk", RELAYED)),
    Target("memory per idle proxied connection, user space", "KiB", 16, 2,
           plain("l4-idle", "naru", "bytes_per_connection", 1 / 1024)),
    Target("HTTP/1.1, small requests: CPU, against the better of HAProxy and nginx", "x", 0.90, 0.80,
           ratio("http-small", ["haproxy", "nginx"])),
    Target("HTTP/1.1, POST of 4 KiB: CPU, against the better of HAProxy and nginx", "x", 0.90, 0.80,
           ratio("http-post", ["haproxy", "nginx"])),
    Target("HTTP/1.1, answers of 1 MiB: CPU, against HAProxy's defaults", "x", 0.70, 0.55, ratio("http-1m", ["haproxy"])),
    Target("HTTP/1.1, answers of 1 MiB: CPU, against the best of HAProxy's settings", "x", 0.70, 0.55,
           ratio("http-1m", HAPROXIES)),
    Target("HTTP/2 to HTTP/2, many streams: CPU, against nghttpx", "x", 0.75, 0.40, ratio("h2-h2", ["nghttpx"])),
    Target("HTTP/2 to HTTP/1.1, many streams: CPU, against nghttpx", "x", 0.90, 0.75, ratio("h2-h1", ["nghttpx"])),
    Target("DNS, A record: CPU, against NSD", "x", 1.05, 0.95, ratio("dns-hit", ["nsd"])),
    Target("DNS, NXDOMAIN: CPU, against naru's own A record", "x", 1.10, 1.03, ratio("dns-nxdomain", ["naru"], "dns-hit")),
    Target("DNS, no data: CPU, against naru's own A record", "x", 1.10, 1.03, ratio("dns-nodata", ["naru"], "dns-hit")),
    Target("DNS, EDNS: CPU, against naru's own A record", "x", 1.10, 1.03, ratio("dns-edns", ["naru"], "dns-hit")),
    Target("DNS, forwarded and kept: CPU, against the better of dnsdist and unbound", "x", 1.05, 0.95,
           ratio("dns-forwarded", ["dnsdist", "unbound"])),
    Target("DNS, A record, two workers: CPU, against NSD", "x", 1.05, 0.95, ratio("dns-two-workers", ["nsd"])),
    Target("DNS, one endpoint's change among 100,000 names, against the same among 1,000", "x", 2.0, 1.2,
           lambda cases: growth(cases, "dns-change", "100,000 names", "1,000 names", "change_us")),
    Target("full load from YAML, a file per Service", "s", 5, 1, plain("control-load", "naru files", "ready_seconds")),
    Target("full load from YAML, all in one file", "s", 5, 1, plain("control-load", "naru one", "ready_seconds")),
    Target("resident memory at that size, idle", "MiB", 300, 100, plain("control-load", "naru files", "resident_mib")),
    Target("resident memory of a sidecar with 10 Services", "MiB", 15, 10,
           plain("sidecar-memory", "naru at rest", "resident_mib")),
    Target("one endpoint's change seen by clients, p99, a file per Service", "ms", 10, 1, change("files")),
    Target("one endpoint's change seen by clients, p99, all in one file", "ms", 10, 1, change("one")),
]


def verdicts(cases):
    """One for each target whose cases were measured."""
    for target in TARGETS:
        value = target.value(cases)
        if value is not None:
            shown = f"{value:.2f}" if target.unit == "x" else f"{value:.3g} {target.unit}"
            yield Verdict(target.what, shown, target.unit, target.must, target.stretch, value)


def spread(samples, number):
    """(lowest, highest) over the rounds."""
    values = [s[number] for s in samples if number in s]
    return (min(values), max(values)) if values else (statistics.nan, statistics.nan)
