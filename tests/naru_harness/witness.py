"""A server that tells each client whom it takes it for: the address that it sees, and nothing else.

On PORT, TCP and UDP: a line "ADDRESS PORT", and over TCP, at the client's end, one with the number of bytes that it sent.
On PORT + 1, HTTP/1.1 with connections that last: the same line, and in x-connection a number of each connection's own.
It writes every line to its log as well.
"""

import http.client
import http.server
import itertools
import pathlib
import socket
import socketserver
import threading

from .process import Process
from .wait import until

PORT = 9000
HTTP_PORT = PORT + 1


class Witness(Process):
    """One in the pod's place, on both of its addresses."""

    def __init__(self, pod, directory):
        self.pod = pod
        self.addresses = pod.host.host.pod_addresses(int(pod.address.rpartition("." if "." in pod.address else ":")[2]))
        code = "import sys; sys.path.insert(0, sys.argv[1]); from naru_harness import witness; witness.serve(sys.argv[2:])"
        command = [*pod.place.prefix, "/usr/bin/python3", "-c", code, pathlib.Path(__file__).parents[1], *self.addresses]
        super().__init__(command, directory / f"witness-{pod.name}.log")
        until(lambda: "ready" in self.text() or not self.running, f"the witness in {pod.name} listens")
        assert self.running, self.text()

    def seen(self):
        """The lines so far: protocol, address, port."""
        return [line.split() for line in self.text().splitlines() if line != "ready"]


def _tell(protocol, client):
    line = f"{client[0]} {client[1]}"
    print(f"{protocol} {line}", flush=True)
    return line.encode() + b"\n"


def _tell_and_count(connection, client):
    with connection:
        connection.sendall(_tell("tcp", client))
        received = 0
        while some := connection.recv(65536):
            received += len(some)
        connection.sendall(f"{received}\n".encode())


def _serve_tcp(listener):
    while True:
        threading.Thread(target=_tell_and_count, args=listener.accept(), daemon=True).start()


def _serve_udp(sock):
    while True:
        _, client = sock.recvfrom(4096)
        sock.sendto(_tell("udp", client), client)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    numbers = itertools.count()

    def setup(self):
        super().setup()
        self.number = next(self.numbers)

    def do_GET(self):
        body = _tell("http", self.client_address)
        self.send_response(200)
        self.send_header("x-connection", str(self.number))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Requests(socketserver.ThreadingTCPServer):
    """HTTPServer asks DNS for its own name first, and waits."""

    allow_reuse_address = daemon_threads = True


class _Requests6(_Requests):
    address_family = socket.AF_INET6


def serve(addresses):
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, PORT), family=family, backlog=128)
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.bind((address, PORT))

        requests = (_Requests6 if ":" in address else _Requests)((address, HTTP_PORT), _Handler)
        for target, arguments in ((_serve_tcp, (listener,)), (_serve_udp, (datagrams,)), (requests.serve_forever, ())):
            threading.Thread(target=target, args=arguments, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


# ---- clients ----


def ask_tcp(address, port, source_port=0, timeout=3):
    """(address, port) as the server says; with the client's own (address, port)."""
    source = ("::" if ":" in address else "", source_port)
    with socket.create_connection((address, port), timeout=timeout, source_address=source) as sock:
        return read_line(sock), sock.getsockname()[:2]


def read_line(sock):
    with sock.makefile() as lines:
        told, number = lines.readline().split()
    return told, int(number)


def send_through(sock, size=200_000):
    """Whether all of it arrives, on a connection whose line was read."""
    sock.sendall(b"x" * size)
    sock.shutdown(socket.SHUT_WR)
    with sock.makefile() as lines:
        return int(lines.readline()) == size


def ask_udp(address, port, timeout=3):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((address, port))
        sock.send(b"who am I")
        told, number = sock.recv(4096).decode().split()
        return (told, int(number)), sock.getsockname()[:2]


def ask_http(address, port, requests=1, timeout=3):
    """[(address, number of the server's connection)] of requests on one connection."""
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    told = []
    for _ in range(requests):
        connection.request("GET", "/")
        response = connection.getresponse()
        told.append((response.read().decode().split()[0], response.headers["x-connection"]))
    connection.close()
    return told
