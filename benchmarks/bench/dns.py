"""DNS: CPU time of the server per query when it is saturated, for each kind of answer, over the same names."""

import json
import random
import re
from contextlib import ExitStack

from bench import dnswire, manifests, servers
from bench.l4 import measured
from bench.process import Failed, run_load
from bench.results import interleave

QUERIES = 50_000
SOCKETS, IN_FLIGHT = 8, 256

# case -> (record type, EDNS, prefix of the name, answer code, records in an answer)
KINDS = {
    "dns-hit": ("A", False, "", 0, 1),
    "dns-nxdomain": ("A", False, "no-", 3, 0),
    "dns-nodata": ("AAAA", False, "", 0, 0),
    "dns-edns": ("A", True, "", 0, 1),
}
# dnsperf costs more per query than the servers: it cannot saturate them from one core, and stands beside as a cross-check.
DNSPERF = {"dns-dnsperf": "udp", "dns-tcp": "tcp"}


def write_queries(place, count):
    chooser = random.Random(1)  # the same queries in every run
    names = [manifests.dns_name(manifests.service_name(n)) for n in chooser.choices(range(count), k=QUERIES)]
    for case, (kind, edns, prefix, _, _) in KINDS.items():
        dnswire.write_queries(place.folder / f"{case}.queries", [dnswire.query(prefix + n, kind, edns) for n in names])
    (place.folder / "dnsperf.queries").write_text("".join(f"{name} A\n" for name in names))


def saturate(place, case, address, seconds):
    argv = [place.program("naru-bench-dns"), address, str(servers.DNS_PORT), str(place.folder / f"{case}.queries"),
            str(SOCKETS), str(IN_FLIGHT), str(seconds)]
    seen = json.loads(run_load(argv, seconds + 30))
    _, _, _, code, records = KINDS[case]
    answered = seen["answered"]
    right = seen["rcode"].get(str(code), 0)
    if right != answered or seen["records"] != records * answered:
        raise Failed(f"{case} at {address}: not the answers asked for: {seen}")
    return {"operations": answered, "seconds": seen["seconds"], "errors": seen["lost"], "p50_us": seen["p50_us"],
            "p99_us": seen["p99_us"]}


def dnsperf(place, case, address, seconds):
    argv = ["dnsperf", "-m", DNSPERF[case], "-s", address, "-p", str(servers.DNS_PORT), "-d",
            str(place.folder / "dnsperf.queries"), "-c", str(SOCKETS), "-T1", "-q", str(IN_FLIGHT), "-l",
            str(max(1, round(seconds)))]
    printed = run_load(argv, seconds + 30)

    def number(label):
        return float(re.search(rf"{label}:?\s+([0-9.]+)", printed)[1])
    return {"operations": int(number("Queries completed")), "seconds": number(r"Run time \(s\)"),
            "errors": int(number("Queries lost")), "mean_us": number(r"Average Latency \(s\)") * 1e6}


def start_all(options, place, stack):
    count = options.services
    (place.folder / "nsd.zone").write_text(manifests.nsd_zone(count))
    (place.folder / "unbound.zone").write_text(manifests.unbound_zone(count))
    running = {name: stack.enter_context(servers.dns_peer(name, place)) for name in servers.DNS_PEERS}
    if not options.peers_only:
        folder = manifests.write_services(place.folder / "dns", manifests.dns_services(count), "one")
        running["naru"] = stack.enter_context(
            servers.naru(place, folder, lambda: servers.answers_dns(servers.NARU_DNS, servers.DNS_PORT)))
    return running


def run(cases, options, place, results, progress):
    write_queries(place, options.services)
    targets = servers.DNS_PEERS | ({} if options.peers_only else {"naru": servers.NARU_DNS})
    # All kinds in each round, since a target compares one kind with another.
    pairs = [(case, name) for case in cases for name in targets]
    with ExitStack() as stack:
        running = start_all(options, place, stack)

        def one(pair, seconds=options.seconds):
            case, name = pair
            load = dnsperf if case in DNSPERF else saturate
            return measured(running[name], lambda: load(place, case, targets[name], seconds))

        for pair in () if options.quick else pairs:
            one(pair, 0.3)
        samples = interleave(pairs, options.rounds, one, progress("dns"))
    for case in cases:
        of_case = {name: samples[case, name] for name in targets}
        results.add(case, of_case, unit="query", rounds=options.rounds, seconds=options.seconds, names=options.services,
                    sockets=SOCKETS, in_flight=IN_FLIGHT)
