"""A DNS server outside the cluster, as naru's upstream: it knows a few names, and can be slow or silent."""

import contextlib
import socket
import struct
import threading

from .dns import encode_name


class Upstream:
    def __init__(self, address, names, port=53530, ttl=60):
        """`names`: {name: IPv4 address}; other names do not exist."""
        self.address, self.port, self.ttl = address, port, ttl
        self.names = {encode_name(name): socket.inet_aton(ip) for name, ip in names.items()}
        self.asked = 0  # without what naru asks for its own sake: NS for health, HINFO for loops
        self.silent = False
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((address, port))
        threading.Thread(target=self._serve, daemon=True).start()

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
                self.asked += message[end - 4 : end - 2] not in (b"\0\2", b"\0\r")
                if not self.silent:
                    self._sock.sendto(self._answer(message), client)
            except OSError:
                return  # closed

    def _answer(self, message):
        end = message.index(b"\0", 12) + 5
        question, name = message[12:end], message[12 : end - 4].lower()
        kind = struct.unpack(">H", message[end - 4 : end - 2])[0]
        known, here = name in self.names, name in self.names and kind == 1
        header = message[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, int(here), 0, 0)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, self.ttl, 4) + self.names[name] if here else b""
        return header + question + record

    def change(self, name, ip):
        self.names[encode_name(name)] = socket.inet_aton(ip)

    def close(self):
        # While its thread waits, closing alone would leave the address taken. (UDP says ENOTCONN, and wakes it.)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
