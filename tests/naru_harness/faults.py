"""What happens to nodes, while an outside client asks on."""

import dataclasses
import time

from .load import Load
from .outage import measure
from .wrk import Wrk


@dataclasses.dataclass(frozen=True)
class Fault:
    """`breaks` and `mends` are functions of who serves (see fronts_of_site.py) and the node that it happens to."""

    name: str
    breaks: object
    mends: object


def _unplug(front, node):
    front.site.segment.unplug(node.name)


def _plug(front, node):
    front.site.segment.plug(node.name)


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("killed", lambda front, node: front.kill(node), lambda front, node: front.start(node)),
        Fault("link down", _unplug, _plug),
        Fault("node gone", lambda front, node: front.power_off(node), lambda front, node: front.power_on(node)),
        Fault("orderly stop", lambda front, node: front.stop(node), lambda front, node: front.start(node)),
    )
}


def ask_during(site, address, port, happens, rate=500, before=0.3, after=1.5, wrk=0, **options):
    """Runs an open-loop load from the outside client, each request on a connection of its own, while `happens` does
    something; `wrk`: with so many connections of wrk's beside it, which are kept and ask as fast as they are answered.
    Returns the Outage and what naru-load says of itself (`late`: milliseconds by which it was held up itself), with what wrk
    saw as `wrk`."""
    options = {"close": True, "post_every": 0, "timeout": 1000, **options}
    beside = None
    if wrk:
        url, log = f"http://{address}:{port}/", site.directory / f"wrk-{time.monotonic_ns()}.log"
        beside = Wrk(url, log, connections=wrk, prefix=site.client.prefix)
    load = Load(site.build, site.directory, address, port, prefix=site.client.prefix, rate=rate, **options)
    try:
        time.sleep(before)
        fault = time.time() * 1000
        happens()
        time.sleep(after)
        end = time.time() * 1000
        requests, sums = load.finish()
        sums["wrk"] = beside.finish() if beside else None
    finally:
        load.kill()
        if beside:
            beside.kill()
    return measure(requests, fault, end), sums
