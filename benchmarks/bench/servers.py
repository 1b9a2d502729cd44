"""The contenders: how each is configured, started and known to be ready. Every one has a loopback address of its own."""

import getpass
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from bench import dnswire
from bench.process import LOAD_CORE, SERVER_CORE, Failed, Process, accepts

PEERS = Path(__file__).resolve().parent.parent / "peers"

BACKEND = ("127.77.1.1", 8080)
L4_PORT = 8080
DNS_PORT = 5300
NARU_CIDR = "127.78.0.0/16"  # of the bench's Services
NARU_VIP = "127.78.0.10"
NARU_DNS = "127.77.2.10"
NARU_METRICS = ("127.77.4.1", 9100)
NARU_HEALTH = ("127.77.4.1", 9101)

L4_PEERS = {"haproxy": "127.77.0.1", "haproxy-64k": "127.77.0.2", "haproxy-splice": "127.77.0.3", "nginx": "127.77.0.4",
            "nginx-64k": "127.77.0.5"}
# BIND does not listen on an address that no interface has.
DNS_PEERS = {"nsd": "127.77.2.1", "unbound": "127.77.2.2", "knot": "127.77.2.3", "dnsdist": "127.77.2.4",
             "bind9": "127.0.0.1"}
DNS_ARGV = {
    "nsd": ["/usr/sbin/nsd", "-d", "-c"],
    "unbound": ["/usr/sbin/unbound", "-d", "-c"],
    "knot": ["/usr/sbin/knotd", "-c"],
    "dnsdist": ["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C"],
    "bind9": ["/usr/sbin/named", "-f", "-4", "-c"],
}


@dataclass(frozen=True)
class Place:
    """Where a run keeps its files, and where the built programs are."""
    folder: Path
    build: Path

    def program(self, name):
        path = self.build / name
        if not path.exists():
            raise Failed(f"{path} is missing: cmake --preset release && cmake --build build/release")
        return str(path)


def fill(place, template, **values):
    """The configuration `template` with its @NAMES@ filled in, written into the run's folder."""
    values |= {"DIR": place.folder, "USER": getpass.getuser()}
    text = re.sub(r"@([A-Z][A-Z0-9_]*)@", lambda m: str(values[m[1]]), (PEERS / template).read_text())
    path = place.folder / template
    path.write_text(text)
    return str(path)


def start(name, argv, place, ready, core=SERVER_CORE, timeout=15):
    server = Process(name, argv, place.folder / f"{name}.log", core)
    try:
        server.wait_for(ready, timeout, "being ready")
    except BaseException:
        server.stop()
        raise
    return server


def backend(place, address=BACKEND):
    argv = [place.program("naru-bench-backend"), address[0], str(address[1])]
    return start(f"backend-{address[0]}", argv, place, lambda: accepts(*address), LOAD_CORE)


def l4_peer(name, place):
    listen = (L4_PEERS[name], L4_PORT)
    program, kind = ("haproxy", "cfg") if name.startswith("haproxy") else ("nginx", "conf")
    path = fill(place, f"{name}.{kind}", LISTEN="%s:%d" % listen, BACKEND="%s:%d" % BACKEND)
    argv = (["/usr/sbin/haproxy", "-db", "-f", path] if program == "haproxy" else
            ["/usr/sbin/nginx", "-p", str(place.folder), "-e", "stderr", "-c", path])
    return start(name, argv, place, lambda: accepts(*listen))


def dns_peer(name, place, workers=1, core=SERVER_CORE):
    listen, nsd = (DNS_PEERS[name], DNS_PORT), DNS_PEERS["nsd"]
    path = fill(place, f"{name}.conf", ADDRESS=listen[0], PORT=listen[1], BACKEND=f"{nsd}:{DNS_PORT}",
                BACKEND_AT=f"{nsd}@{DNS_PORT}", WORKERS=workers)
    argv = [*DNS_ARGV[name], path] + (["-n", str(workers)] if name == "bind9" else [])
    return start(name, argv, place, lambda: answers_dns(*listen), core, timeout=60)


def naru(place, manifests, ready, core=SERVER_CORE, timeout=120, cidr=NARU_CIDR, wait=True, wrapper=(),
         template="naru.yaml", workers=1):
    """`naru run` on `manifests` (a path). `ready`: when it counts as started. With `wait` false the caller waits.
    `wrapper`: the command that runs it, if one is to."""
    path = fill(place, template, WORKERS=workers, BACKEND=f"{DNS_PEERS['nsd']}:{DNS_PORT}", CIDR=cidr, DNS=f"{NARU_DNS}:{DNS_PORT}", METRICS="%s:%d" % NARU_METRICS,
                HEALTHZ="%s:%d" % NARU_HEALTH)
    argv = [*wrapper, place.program("naru"), "run", "-f", str(manifests), "--config", path]
    if wait:
        return start("naru", argv, place, ready, core, timeout)
    return Process("naru", argv, place.folder / "naru.log", core)


def answers_dns(address, port, name="s00000.bench.svc.cluster.local"):
    """Whether an A query for `name` gets a record."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        try:
            client.connect((address, port))
            client.send(dnswire.query(name))
            return dnswire.records(client.recv(1500)) > 0
        except OSError:
            return False
