"""Both ends of HTTP/1 by script: an endpoint that says what it is told to, and a client that reads strictly."""

import contextlib
import queue
import socket
import threading


class Message:
    """One message as it came: its first line, fields in order, content, and all its bytes."""

    def __init__(self, head, content=b"", trailers=(), raw=b""):
        lines = head.decode("latin-1").split("\r\n")
        self.first = lines[0]
        self.fields = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines[1:]]
        self.content, self.trailers, self.raw = content, list(trailers), raw

    def values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def value(self, name):
        """Of a field that may come once."""
        found = self.values(name)
        assert len(found) <= 1, f"{name} came {len(found)} times: {self.fields}"
        return found[0] if found else None

    @property
    def status(self):
        return int(self.first.split(" ")[1])


class Stream:
    """Reads messages from a socket; what comes after one stays for the next."""

    def __init__(self, connection, timeout=5):
        self.connection, self.kept = connection, b""
        connection.settimeout(timeout)

    def _more(self):
        part = self.connection.recv(65536)
        if not part:
            raise EOFError("the connection ended within a message" if self.kept else "the connection ended")
        self.kept += part

    def _until(self, mark):
        while mark not in self.kept:
            self._more()
        found, self.kept = self.kept.split(mark, 1)
        return found

    def take(self, size):
        while len(self.kept) < size:
            self._more()
        found, self.kept = self.kept[:size], self.kept[size:]
        return found

    def head(self):
        return self._until(b"\r\n\r\n")

    def chunks(self):
        """(content, trailers) of the chunked coding."""
        content = b""
        while size := int(self._until(b"\r\n"), 16):
            content += self.take(size)
            assert self.take(2) == b"\r\n"
        trailers = []
        while line := self._until(b"\r\n"):
            trailers.append(tuple(line.decode().split(": ", 1)))
        return content, trailers

    def rest(self):
        """Until the other side ends in order; a reset is an error."""
        while True:
            try:
                self._more()
            except EOFError:
                found, self.kept = self.kept, b""
                return found

    def _content(self, message, otherwise):
        if message.value("Transfer-Encoding") is not None:
            message.content, message.trailers = self.chunks()
        elif message.value("Content-Length") is not None:
            message.content = self.take(int(message.value("Content-Length")))
        else:
            message.content = otherwise()
        return message

    def request(self):
        return self._content(Message(self.head()), bytes)

    def response(self, method="GET"):
        """The next response, an interim one too."""
        message = Message(self.head())
        if method == "HEAD" or message.status < 200 or message.status in (204, 304):
            return message
        return self._content(message, self.rest)


CLOSE = object()
RESET = object()
HEAD_ONLY = object()  # answer at the request's head, and read no content


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


class Endpoint:
    """Answers requests, whichever connection they come on, by the steps that it was told for each; "ok" without any."""

    OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self, address, port=8080):
        self.requests, self.connections, self.received = [], 0, b""
        self.script = queue.Queue()
        self._open = []
        self._socket = socket.create_server((address, port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def will(self, *steps):
        """What the next request is answered by: bytes, or CLOSE, RESET or a function of the Stream."""
        self.script.put(steps)

    def renew(self):
        """Forgets all, and ends the connections that naru keeps."""
        while not self.script.empty():
            self.script.get()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()
        self.requests.clear()
        self.connections = 0

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        stream = Stream(connection, 30)
        with connection, contextlib.suppress(OSError, EOFError, ValueError):
            while self._answer(stream, connection):
                pass

    def _answer(self, stream, connection):
        head = stream.head()
        steps = (self.OK,) if self.script.empty() else self.script.get()
        message = Message(head)
        self.requests.append(message)
        if HEAD_ONLY not in steps:
            stream._content(message, bytes)
        for step in steps:
            if step is CLOSE:
                return False
            if step is RESET:
                reset(connection)
                return False
            if isinstance(step, bytes):
                connection.sendall(step)
            elif callable(step):
                step(stream)
        return True

    def close(self):
        self.renew()
        # While its thread waits in accept(), closing alone would leave the address taken.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Client(Stream):
    def __init__(self, address, port, timeout=5):
        super().__init__(socket.create_connection((address, port), timeout=timeout), timeout)

    def send(self, data):
        self.connection.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        return self

    def ask(self, data, method="GET"):
        self.send(data)
        return self.response(method)

    def ended(self):
        """Whether the other side has ended, or ends soon, with nothing more to say."""
        try:
            return self.kept == b"" and self.connection.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
