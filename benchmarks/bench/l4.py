"""TCP through each proxy: CPU time of the proxy per operation, throughput and latency."""

import json
import subprocess
from contextlib import ExitStack

from bench import manifests, servers
from bench.loads import CONNECTIONS, wrk
from bench.process import Failed, LOAD_CORE, accepts, busy_seconds, on_core, run_load
from bench.results import interleave

STREAMS = 8
GIB = 1 << 30


def url(address):
    return f"http://{address}:{servers.L4_PORT}/"


def stream(place, mode, address, seconds):
    argv = [place.program("naru-bench-client"), mode, address, str(servers.L4_PORT), str(STREAMS), str(seconds)]
    seen = json.loads(run_load(argv, seconds + 30))
    return {"operations": seen["bytes"] / GIB, "seconds": seen["seconds"], "errors": 0}


# case -> (what one operation is, how it is made)
LOADS = {
    "l4-small": ("request", lambda place, address, seconds: wrk(url(address), seconds)),
    "l4-new": ("connection", lambda place, address, seconds: wrk(url(address), seconds, "Connection: close")),
    "l4-bulk": ("GiB", lambda place, address, seconds: stream(place, "bulk", address, seconds)),
    "l4-upload": ("GiB", lambda place, address, seconds: stream(place, "upload", address, seconds)),
}


def measured(server, load):
    """The sample of `load()`, with the CPU time that `server` (None: there is none) and the machine spent on it."""
    cpu = server.cpu_seconds if server else lambda: 0.0
    split = server.cpu_split if server else lambda: (0.0, 0.0)
    busy, used, parts = busy_seconds(), cpu(), split()
    sample = load()
    used, after = cpu() - used, split()
    busy = busy_seconds() - busy
    if sample["operations"] == 0:
        raise Failed("no operation succeeded")
    per = 1e6 / sample["operations"]
    return sample | {
        "per_second": sample["operations"] / sample["seconds"], "cpu_seconds": used, "cpu_us": used * per,
        "cpu_user_us": (after[0] - parts[0]) * per, "cpu_system_us": (after[1] - parts[1]) * per, "machine_us": busy * per}


def naru_service(place):
    """One Service before the backend, where the other proxies have one line of configuration."""
    text = (manifests.service("web", servers.NARU_VIP) + "---\n" +
            manifests.endpoint_slice("web", [manifests.endpoint(servers.BACKEND[0])], servers.BACKEND[1]))
    return manifests.write_services(place.folder / "l4", {"web": text}, "files")


def start_naru(place, manifest):
    return servers.naru(place, manifest, lambda: accepts(servers.NARU_VIP, servers.L4_PORT))


def addresses(peers_only):
    return servers.L4_PEERS | ({} if peers_only else {"naru": servers.NARU_VIP})


def run_loads(cases, options, place, results, progress):
    with ExitStack() as stack:
        stack.enter_context(servers.backend(place))
        running = {name: stack.enter_context(servers.l4_peer(name, place)) for name in servers.L4_PEERS}
        if not options.peers_only:
            running["naru"] = stack.enter_context(start_naru(place, naru_service(place)))
        targets = {"direct": servers.BACKEND[0], **addresses(options.peers_only)}
        for case in cases:
            unit, load = LOADS[case]

            def one(name, load=load):
                return measured(running.get(name), lambda: load(place, targets[name], options.seconds))

            for name in () if options.quick else targets:
                load(place, targets[name], 0.3)  # warms caches and pools; not counted
            samples = interleave(list(targets), options.rounds, one, progress(case))
            results.add(case, samples, unit=unit, rounds=options.rounds, seconds=options.seconds,
                        connections=STREAMS if unit == "GiB" else CONNECTIONS)


def idle_memory(place, name, address, connections, manifest):
    """User-space memory that each of many idle connections holds, each of which has carried one request."""
    with (start_naru(place, manifest) if name == "naru" else servers.l4_peer(name, place)) as server:
        before = server.memory_kib()
        argv = [place.program("naru-bench-client"), "idle", address, str(servers.L4_PORT), str(connections)]
        client = subprocess.Popen(on_core(LOAD_CORE, argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if client.stdout.readline().strip() != "ready":
                raise Failed(f"{name}: could not hold {connections} connections")
            held = server.memory_kib() - before
        finally:
            client.communicate()
    return {"operations": connections, "bytes_per_connection": held * 1024 / connections, "before_kib": before}


def run_idle(options, place, results, progress):
    targets = addresses(options.peers_only)
    manifest = None if options.peers_only else naru_service(place)
    with servers.backend(place):
        samples = interleave(list(targets), options.rounds, lambda name: idle_memory(
            place, name, targets[name], options.connections, manifest), progress("l4-idle"))
    results.add("l4-idle", samples, unit="connection", rounds=options.rounds, connections=options.connections)
