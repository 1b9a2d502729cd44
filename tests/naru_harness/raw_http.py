"""HTTP/1 by hand: backends that see every byte, and clients that send any."""

import contextlib
import socket
import threading


class RawBackend:
    """Keeps the head of each request, and answers it with `answer`, closing after each."""

    OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Pod: raw\r\nConnection: close\r\n\r\nok"

    def __init__(self, address, port=8080, answer=OK):
        self.address, self.answer, self.heads = address, answer, []
        self._socket = socket.create_server((address, port), backlog=128)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                with contextlib.suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return
            head += more
        self.heads.append(head)
        connection.sendall(self.answer)

    def fields(self):
        """Of the last request: by lower-case name, all values in order."""
        found = {}
        for line in self.heads[-1].split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]:
            name, value = line.split(":", 1)
            found.setdefault(name.lower(), []).append(value.strip())
        return found

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def connect(address, port, timeout=5, receive_buffer=None):
    """`receive_buffer`: bytes that the kernel takes for a client that does not read."""
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(timeout)
    connection.connect((address, port))
    return connection


def read_all(connection):
    """Until the other side ends it; what came before a reset counts too."""
    parts = []
    with contextlib.suppress(OSError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def exchange(address, port, request, timeout=5):
    """Everything that comes back for these bytes until the connection ends or nothing comes for `timeout`."""
    with connect(address, port, timeout) as connection:
        connection.sendall(request)
        return read_all(connection)


def status_of(reply):
    return int(reply.split(b" ", 2)[1]) if reply.startswith(b"HTTP/1.") else 0
