"""Who lives where in the site.

      client 198.51.100.10
         |
      router 198.51.100.1, 192.168.1.1
         |
    =====+========== one segment, 192.168.1.0/24 ==============
         |               |               |               |
      m-k8s .10      w1-k8s .101     w2-k8s .102     w3-k8s .103
         |               |               |               |
    10.244.0.0/24   10.244.1.0/24   10.244.2.0/24   10.244.3.0/24    pods, each in a network namespace of its own

All of it has IPv6 as well.
"""

import dataclasses

SERVICE_CIDRS = ["10.96.0.0/16", "fd00:96::/108"]
CLIENT, CLIENT6 = "198.51.100.10", "fd00:51::10"
ROUTER_OUTSIDE, ROUTER_OUTSIDE6 = "198.51.100.1", "fd00:51::1"
ROUTER, ROUTER6 = "192.168.1.1", "fd00:1::1"
ROUTER_MAC = "02:00:c0:a8:01:01"
# Addresses that the segment has for load balancers, and some that only routes lead to.
ON_SEGMENT, ON_SEGMENT6 = "192.168.1.200-192.168.1.239", "fd00:1::200-fd00:1::23f"
ROUTED, ROUTED6 = "203.0.113.0/24", "fd00:113::/120"


@dataclasses.dataclass(frozen=True)
class Host:
    """One node: what it is called, and its addresses."""

    name: str
    number: int  # the last byte of its address
    place: int  # among the nodes; the third byte of its pods' addresses

    @property
    def address(self):
        return f"192.168.1.{self.number}"

    @property
    def address6(self):
        return f"fd00:1::{self.number}"

    @property
    def mac(self):
        """The same after each start, as a network card's."""
        return f"02:00:c0:a8:01:{self.number:02x}"

    @property
    def pod_cidrs(self):
        return f"10.244.{self.place}.0/24", f"fd00:244:{self.place}::/64"

    def pod_addresses(self, number):
        """Number 1 is the node's own end."""
        return f"10.244.{self.place}.{number}", f"fd00:244:{self.place}::{number}"


NODES = [Host("m-k8s", 10, 0), Host("w1-k8s", 101, 1), Host("w2-k8s", 102, 2), Host("w3-k8s", 103, 3)]
