"""The memory of a naru that serves one application: ten Services, one worker, no state directory."""

import os
import time

from bench import control, manifests, servers
from bench.process import LOAD_CORE
from bench.results import interleave

SERVICES, REQUESTS = 10, 1000


def documents(options):
    plain = {manifests.service_name(i): manifests.one_service(i, options.endpoints) for i in range(SERVICES - 1)}
    return plain | {control.WATCHED_TCP: control.watched_tcp(control.PLACES[0])}


def some_traffic():
    """As a quiet application has it: connections one after another, and names asked for."""
    for number in range(REQUESTS):
        if control.answering_address() is None:
            return False
        name = manifests.dns_name(manifests.service_name(number % (SERVICES - 1)))
        if not servers.answers_dns(servers.NARU_DNS, servers.DNS_PORT, name):
            return False
    return True


def figures(server, settle):
    time.sleep(settle)
    return {"resident_mib": server.memory_kib("VmRSS") / 1024, "own_mib": server.memory_kib("RssAnon") / 1024}


def measure(place, folder, used, options):
    with servers.naru(place, folder, control.healthy, template="naru-sidecar.yaml") as server:
        if used:
            server.wait_for(some_traffic, 60, "serving")
        return {"operations": 1, **figures(server, options.settle)}


def run(options, place, results, progress):
    folder = manifests.write_services(place.folder / "sidecar", documents(options), "files")
    os.sched_setaffinity(0, {LOAD_CORE})
    with servers.backend(place, (control.PLACES[0], 8080)):
        samples = interleave(["naru at rest", "naru after use"], options.rounds,
                             lambda name: measure(place, folder, name.endswith("use"), options),
                             progress("sidecar-memory"))
    results.add("sidecar-memory", samples, unit="start", rounds=options.rounds, services=SERVICES,
                endpoints=options.endpoints, workers=1, requests=REQUESTS)
