"""What one change costs DNS, by the number of names beside it: naru's own zone, without sockets."""

import json

from bench.process import SERVER_CORE, run_load
from bench.results import interleave

# contender -> (names, endpoints of the Service that changes)
SIZES = {"1,000 names": (1_000, 10), "100,000 names": (100_000, 10), "100,000 names, 1,000 endpoints": (100_000, 1_000)}


def run(options, place, results, progress):
    def one(name):
        names, endpoints = SIZES[name]
        argv = [place.program("naru-bench-zone"), str(names), str(endpoints), str(options.changes)]
        seen = json.loads(run_load(argv, 120, SERVER_CORE))
        return {"operations": seen["changes"], "change_us": seen["control_us"] + seen["worker_us"], **seen}
    samples = interleave(list(SIZES), options.rounds, one, progress("dns-change"))
    results.add("dns-change", samples, unit="change", rounds=options.rounds, changes=options.changes)
