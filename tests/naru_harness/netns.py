"""Network namespaces: networks of one's own, for what needs more than loopback."""

import concurrent.futures
import ctypes
import itertools
import os
import subprocess

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_numbers = itertools.count()


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True, text=True)


class Namespace:
    """Its loopback is up. Everything in it goes with it. Its name tells the process that made it: see leftovers.py."""

    def __init__(self, label=""):
        self.name = f"naru-{os.getpid()}-{next(_numbers)}" + (f"-{label}" if label else "")
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    @property
    def prefix(self):
        """What to put before a command to run it here."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def ip(self, *words):
        ip("-n", self.name, *words)

    def batch(self, *lines):
        """Many `ip` commands for the price of one."""
        done = subprocess.run(
            ["ip", "-n", self.name, "-batch", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True
        )
        assert done.returncode == 0, f"{done.stderr}in:\n" + "\n".join(lines)

    def run(self, *command, **options):
        return subprocess.run([*self.prefix, *map(str, command)], capture_output=True, text=True, timeout=60, **options)

    def inside(self, function, *arguments, **options):
        """Calls it in a thread of its own that has this network, as have the threads that it starts."""
        with concurrent.futures.ThreadPoolExecutor(1, initializer=self._enter) as thread:
            return thread.submit(function, *arguments, **options).result()

    def _enter(self):
        with open(f"/run/netns/{self.name}", "rb") as place:
            if _LIBC.setns(place.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns to {self.name}")

    def sysctl(self, **values):
        """`ipv4__ip_forward=1` is net.ipv4.ip_forward = 1: a name has no dots in Python."""

        def write():
            for name, value in values.items():
                with open("/proc/sys/net/" + name.replace("__", "/"), "w", encoding="ascii") as out:
                    out.write(str(value))

        self.inside(write)

    def connect(self, other, own_address, other_address):
        """A cable to another namespace, with an address/length at each end."""
        number = next(_numbers)
        mine, theirs = f"veth{number}a", f"veth{number}b"
        ip("link", "add", mine, "netns", self.name, "type", "veth", "peer", "name", theirs, "netns", other.name)
        for namespace, device, address in ((self, mine, own_address), (other, theirs, other_address)):
            extra = ["nodad"] if ":" in address else []
            namespace.ip("addr", "add", address, "dev", device, *extra)
            namespace.ip("link", "set", device, "up")

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)
