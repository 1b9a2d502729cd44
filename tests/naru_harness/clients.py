"""Clients: one request at a time, many at once, and the tools that people use."""

import concurrent.futures
import dataclasses
import http.client
import socket
import subprocess


@dataclasses.dataclass
class Reply:
    status: int
    pod: str
    version: str
    body: bytes
    headers: dict

    @staticmethod
    def of(response):
        body = response.read()
        headers = {key.lower(): value for key, value in response.getheaders()}
        return Reply(response.status, headers.get("x-pod", ""), headers.get("x-version", ""), body, headers)


def fetch(address, port, path="/", method="GET", body=None, headers=None, timeout=10, source=None):
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(
        address, port, timeout=timeout, source_address=(source, 0) if source else None
    )
    try:
        connection.request(method, path, body=body, headers={"Connection": "close", **(headers or {})})
        return Reply.of(connection.getresponse())
    finally:
        connection.close()


@dataclasses.dataclass
class Flood:
    replies: list
    failures: list

    @property
    def pods(self):
        return {reply.pod for reply in self.replies}


def flood(address, port, count, clients=1, **options):
    """`count` requests, each on a new connection; a failure is anything but a 200."""

    def one(_):
        try:
            reply = fetch(address, port, **options)
            return reply if reply.status == 200 else f"status {reply.status}"
        except (OSError, http.client.HTTPException) as error:
            return repr(error)

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(one, range(count)))
    return Flood([x for x in results if isinstance(x, Reply)], [x for x in results if not isinstance(x, Reply)])


def refused(address, port, timeout=3):
    """True if the address refuses a TCP connection at once, as opposed to leaving the client waiting."""
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return False
    except ConnectionRefusedError:
        return True


def tool(*command, timeout=30, text_input=None, prefix=()):
    return subprocess.run(
        [*map(str, prefix), *map(str, command)], capture_output=True, text=True, timeout=timeout, input=text_input
    )


def curl(url, *options, prefix=(), timeout=30):
    """The body. Fails as curl fails."""
    done = tool("curl", "-sS", "--noproxy", "*", "--max-time", 10, *options, url, prefix=prefix, timeout=timeout)
    assert done.returncode == 0, f"curl {url}: {done.stderr}"
    return done.stdout
