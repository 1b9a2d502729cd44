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


def chain(number, endpoints):
    """Each endpoint a chain, each Service a chain that jumps to one of them at random, as kube-proxy has them."""
    name = manifests.service_name(number)
    lines = [f"  chain {name}-{i} {{ meta l4proto tcp dnat to {endpoint(number, i)}:8080; }}"
             for i in range(endpoints)]
    arms = ", ".join(f"{i} : goto {name}-{i}" for i in range(endpoints))
    return "\n".join(lines) + f"\n  chain {name} {{ numgen random mod {endpoints} vmap {{ {arms} }}; }}\n"


def ruleset(services, endpoints):
    elements = ",\n".join(f"    {vip(i)} . tcp . 8080 : goto {manifests.service_name(i)}" for i in range(services))
    return ("table ip naru-bench {\n" + "".join(chain(i, endpoints) for i in range(services)) +
            "  map services { type ipv4_addr . inet_proto . inet_service : verdict\n    elements = {\n" + elements +
            "\n    }\n  }\n  chain prerouting { type nat hook prerouting priority -100;\n"
            "    ip daddr . meta l4proto . th dport vmap @services\n  }\n}\n")


def update(number, endpoints):
    """One endpoint's new address: its chain is emptied and filled again, in one transaction."""
    name = manifests.service_name(number)
    return (f"flush chain ip naru-bench {name}-0\n"
            f"add rule ip naru-bench {name}-0 meta l4proto tcp dnat to 10.200.0.{1 + number % 250}:8080\n")


class Namespace:
    """A network namespace that lasts as long as its holder."""

    def __enter__(self):
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self._holder = subprocess.Popen(["unshare", *user, "--net", "sh", "-c", "echo; exec sleep 1800"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not self._holder.stdout.readline():
            raise Failed(f"no network namespace: {self._holder.stderr.read().decode().strip()}")
        self._enter = ["nsenter", f"--target={self._holder.pid}", "--net",
                       *(["--user", "--preserve-credentials"] if user else [])]
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


def measure(place, services, endpoints, changes, note):
    path = place.folder / "ruleset.nft"
    path.write_text(ruleset(services, endpoints))
    with Namespace() as namespace:
        load = [{"operations": 1, "seconds": namespace.nft(path)}]
        note(0, f"nftables {services} load", load[0])
        updates = []
        for number in range(changes):
            path.write_text(update(number % services, endpoints))
            updates.append({"operations": 1, "latency_ms": namespace.nft(path) * 1e3})
    note(changes, f"nftables {services} update", updates[-1])
    return load, updates


def run(options, place, results, progress):
    samples = {}
    for services in sorted({min(1000, options.services), options.services}):
        try:
            load, updates = measure(place, services, options.endpoints, min(20, options.changes), progress("control-peers"))
        except subprocess.TimeoutExpired:
            load, updates = [{"operations": 1, "seconds": float(LIMIT), "stopped": True}], []
        samples |= {f"nftables {services} load": load, f"nftables {services} update": updates}
    results.add("control-peers", samples, unit="operation", services=options.services, endpoints=options.endpoints)
