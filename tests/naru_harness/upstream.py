"""A DNS server outside the cluster, as naru's upstream: it knows a few names, and can be slow, silent, or lie."""

import contextlib
import socket
import struct
import threading
import time

from .dns import encode_name

_TC = 0x0200


class Upstream:
    """Over UDP and TCP. `lie` is what it does over UDP instead of the truth:

    wrong id, wrong question, wrong type; elsewhere (another port), stranger (another address); cut (ends within a record),
    garbage, empty, header (alone), query (no response); truncated (TC, and the truth over TCP);
    twice (a lie first, then the truth); None.
    """

    def __init__(self, address, names, port=53530, ttl=60, stranger=None):
        """`names`: {name: its addresses, one or a list, of either family}; other names do not exist. `stranger`: the
        address of another."""
        self.address, self.port, self.ttl = address, port, ttl
        self.names = {encode_name(name): _packed(ips) for name, ips in names.items()}
        self.rcode = 0  # another: what every answer says instead of an address
        self.asked = 0  # without what naru asks for its own sake: NS for health, HINFO for loops
        self.asked_by_tcp = 0
        self.silent, self.delay, self.lie = False, 0, None
        self._sock = self._bound(socket.SOCK_DGRAM, address, port)
        self._elsewhere = self._bound(socket.SOCK_DGRAM, address, 0)
        self._stranger = self._bound(socket.SOCK_DGRAM, stranger, port) if stranger else None
        self._listener = self._bound(socket.SOCK_STREAM, address, port)
        self._listener.listen(64)
        for serve in (self._serve, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    @staticmethod
    def _bound(kind, address, port):
        sock = socket.socket(socket.AF_INET, kind)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        return sock

    @property
    def text(self):
        return f"{self.address}:{self.port}"

    def _serve(self):
        while True:
            try:
                message, client = self._sock.recvfrom(4096)
                if not message:
                    return  # closed
                end = message.index(b"\0", 12) + 5
                ours = message[end - 4 : end - 2] in (b"\0\2", b"\0\r")
                self.asked += not ours
                if self.silent:
                    continue
                if self.delay:
                    threading.Timer(self.delay, self._say, (message, client, None if ours else self.lie)).start()
                else:
                    self._say(message, client, None if ours else self.lie)
            except OSError:
                return  # closed

    def _say(self, message, client, lie):
        with contextlib.suppress(OSError):  # closed meanwhile
            sock = {"elsewhere": self._elsewhere, "stranger": self._stranger}.get(lie, self._sock)
            truth = self._answer(message)
            if lie == "twice":
                sock.sendto(_LIES["wrong id"](truth), client)
                sock.sendto(_LIES["wrong question"](truth), client)
            sock.sendto(_LIES.get(lie, lambda x: x)(truth), client)

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            with connection, contextlib.suppress(OSError, struct.error):
                connection.settimeout(2)
                reader = connection.makefile("rb")
                message = reader.read(struct.unpack(">H", reader.read(2))[0])
                self.asked_by_tcp += 1
                if self.silent:
                    time.sleep(0.5)
                    continue
                reply = self._answer(message)
                connection.sendall(struct.pack(">H", len(reply)) + reply)

    def _answer(self, message):
        end = message.index(b"\0", 12) + 5
        question, name = message[12:end], message[12 : end - 4].lower()
        kind = struct.unpack(">H", message[end - 4 : end - 2])[0]
        rcode = self.rcode or (0 if name in self.names else 3)
        here = [ip for ip in self.names.get(name, []) if len(ip) == {1: 4, 28: 16}.get(kind)] if rcode == 0 else []
        header = message[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(here), 0, 0)
        records = [b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, self.ttl, len(ip)) + ip for ip in here]
        return header + question + b"".join(records)

    def change(self, name, ips):
        self.names[encode_name(name)] = _packed(ips)

    def forget(self, name):
        self.names.pop(encode_name(name), None)

    def close(self):
        # While its threads wait, closing alone would leave the address taken. (UDP says ENOTCONN, and wakes it.)
        for sock in (self._sock, self._listener):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for sock in filter(None, (self._sock, self._listener, self._elsewhere, self._stranger)):
            sock.close()


def _packed(ips):
    ips = [ips] if isinstance(ips, str) else ips
    return [socket.inet_pton(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip) for ip in ips]


def _flags(message, add, remove=0):
    flags = struct.unpack(">H", message[2:4])[0]
    return message[:2] + struct.pack(">H", (flags | add) & ~remove) + message[4:]


def _truncated(truth):
    end = truth.index(b"\0", 12) + 5
    return _flags(truth[:6], _TC) + b"\0\0" + truth[8:end]


_LIES = {
    "wrong id": lambda truth: bytes([truth[0] ^ 1]) + truth[1:],
    "wrong question": lambda truth: truth[:13] + b"z" + truth[14:],
    "wrong type": lambda truth: truth[: truth.index(b"\0", 12) + 2] + b"\x10" + truth[truth.index(b"\0", 12) + 3 :],
    "cut": lambda truth: truth[:-3],
    "garbage": lambda truth: truth[:2] + bytes(range(128, 180)),
    "empty": lambda truth: b"",
    "header": lambda truth: truth[:12],
    "query": lambda truth: _flags(truth, 0, 0x8000),
    "truncated": _truncated,
}
