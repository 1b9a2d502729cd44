"""HTTP/2 by hand: clients and endpoints that send any frame."""

import contextlib
import socket
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def setting(number, value):
    return struct.pack(">HI", number, value)


def block(*fields):
    """Literals without Huffman's code and without the table."""
    out = b""
    for name, value in fields:
        out += b"\0"
        for text in (name, value):
            text = text if isinstance(text, bytes) else text.encode()
            assert len(text) < 127
            out += bytes([len(text)]) + text
    return out


def request(path="/", method="GET", *more):
    return block((":method", method), (":scheme", "http"), (":path", path), (":authority", "web"), *more)


def get(stream, path="/", *more):
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, request(path, "GET", *more))


def reset(stream, code=8):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


class RawHttp2:
    """A connection past its preface. `settings`: ours, as SETTINGS' payload."""

    def __init__(self, address, port=8080, settings=b"", timeout=5):
        self.socket = socket.create_connection((address, port), timeout=timeout)
        self._buffer = b""
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    @classmethod
    def accepted(cls, connection):
        """The other side of one: nothing is sent yet."""
        made = cls.__new__(cls)
        made.socket, made._buffer = connection, b""
        connection.settimeout(20)
        return made

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_if_open(self, data):
        """False once the other side has gone."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def frame(self):
        """The next one as (kind, flags, stream, payload); None at the end of the connection."""
        head = self._take(9)
        if head is None:
            return None
        size = int.from_bytes(head[:3], "big")
        payload = self._take(size)
        return None if payload is None else (head[3], head[4], int.from_bytes(head[5:], "big"), payload)

    def until(self, kind):
        """The next frame of that kind, what comes before it passed over; None if the connection ends first."""
        while (found := self.frame()) is not None:
            if found[0] == kind:
                return found
        return None

    def goodbye(self):
        """The error code of GOAWAY that is not 0; None if the connection ends without one."""
        while (found := self.until(GOAWAY)) is not None:
            code = int.from_bytes(found[3][4:8], "big")
            if code != 0:
                return code
        return None

    def _take(self, size):
        with contextlib.suppress(ConnectionError):
            while len(self._buffer) < size:
                more = self.socket.recv(65536)
                if not more:
                    return None
                self._buffer += more
            taken, self._buffer = self._buffer[:size], self._buffer[size:]
            return taken
        return None


class RawHttp2Backend:
    """An endpoint whose every request is dealt with by `behave(connection, stream)`, a connection being a RawHttp2."""

    def __init__(self, address, behave, port=8080):
        self.address, self.behave, self.requests, self.connections = address, behave, 0, 0
        self._socket = socket.create_server((address, port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = RawHttp2.accepted(self._socket.accept()[0])
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, AssertionError), connection:
            assert connection._take(len(PREFACE)) == PREFACE
            self.connections += 1
            connection.send(frame(SETTINGS))
            while (found := connection.frame()) is not None:
                kind, flags, stream, payload = found
                if kind == PING and not flags & ACK:
                    connection.send(frame(PING, ACK, 0, payload))
                if kind in (HEADERS, DATA) and flags & END_STREAM:
                    self.requests += 1
                    self.behave(connection, stream)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def answer(connection, stream, body=b"ok"):
    connection.send(frame(HEADERS, END_HEADERS, stream, block((":status", "200"), ("x-pod", "raw"))))
    connection.send(frame(DATA, END_STREAM, stream, body))


def go_away(last, code=0):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))
