"""The control plane at size: start to ready, memory, and one endpoint's change until clients see it."""

import os
import random
import re
import socket
import time
import urllib.request
from contextlib import ExitStack

from bench import dnswire, manifests, servers
from bench.process import LOAD_CORE, Failed
from bench.results import interleave

LAYOUTS = ("files", "one")  # a file per Service; all in one file
PLACES = ("127.77.3.1", "127.77.3.2")  # where the watched endpoint moves between
WATCHED_TCP, WATCHED_DNS = "w-tcp", "w-dns"
WHOAMI = b"GET /whoami HTTP/1.1\r\nHost: bench\r\n\r\n"


def watched_tcp(address):
    """One endpoint is ready, so that every request shows where it is; the others stand beside it, not ready."""
    others = [manifests.endpoint(f"127.77.5.{i}", ready=False) for i in range(1, 10)]
    return (manifests.service(WATCHED_TCP, servers.NARU_VIP) + "---\n" +
            manifests.endpoint_slice(WATCHED_TCP, [manifests.endpoint(address), *others]))


def watched_dns(address):
    others = [manifests.endpoint(f"127.77.5.{i}") for i in range(1, 10)]
    return (manifests.service(WATCHED_DNS, "None") + "---\n" +
            manifests.endpoint_slice(WATCHED_DNS, [manifests.endpoint(address), *others]))


WATCHED = {WATCHED_TCP: watched_tcp, WATCHED_DNS: watched_dns}


def documents(options):
    plain = {manifests.service_name(i): manifests.one_service(i, options.endpoints) for i in range(options.services)}
    return plain | {name: text(PLACES[0]) for name, text in WATCHED.items()}


def answering_address():
    """The address of the endpoint that answers a new connection to the watched Service now, or None."""
    try:
        with socket.create_connection((servers.NARU_VIP, servers.L4_PORT), timeout=1) as client:
            client.sendall(WHOAMI)
            return client.recv(4096).rsplit(b"\r\n", 1)[-1].decode()
    except OSError:
        return None


def resolves_to(address):
    """Whether the watched headless Service's name has `address` among its records now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        try:
            client.connect((servers.NARU_DNS, servers.DNS_PORT))
            client.send(dnswire.query(manifests.dns_name(WATCHED_DNS)))
            return socket.inet_aton(address) in client.recv(4096)
        except OSError:
            return False


SEEN = {WATCHED_TCP: lambda address: answering_address() == address, WATCHED_DNS: resolves_to}


def http_get(address, path):
    with urllib.request.urlopen("http://%s:%d%s" % (*address, path), timeout=2) as reply:
        return reply.read().decode()


def healthy():
    try:
        http_get(servers.NARU_HEALTH, "/healthz")
        return True
    except OSError:
        return False


def start_and_time(place, folder, options, timeout=300):
    """Starts naru; returns it with the seconds until it was healthy, answered for the last Service by name, and relayed."""
    # The last Service comes last in the one file, and has most before it in any order that sorts by name.
    last = manifests.service_name(options.services - 1)
    checks = {"healthy": healthy, "relays": lambda: answering_address() is not None,
              "resolves": lambda: servers.answers_dns(servers.NARU_DNS, servers.DNS_PORT, manifests.dns_name(last))}
    began, times = time.perf_counter(), {}
    server = servers.naru(place, folder, None, core=None, wait=False)

    def all_hold():
        for name in [n for n in checks if n not in times]:
            if checks[name]():
                times[name] = time.perf_counter() - began
        return len(times) == len(checks)
    try:
        server.wait_for(all_hold, timeout, "serving", interval=0.002)
    except BaseException:
        server.stop()
        raise
    return server, times


def fresh_state(place):
    for path in sorted((place.folder / "state").rglob("*"), reverse=True):
        path.unlink()


def load_once(place, folder, options):
    fresh_state(place)
    server, times = start_and_time(place, folder, options)
    with server:
        cpu = server.cpu_seconds()
        time.sleep(options.settle)
        return {"operations": 1, "ready_seconds": max(times.values()), "cpu_seconds": cpu,
                **{f"{name}_seconds": at for name, at in times.items()},
                "resident_mib": server.memory_kib("VmRSS") / 1024, "peak_mib": server.memory_kib("VmHWM") / 1024}


def run_load(options, place, results, progress):
    folders = {f"naru {layout}": manifests.write_services(place.folder / f"load-{layout}", documents(options), layout)
               for layout in LAYOUTS}
    with servers.backend(place, (PLACES[0], 8080)):
        samples = interleave(list(folders), options.rounds, lambda name: load_once(place, folders[name], options),
                             progress("control-load"))
    results.add("control-load", samples, unit="start", rounds=options.rounds, services=options.services,
                endpoints=options.endpoints, workers=1)


class Editor:
    """Moves the watched endpoint: writes the changed file beside, then renames it into place."""

    def __init__(self, folder, layout):
        self.path = {name: folder / ("all.yaml" if layout == "one" else f"{name}.yaml") for name in WATCHED}
        self.text = {path: path.read_text() for path in set(self.path.values())}
        self.at = dict.fromkeys(WATCHED, PLACES[0])
        self.beside = folder.with_name(folder.name + "-edit")
        self.replaced = None

    def move(self, name):
        """Returns (when it was complete: just before rename(2), where the endpoint is now)."""
        old, new = self.at[name], PLACES[1 - PLACES.index(self.at[name])]
        path, watched = self.path[name], WATCHED[name]
        self.text[path] = self.text[path].replace(watched(old), watched(new))
        self.at[name] = new
        self.beside.write_text(self.text[path])
        # Held open until the next move, so that rename does not wait for the old file's blocks to be freed.
        self.replaced = path.open()
        complete = time.perf_counter()
        os.rename(self.beside, path)
        return complete, new


def change_once(editor, name, limit=60):
    time.sleep(random.uniform(0.002, 0.012))  # out of step with any timer
    since, address = editor.move(name)
    while not SEEN[name](address):
        if time.perf_counter() - since > limit:
            raise Failed(f"{name}: the change was not in force within {limit} s")
    return {"operations": 1, "latency_ms": (time.perf_counter() - since) * 1e3}


SERIES = re.compile(r"^(\w*(?:sync|program|change|reload|apply)\w*_seconds)_(sum|count)(?:\{[^}]*\})? (\S+)$", re.M)


def own_durations():
    """naru's own histograms of its changes: {name: {sum, count}}."""
    found = {}
    for name, part, value in SERIES.findall(http_get(servers.NARU_METRICS, "/metrics")):
        found.setdefault(name, {"sum": 0.0, "count": 0.0})[part] += float(value)
    return found


def means_between(before, after):
    means = {}
    for name, now in after.items():
        then = before.get(name, {"sum": 0, "count": 0})
        if (count := now["count"] - then["count"]) > 0:
            means[name] = {"changes": count, "mean_ms": (now["sum"] - then["sum"]) / count * 1e3}
    return means


def change_many(place, layout, options, samples, report):
    folder = manifests.write_services(place.folder / f"change-{layout}", documents(options), layout)
    fresh_state(place)
    server, _ = start_and_time(place, folder, options)
    with server:
        editor, before = Editor(folder, layout), own_durations()
        for name in WATCHED:
            end = time.monotonic() + options.budget
            of_name = samples[f"naru {layout} {name[2:]}"] = []
            while len(of_name) < options.changes and (time.monotonic() < end or not of_name):
                of_name.append(change_once(editor, name))
            report(len(of_name), f"{layout} {name[2:]}", of_name[-1])
        return means_between(before, own_durations())


def run_change(options, place, results, progress):
    samples, own = {}, {}
    os.sched_setaffinity(0, {LOAD_CORE})
    with ExitStack() as stack:
        for address in PLACES:
            stack.enter_context(servers.backend(place, (address, 8080)))
        for layout in LAYOUTS:
            own[layout] = change_many(place, layout, options, samples, progress("control-change"))
    results.add("control-change", samples, unit="change", services=options.services, endpoints=options.endpoints,
                workers=1, naru_metrics=own)
