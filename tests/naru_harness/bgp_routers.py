"""BGP routers of others, each in a network namespace: FRR, BIRD and GoBGP, with one face. They know one neighbour."""

import json
import os
import re

from .process import Process
from .wait import until


class Router(Process):
    """`place`: its namespace. `local`, `neighbour`: addresses of the session. Options of all: `asn`, `peer_asn`,
    `password`, `hold`, `graceful_restart`, `connects` (does not only wait to be connected to)."""

    asn = 64512

    def __init__(self, place, directory, local, neighbour, *, peer_asn=64513, **options):
        self.place, self.directory, self.local, self.neighbour = place, directory, local, neighbour
        self.peer_asn, self.options = peer_asn, {"hold": 90, **options}
        self.asn = options.get("asn", self.asn)
        self.v6 = ":" in local
        self.launch()

    def launch(self):
        self.directory.mkdir(exist_ok=True)
        super().__init__([*self.place.prefix, *self.words()], self.directory / "log")
        until(self.is_ready, f"{type(self).__name__} is ready")

    def is_ready(self):
        # What a killed one left is there before this one answers.
        return self.running and self.ask_state() is not None

    @property
    def is_up(self):
        return self.ask_state() == "Established"

    def option(self, name, text):
        return text.format(self.options[name]) if self.options.get(name) else ""


def _communities(pairs):
    return {":".join(map(str, numbers)) for numbers in pairs}


class Frr(Router):
    def words(self):
        os.chmod(self.directory, 0o777)
        configuration = self.directory / "bgpd.conf"
        configuration.write_text(self.configuration())
        # -Z: without zebra, whose routing tables nobody needs here.
        return [
            *("/usr/lib/frr/bgpd", "-f", configuration, "-i", self.directory / "pid", "-z", self.directory / "zserv"),
            *("--vty_socket", self.directory, "-P", 0, "-n", "-Z", "-S", "--log", "stdout"),
        ]

    def configuration(self):
        peer = f" neighbor {self.neighbour}"
        lines = [
            f"router bgp {self.asn}",
            " bgp router-id 10.255.0.1",
            " no bgp ebgp-requires-policy",
            " bgp graceful-restart-disable" if not self.options.get("graceful_restart") else "",
            f"{peer} remote-as {self.peer_asn}",
            "" if self.options.get("connects") else f"{peer} passive",
            f"{peer} timers {self.options['hold'] // 3} {self.options['hold']}",
            f"{peer} timers connect 1",
            self.option("password", f"{peer} password {{}}"),
            " address-family ipv4 unicast",
            f" {peer} activate",
            " exit-address-family",
            " address-family ipv6 unicast",
            f" {peer} activate",
            " exit-address-family",
        ]
        return "\n".join(filter(None, lines)) + "\n"

    def ask(self, words):
        done = self.place.run("vtysh", "--vty_socket", self.directory, "-c", words)
        return json.loads(done.stdout)

    def ask_state(self):
        return self.ask(f"show bgp neighbors {self.neighbour} json")[self.neighbour]["bgpState"]

    def neighbour_json(self):
        return self.ask(f"show bgp neighbors {self.neighbour} json")[self.neighbour]

    def table(self, family="ipv4"):
        return self.ask(f"show bgp {family} unicast json").get("routes", {})

    def prefixes(self, family="ipv4"):
        return set(self.table(family))

    def route(self, prefix):
        family = "ipv6" if ":" in prefix else "ipv4"
        path = self.ask(f"show bgp {family} unicast {prefix} json")["paths"][0]
        large = path.get("largeCommunity", {}).get("string", "").split()
        return {
            "as_path": path["aspath"]["string"],
            "next_hop": path["nexthops"][0]["ip"],
            "local_pref": path.get("locPrf"),
            "communities": set(path.get("community", {}).get("string", "").split()),
            "large": set(large),
            "origin": path["origin"],
            "stale": path.get("stale", False),
        }

    def clear(self, soft=""):
        self.place.run("vtysh", "--vty_socket", self.directory, "-c", f"clear bgp {self.neighbour} {soft}".strip())


class Bird(Router):
    def words(self):
        configuration = self.directory / "bird.conf"
        configuration.write_text(self.configuration())
        return ["bird", "-f", "-c", configuration, "-s", self.directory / "ctl", "-P", self.directory / "pid"]

    def configuration(self):
        restart = self.options.get("graceful_restart")
        return f"""log stderr all;
router id 10.255.0.1;
protocol device {{ }}
protocol bgp naru {{
  local {self.local} as {self.asn};
  neighbor {self.neighbour} as {self.peer_asn};
  hold time {self.options["hold"]};
  connect retry time 1; connect delay time 1; error wait time 1, 2;
  {"multihop;" if self.options.get("multihop") else ""}
  {"" if self.options.get("connects") else "passive on;"}
  {self.option("password", 'password "{}";')}
  graceful restart {"on" if restart else "off"};
  {"enable as4 off;" if self.options.get("two_octet_asn") else ""}
  ipv4 {{ import all; export none; import table on; }};
  ipv6 {{ import all; export none; import table on; }};
}}
"""

    def ask(self, *words):
        return self.place.run("birdc", "-s", self.directory / "ctl", *words).stdout

    def ask_state(self):
        found = re.search(r"BGP state: +(\w+)", self.ask("show", "protocols", "all", "naru"))
        return found and found[1]

    def prefixes(self, family="ipv4"):
        table = "master4" if family == "ipv4" else "master6"
        return set(re.findall(r"^(\S+/\d+)", self.ask("show", "route", "table", table), re.M))

    def route(self, prefix):
        text = self.ask("show", "route", "all", prefix)

        def field(name):
            found = re.search(rf"BGP\.{name}: (.*)", text)
            return found[1].strip() if found else ""

        pair = r"\(([\d, ]+)\)"
        return {
            "as_path": field("as_path"),
            "next_hop": field("next_hop"),
            "local_pref": int(field("local_pref") or 0) or None,
            "communities": {x.replace(",", ":") for x in re.findall(pair, field("community"))},
            "large": {x.replace(", ", ":") for x in re.findall(pair, field("large_community"))},
            "origin": field("origin"),
            "stale": bool(re.search(r"\(.*stale.*\)|\[.*s\]", text)),
        }

    def clear(self, soft=""):
        self.ask("reload" if soft else "restart", "naru")


class Gobgp(Router):
    def words(self):
        configuration = self.directory / "gobgpd.conf"
        configuration.write_text(self.configuration())
        return ["gobgpd", "-f", configuration, "--api-hosts", "127.0.0.1:50051"]

    def configuration(self):
        restart = ""
        if self.options.get("graceful_restart"):
            restart = "[neighbors.graceful-restart.config]\nenabled = true\nrestart-time = 60\n"
        family = (
            "[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = '{}-unicast'\n"
            + ("[neighbors.afi-safis.mp-graceful-restart.config]\nenabled = true\n" if restart else "")
        )
        return f"""[global.config]
as = {self.asn}
router-id = "10.255.0.1"
local-address-list = ["{self.local}"]
[[neighbors]]
[neighbors.config]
neighbor-address = "{self.neighbour}"
peer-as = {self.peer_asn}
{self.option("password", 'auth-password = "{}"')}
[neighbors.timers.config]
hold-time = {self.options["hold"]}
keepalive-interval = {self.options["hold"] // 3}
connect-retry = 1
[neighbors.transport.config]
passive-mode = {"false" if self.options.get("connects") else "true"}
{restart}{family.format("ipv4")}{family.format("ipv6")}"""

    def ask(self, *words):
        return json.loads(self.place.run("gobgp", "-j", *words).stdout)

    def ask_state(self):
        names = ["Unknown", "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"]
        return names[self.ask("neighbor", self.neighbour)["state"].get("session_state", 0)]

    def table(self, family):
        return self.ask("global", "rib", "-a", family)

    def prefixes(self, family="ipv4"):
        return set(self.table(family))

    def route(self, prefix):
        path = self.table("ipv6" if ":" in prefix else "ipv4")[prefix][0]
        values = {attribute["type"]: attribute for attribute in path["attrs"]}
        next_hop = values[3]["nexthop"] if 3 in values else values[14]["nexthop"]
        communities = values.get(8, {}).get("communities", [])
        large = values.get(32, {}).get("value", [])
        segments = values[2]["as_paths"]
        return {
            "as_path": " ".join(str(number) for segment in segments for number in segment["asns"]),
            "next_hop": next_hop,
            "local_pref": values.get(5, {}).get("value"),
            "communities": _communities((x >> 16, x & 0xFFFF) for x in communities),
            "large": _communities((x["ASN"], x["LocalData1"], x["LocalData2"]) for x in large),
            "origin": values[1]["value"],
            "stale": path.get("stale", False),
        }

    def clear(self, soft=""):
        self.place.run("gobgp", "neighbor", self.neighbour, "softresetin" if soft else "reset")


ROUTERS = {"FRR": Frr, "BIRD": Bird, "GoBGP": Gobgp}
