"""A piece of 127.0.0.0/8 for one lab, so that labs run beside each other, and beside a demo, on one machine."""

import fcntl
import os
import random
import tempfile

# Not 96..111, naru's default service CIDR, and not what is below, where people and other tests have their things.
_CHOICES = range(128, 250)


class LoopbackRange:
    """127.N.0.0/16, held by a lock on a file for as long as this object lives."""

    def __init__(self):
        for octet in random.sample(_CHOICES, len(_CHOICES)):
            path = os.path.join(tempfile.gettempdir(), f"naru-lab-{octet}.lock")
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._lock)
                continue
            self.octet = octet
            return
        raise RuntimeError("every loopback range is taken")

    def address(self, third, fourth):
        return f"127.{self.octet}.{third}.{fourth}"

    @property
    def service_cidr(self):
        return self.address(0, 0) + "/18"

    def cluster_ip(self, number):
        """One to ask for: in the band that is kept for asking."""
        return self.address(0, number)

    @property
    def dns(self):
        return self.address(0, 10)

    def node(self, number):
        return self.address(200, number)

    def pod(self, number):
        return self.address(210, number)

    @property
    def pool(self):
        return self.address(220, 0) + "/28"

    def pool_address(self, number):
        return self.address(220, number)

    def external(self, number):
        return self.address(230, number)

    def close(self):
        os.close(self._lock)
