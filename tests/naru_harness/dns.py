"""Asking naru's DNS, with dig and with raw messages."""

import dataclasses
import random
import re
import socket
import struct

from . import clients


@dataclasses.dataclass
class Answer:
    status: str  # NOERROR, NXDOMAIN, ...
    flags: set
    records: list  # of the answer section: (name, ttl, type, data)
    additional: list
    text: str

    def data(self, kind):
        return sorted(data for _, _, found, data in self.records if found == kind)


def _section(text, title):
    found = re.search(rf";; {title} SECTION:\n(.*?)(?:\n\n|\Z)", text, re.S)
    lines = found.group(1).splitlines() if found else []
    rows = [line.split(None, 4) for line in lines if line and not line.startswith(";")]
    return [(name, int(ttl), kind, data) for name, ttl, _, kind, data in rows]


def dig(server, port, name, kind="A", *options, prefix=()):
    done = clients.tool("dig", f"@{server}", "-p", port, name, kind, "+tries=1", "+time=5", *options, prefix=prefix)
    assert done.returncode == 0, f"dig {name} {kind}: {done.stdout}{done.stderr}"
    status = re.search(r"status: (\w+)", done.stdout)
    flags = re.search(r";; flags: ([a-z ]*);", done.stdout)
    return Answer(
        status.group(1) if status else "",
        set(flags.group(1).split()) if flags else set(),
        _section(done.stdout, "ANSWER"),
        _section(done.stdout, "ADDITIONAL"),
        done.stdout,
    )


def encode_name(name):
    labels = [x for x in name.rstrip(".").split(".") if x]
    return b"".join(bytes([len(x)]) + x.encode() for x in labels) + b"\0"


def query(name, kind=1, identity=None, flags=0x0100):
    """A question in wire form."""
    identity = random.randrange(65536) if identity is None else identity
    return struct.pack(">HHHHHH", identity, flags, 1, 0, 0, 0) + encode_name(name) + struct.pack(">HH", kind, 1)


def exchange(server, port, message, timeout=2.0):
    """The reply to a raw datagram, or None."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((server, port))
        sock.send(message)
        try:
            return sock.recv(65535)
        except (TimeoutError, ConnectionError):
            return None
