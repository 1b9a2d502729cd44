"""A switch with cables that can be pulled out."""

from .netns import Namespace, ip

_WHOLE, _OTHER = "whole", "other"


class Segment:
    """One layer-2 segment: bridges in a namespace of their own, one port per machine."""

    def __init__(self):
        self.place = Namespace("segment")
        self.place.sysctl(ipv6__conf__default__disable_ipv6=1)
        for bridge in (_WHOLE, _OTHER):
            self.place.batch(
                f"link add {bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0", f"link set {bridge} up"
            )

    def attach(self, machine, port, mac):
        """A cable from the machine's eth0 to the port of that name."""
        ends = ["link", "add", "eth0", "netns", machine.name, "address", mac, "type", "veth"]
        ip(*ends, "peer", "name", port, "netns", self.place.name)
        self.place.batch(f"link set {port} master {_WHOLE}", f"link set {port} up")

    def unplug(self, port):
        """The machine's end loses its carrier."""
        self.place.ip("link", "set", port, "down")

    def plug(self, port):
        self.place.ip("link", "set", port, "up")

    def detach(self, port):
        """The machine's card and its cable are gone, at once: with their namespaces they would go some time later."""
        self.place.ip("link", "del", port)

    def split(self, ports):
        """These go on seeing each other, but none of the rest; every link stays up."""
        self.place.batch(*[f"link set {port} master {_OTHER}" for port in ports])

    def join(self, ports):
        self.place.batch(*[f"link set {port} master {_WHOLE}" for port in ports])

    def close(self):
        self.place.close()
