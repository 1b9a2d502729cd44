"""BIRD on the site's router: takes the nodes' routes by BGP and spreads connections over them."""

from . import site_plan as plan
from .process import Process

ROUTER_ASN, NODES_ASN = 64512, 64513
PASSWORD = "a shared secret"

_HEAD = """log stderr all;
router id {router};
protocol device {{ scan time 1; }}
protocol kernel {{ ipv4 {{ import none; export all; }}; merge paths on limit 16; }}
protocol kernel {{ ipv6 {{ import none; export all; }}; merge paths on limit 16; }}
protocol bfd {{
  accept direct;
  interface "eth0" {{ min rx interval {bfd} ms; min tx interval {bfd} ms; multiplier 3; }};
}}
"""
_PEER = """protocol bgp {name} {{
  local {router} as {own};
  neighbor {address} as {other};
  passive on;
  error wait time 1, 2;
  bfd {use_bfd};
  {password}
  ipv4 {{ import all; export none; }};
  ipv6 {{ import all; export none; }};
}}
"""


def configuration(hosts, bfd=100, use_bfd=True, password=None):
    """`bfd`: milliseconds between its packets."""
    text = _HEAD.format(router=plan.ROUTER, bfd=bfd)
    secret = f'password "{password}";' if password else ""
    for host in hosts:
        name = host.name.replace("-", "_")
        text += _PEER.format(
            name=name,
            router=plan.ROUTER,
            own=ROUTER_ASN,
            other=NODES_ASN,
            address=host.address,
            use_bfd="on" if use_bfd else "off",
            password=secret,
        )
    return text


def _names(hosts, addresses):
    return {host.name for host in hosts if host.address in addresses}


class Bird(Process):
    """Started by construction, in the site's router."""

    def __init__(self, site, **options):
        self.place, self.hosts, home = site.router, site.hosts, site.directory / "bird"
        home.mkdir(exist_ok=True)
        self.socket = home / "bird.ctl"
        config = home / "bird.conf"
        config.write_text(configuration(site.hosts, **options))
        command = ["bird", "-f", "-c", config, "-s", self.socket, "-P", home / "bird.pid"]
        super().__init__([*site.router.prefix, *command], home / "bird.log")

    def ask(self, *words):
        return self.place.run("birdc", "-r", "-s", self.socket, *words).stdout

    def watched(self):
        """The names of the nodes with which BFD is up."""
        rows = [line.split() for line in self.ask("show", "bfd", "sessions").splitlines()]
        return _names(self.hosts, {row[0] for row in rows if len(row) > 2 and row[2] == "Up"})

    def established(self):
        """The names of the nodes whose session is up."""
        rows = [line.split() for line in self.ask("show", "protocols").splitlines()]
        return {row[0].replace("_", "-") for row in rows if len(row) > 5 and row[1] == "BGP" and row[-1] == "Established"}


def next_hops(site, prefix):
    """The nodes to which the router's kernel sends what is for the prefix, by name."""
    family = "-6" if ":" in prefix else "-4"
    words = site.router.run("ip", family, "route", "show", prefix).stdout.split()
    gateways = {words[at + 1] for at, word in enumerate(words) if word == "via"}
    return {host.name for host in site.hosts if gateways & {host.address, host.address6}}
