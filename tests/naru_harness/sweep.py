"""Asks many addresses at once until each has answered, from one thread."""

import selectors
import socket
import time

# Seconds before one is tried anew: a connection that does not come about, and one that is not answered.
_PATIENCE, _PATIENCE_FOR_ANSWER = 0.1, 3.0


class _Try:
    def __init__(self, address, port, now):
        self.address, self.began, self.answer = address, now, b""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.failed = self.socket.connect_ex((address, port)) not in (0, 115)  # EINPROGRESS

    def is_lost(self, now):
        return now - self.began > (_PATIENCE_FOR_ANSWER if self.answer else _PATIENCE)

    def step(self):
        """Something happened; whether it has been answered."""
        try:
            if not self.answer:
                self.socket.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.answer = b" "  # asked
            else:
                got = self.socket.recv(4096)
                self.failed = not got
                self.answer += got
        except BlockingIOError:
            pass
        except OSError:
            self.failed = True
        return b" 200 " in self.answer


def first_answers(addresses, port, timeout=30.0):
    """{address: seconds until it answered 200, None if it did not}, counted from the call."""
    began, found, tries = time.monotonic(), {}, {}
    selector = selectors.DefaultSelector()

    def begin(address, now):
        tries[address] = one = _Try(address, port, now)
        if not one.failed:
            selector.register(one.socket, selectors.EVENT_WRITE, one)

    def end(one):
        if one.socket in selector.get_map():
            selector.unregister(one.socket)
        one.socket.close()

    for address in addresses:
        begin(address, began)
    while len(found) < len(addresses) and time.monotonic() - began < timeout:
        for key, _ in selector.select(0.005):
            one = key.data
            if one.step():
                found[one.address] = time.monotonic() - began
                end(one)
                del tries[one.address]
            elif one.failed:
                selector.unregister(one.socket)
            else:
                selector.modify(one.socket, selectors.EVENT_READ, one)
        now = time.monotonic()
        for one in [x for x in tries.values() if x.is_lost(now)]:
            end(one)
            begin(one.address, now)
    for one in tries.values():
        end(one)
    selector.close()
    return {address: found.get(address) for address in addresses}
