"""A BGP peer that says what it is told to, right or wrong."""

import socket
import struct

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
_MARKER = b"\xff" * 16


def message(kind, body=b"", size=None):
    """`size`: what the header says of it, if not the truth."""
    return _MARKER + struct.pack("!HB", 19 + len(body) if size is None else size, kind) + body


def open_message(asn=64512, hold=90, router_id="10.255.0.9", version=4, capabilities=None):
    """With the capability of AS numbers of four bytes, if no others are given."""
    if capabilities is None:
        capabilities = struct.pack("!BBI", 65, 4, asn)
    parameters = struct.pack("!BB", 2, len(capabilities)) + capabilities if capabilities else b""
    short = asn if asn <= 65535 else 23456
    head = struct.pack("!BHH4sB", version, short, hold, socket.inet_aton(router_id), len(parameters))
    return message(OPEN, head + parameters)


KEEP = message(KEEPALIVE)


class Connection:
    def __init__(self, stream):
        self.stream = stream
        self.stream.settimeout(10)

    def send(self, data):
        self.stream.sendall(data)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            if not more:
                return None
            data += more
        return data

    def receive(self):
        """(type, body) of the next message; nothing at the end."""
        head = self._exactly(19)
        if head is None:
            return None
        size, kind = struct.unpack("!HB", head[16:])
        return kind, self._exactly(size - 19)

    def notification(self):
        """(code, subcode, data) of the one that ends the connection."""
        while True:
            kind, body = self.receive()
            if kind == NOTIFICATION:
                assert self.receive() is None, "nothing comes after a NOTIFICATION"
                return body[0], body[1], body[2:]

    def establish(self, **opened):
        assert self.receive()[0] == OPEN
        self.send(open_message(**opened) + KEEP)
        assert self.receive() == (KEEPALIVE, b"")
        return self

    def close(self):
        self.stream.close()


class ScriptedPeer:
    """Listens on an address of its own."""

    def __init__(self, address, receive_buffer=None):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.listener.bind((address, 0))
        self.listener.listen()
        self.listener.settimeout(10)
        self.port = self.listener.getsockname()[1]
        self.connections = []

    def accept(self):
        self.connections.append(Connection(self.listener.accept()[0]))
        return self.connections[-1]

    def close(self):
        for connection in self.connections:
            connection.close()
        self.listener.close()
