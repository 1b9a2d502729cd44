"""A DNS server outside the cluster, as naru's upstream: it knows a few names, and can be slow or silent."""

import socket
import struct
import threading

from .dns import encode_name


class Upstream:
    def __init__(self, address, names, port=53530):
        """`names`: {name: IPv4 address}; other names do not exist."""
        self.address, self.port = address, port
        self.names = {encode_name(name): socket.inet_aton(ip) for name, ip in names.items()}
        self.asked = 0
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
            except OSError:
                return
            self.asked += 1
            if not self.silent:
                self._sock.sendto(self._answer(message), client)

    def _answer(self, message):
        end = message.index(b"\0", 12) + 5
        question, name = message[12:end], message[12 : end - 4].lower()
        kind = struct.unpack(">H", message[end - 4 : end - 2])[0]
        known, here = name in self.names, name in self.names and kind == 1
        header = message[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, int(here), 0, 0)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + self.names[name] if here else b""
        return header + question + record

    def close(self):
        self._sock.close()
