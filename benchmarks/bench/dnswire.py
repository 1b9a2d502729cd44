"""As much of DNS messages as asking and counting takes (RFC 1035 4.1)."""

import struct

TYPES = {"A": 1, "AAAA": 28}


def query(name, kind="A", edns=False):
    """A query with id 0, recursion desired; with `edns` an OPT record of 1232 bytes (RFC 6891)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    option = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if edns else b""
    return struct.pack(">HHHHHH", 0, 0x0100, 1, 0, 0, int(edns)) + labels + b"\0" + struct.pack(">HH", TYPES[kind], 1) + option


def records(message):
    """Number of answer records; 0 also for what is no message."""
    return struct.unpack(">H", message[6:8])[0] if len(message) >= 12 else 0


def write_queries(path, queries):
    path.write_bytes(b"".join(struct.pack(">H", len(q)) + q for q in queries))
