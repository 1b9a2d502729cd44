"""DNS: CPU time of the server per query when it is saturated, for each kind of answer, over the same names."""

import json
import random
import re
from contextlib import ExitStack

from bench import dnswire, manifests, servers
from bench.l4 import measured
from bench.process import SERVER_CORE, Failed, run_load
from bench.results import interleave

QUERIES = 50_000
SOCKETS, IN_FLIGHT = 8, 256

# case -> (record type, EDNS, prefix of the name, answer code, records in an answer)
KINDS = {
    "dns-hit": ("A", False, "", 0, 1),
    "dns-nxdomain": ("A", False, "no-", 3, 0),
    "dns-nodata": ("AAAA", False, "", 0, 0),
    "dns-edns": ("A", True, "", 0, 1),
    "dns-forwarded": ("A", False, "", 0, 1),
    "dns-two-workers": ("A", False, "", 0, 1),
}
# Names of NSD's zone that is not the cluster's; whoever keeps answers of others is asked.
FORWARDED, FORWARDERS = "dns-forwarded", ("unbound", "dnsdist", "naru")
# All have two workers, and both cores, which they share with the load.
TWO_WORKERS = "dns-two-workers"
# dnsperf costs more per query than the servers: it cannot saturate them from one core, and stands beside as a cross-check.
DNSPERF = {"dns-dnsperf": "udp", "dns-tcp": "tcp"}


def write_queries(place, count):
    chooser = random.Random(1)  # the same queries in every run
    services = [manifests.service_name(n) for n in chooser.choices(range(count), k=QUERIES)]
    names = [manifests.dns_name(service) for service in services]
    outside = [f"{service}.{manifests.OUTSIDE}" for service in services]
    for case, (kind, edns, prefix, _, _) in KINDS.items():
        asked = outside if case == FORWARDED else names
        dnswire.write_queries(place.folder / f"{case}.queries", [dnswire.query(prefix + n, kind, edns) for n in asked])
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


def start_all(options, place, stack, workers):
    count = options.services
    core = SERVER_CORE if workers == 1 else None
    (place.folder / "nsd.zone").write_text(manifests.nsd_zone(count))
    (place.folder / "outside.zone").write_text(manifests.outside_zone(count))
    (place.folder / "unbound.zone").write_text(manifests.unbound_zone(count))
    running = {name: stack.enter_context(servers.dns_peer(name, place, workers, core)) for name in servers.DNS_PEERS}
    if not options.peers_only:
        folder = manifests.write_services(place.folder / f"dns-{workers}", manifests.dns_services(count), "one")
        running["naru"] = stack.enter_context(
            servers.naru(place, folder, lambda: servers.answers_dns(servers.NARU_DNS, servers.DNS_PORT), core,
                         template="naru-dns.yaml", workers=workers))
    return running


def run(cases, options, place, results, progress):
    write_queries(place, options.services)
    for workers, of_these in ((1, [c for c in cases if c != TWO_WORKERS]), (2, [c for c in cases if c == TWO_WORKERS])):
        if of_these:
            run_with(workers, of_these, options, place, results, progress)


def run_with(workers, cases, options, place, results, progress):
    targets = servers.DNS_PEERS | ({} if options.peers_only else {"naru": servers.NARU_DNS})
    # All kinds in each round, since a target compares one kind with another.
    pairs = [(case, name) for case in cases for name in targets if case != FORWARDED or name in FORWARDERS]
    with ExitStack() as stack:
        running = start_all(options, place, stack, workers)

        def one(pair, seconds=options.seconds):
            case, name = pair
            load = dnsperf if case in DNSPERF else saturate
            return measured(running[name], lambda: load(place, case, targets[name], seconds))

        # Caches are filled too.
        for pair in () if options.quick else pairs:
            one(pair, 1.5 if pair[0] == FORWARDED else 0.3)
        samples = interleave(pairs, options.rounds, one, progress("dns"))
    for case in cases:
        of_case = {name: samples[case, name] for name in targets if (case, name) in samples}
        results.add(case, of_case, unit="query", rounds=options.rounds, seconds=options.seconds, names=options.services,
                    sockets=SOCKETS, in_flight=IN_FLIGHT, workers=workers)
