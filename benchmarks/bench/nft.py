"""For reference: an equivalent nftables ruleset, loaded and changed through nft in a network namespace of its own."""

import os
import subprocess
import time

from bench import manifests
from bench.process import Failed

LIMIT = 180  # seconds for one load


def vip(number):
    return f"10.96.{number >> 8}.{number & 255}"


def endpoint(number, index):
    value = number * 10 + index
    return f"10.{64 + (value >> 16)}.{value >> 8 & 255}.{value & 255}"


def chains_per_endpoint(number, endpoints, first):
    """Each endpoint a chain, each Service a chain that goes to one of them at random, as kube-proxy has them."""
    name = manifests.service_name(number)
    at = [first, *(endpoint(number, i) for i in range(1, endpoints))]
    lines = [f"  chain {name}-{i} {{ meta l4proto tcp dnat to {address}:8080; }}" for i, address in enumerate(at)]
    arms = ", ".join(f"{i} : goto {name}-{i}" for i in range(endpoints))
    return "\n".join(lines) + f"\n  chain {name} {{ numgen random mod {endpoints} vmap {{ {arms} }}; }}\n"


def map_per_service(number, endpoints, first):
    """The leanest equivalent: each Service one chain of one rule, its endpoints in an anonymous map."""
    return f"  chain {manifests.service_name(number)} {{ {map_rule(number, endpoints, first)}; }}\n"


def map_rule(number, endpoints, first):
    at = [first, *(endpoint(number, i) for i in range(1, endpoints))]
    arms = ", ".join(f"{i} : {address} . 8080" for i, address in enumerate(at))
    return f"meta l4proto tcp dnat ip to numgen random mod {endpoints} map {{ {arms} }}"


SHAPES = {"chain per endpoint": chains_per_endpoint, "map per Service": map_per_service}


def ruleset(shape, services, endpoints):
    elements = ",\n".join(f"    {vip(i)} . tcp . 8080 : goto {manifests.service_name(i)}" for i in range(services))
    chains = "".join(SHAPES[shape](i, endpoints, endpoint(i, 0)) for i in range(services))
    return ("table ip naru-bench {\n" + chains +
            "  map services { type ipv4_addr . inet_proto . inet_service : verdict\n    elements = {\n" + elements +
            "\n    }\n  }\n  chain prerouting { type nat hook prerouting priority -100;\n"
            "    ip daddr . meta l4proto . th dport vmap @services\n  }\n}\n")


def update(shape, number, endpoints):
    """One endpoint's new address: the chain that has it is emptied and filled again, in one transaction."""
    new = f"10.200.0.{1 + number % 250}"
    chain, rule = manifests.service_name(number), map_rule(number, endpoints, new)
    if shape == "chain per endpoint":
        chain, rule = chain + "-0", f"meta l4proto tcp dnat to {new}:8080"
    return f"flush chain ip naru-bench {chain}\nadd rule ip naru-bench {chain} {rule}\n"


class Namespace:
    """A network namespace that lasts as long as its holder."""

    def __enter__(self):
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep 1800"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not self._holder.stdout.readline():
            raise Failed(f"no network namespace: {self._holder.stderr.read().decode().strip()}")
        self._enter = ["nsenter", f"--target={self._holder.pid}", "--net"]
        return self

    def __exit__(self, *_):
        self._holder.kill()
        self._holder.communicate()

    def nft(self, path):
        """Seconds that `nft -f path` took."""
        began = time.perf_counter()
        done = subprocess.run([*self._enter, "nft", "-f", str(path)], capture_output=True, text=True, timeout=LIMIT)
        if done.returncode:
            raise Failed(f"nft: {done.stderr.strip()[:400]}")
        return time.perf_counter() - began


def measure(place, shape, services, options, note):
    """(samples of the load, samples of updates)"""
    path = place.folder / "ruleset.nft"
    path.write_text(ruleset(shape, services, options.endpoints))
    with Namespace() as namespace:
        load = [{"operations": 1, "seconds": namespace.nft(path)}]
        note(0, f"{services} {shape}: load", load[0])
        updates = []
        for number in range(min(10, options.changes)):
            path.write_text(update(shape, number % services, options.endpoints))
            updates.append({"operations": 1, "latency_ms": namespace.nft(path) * 1e3})
    note(len(updates) - 1, f"{services} {shape}: update", updates[-1])
    return load, updates


def run(options, place, results, progress):
    if os.geteuid() != 0:  # nor does a user namespace help: nft may not enlarge its socket's buffer there
        print("control-peers: left out: a ruleset of this size needs root")
        return
    samples = {}
    for services in sorted({min(1000, options.services), options.services}):
        for shape in SHAPES:
            try:
                load, updates = measure(place, shape, services, options, progress("control-peers"))
            except subprocess.TimeoutExpired:
                load, updates = [{"operations": 1, "seconds": float(LIMIT), "stopped": True}], []
            samples |= {f"{services} Services, {shape}: load": load, f"{services} Services, {shape}: update": updates}
    results.add("control-peers", samples, unit="operation", services=options.services, endpoints=options.endpoints)
