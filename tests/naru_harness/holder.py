"""Who holds sockets while naru comes and goes, as a service manager does: sd_listen_fds(3), and a store for descriptors."""

import array
import contextlib
import fcntl
import os
import socket

_FIRST = 100  # out of the way of the numbers that the protocol gives


def listening(address, port, udp=2, tcp=2):
    """Sockets of one address, in a group that shares it."""
    kinds = [socket.SOCK_DGRAM] * udp + [socket.SOCK_STREAM] * tcp
    return [_listen(address, port, kind) for kind in kinds]


def _listen(address, port, kind):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((address, port))
    if kind == socket.SOCK_STREAM:
        sock.listen(4096)
    return sock


class Holder:
    """Holds sockets and passes them to every naru that is started."""

    def __init__(self, sockets, name="dns"):
        self.sockets, self.name = sockets, name
        self._descriptors = [fcntl.fcntl(x.fileno(), fcntl.F_DUPFD, _FIRST) for x in sockets]

    def command(self):
        """Words before those that start naru."""
        moved = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(self._descriptors))
        names = ":".join([self.name] * len(self._descriptors))
        script = f'exec {moved}; export LISTEN_PID=$$ LISTEN_FDS={len(self._descriptors)} LISTEN_FDNAMES={names}; exec "$@"'
        return ["bash", "-c", script, "holder"]

    def options(self):
        """For the Process that is started so."""
        return {"pass_fds": self._descriptors}

    def close(self):
        for fd in self._descriptors:
            with contextlib.suppress(OSError):
                os.close(fd)
        for each in self.sockets:
            each.close()


class Store:
    """A service manager's notify socket: what it is told, and the sockets that it is given to keep."""

    def __init__(self, directory, room=64):
        self.path, self.room = directory / "notify", room
        self.told, self.kept = [], []
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(self.path))
        self._sock.setblocking(False)

    def command(self):
        return []

    def options(self):
        return {"env": {**os.environ, "NOTIFY_SOCKET": str(self.path), "FDSTORE": str(self.room)}}

    def read(self):
        """All that has been said so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                message, ancillary, _, _ = self._sock.recvmsg(4096, socket.CMSG_SPACE(64 * 4))
                self.told.append(message.decode())
                for _, _, data in ancillary:
                    fds = array.array("i")
                    fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
                    self.kept += [socket.socket(fileno=fd) for fd in fds]
        return self.told

    def holder(self):
        """Who passes what is kept."""
        self.read()
        kept, self.kept = self.kept, []
        return Holder(kept, "naru-dns")

    def close(self):
        self._sock.close()
        for each in self.kept:
            each.close()
