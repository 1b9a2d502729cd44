"""Network namespaces: networks of one's own, for what needs more than loopback."""

import itertools
import os
import subprocess

_numbers = itertools.count()


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True, text=True)


class Namespace:
    """Its loopback is up. Everything in it goes with it."""

    def __init__(self):
        self.name = f"naru-{os.getpid()}-{next(_numbers)}"
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    @property
    def prefix(self):
        """What to put before a command to run it here."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def ip(self, *words):
        ip("-n", self.name, *words)

    def run(self, *command, **options):
        return subprocess.run([*self.prefix, *map(str, command)], capture_output=True, text=True, timeout=60, **options)

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
