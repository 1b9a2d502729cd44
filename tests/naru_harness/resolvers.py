"""Name servers of other makers, as naru's upstreams: unbound, a resolver; dnsdist, a balancer; and NSD, an authority."""

from . import dns
from .process import Process
from .wait import until

PORT = 53531

_UNBOUND = """
server:
  interface: {address}@{port}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "{home}"
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
{zones}
remote-control:
  control-enable: no
{forward}
"""

_NSD = """
server:
  ip-address: {address}@{port}
  username: ""
  chroot: ""
  pidfile: ""
  database: ""
  zonesdir: "{home}"
  xfrdfile: "{home}/xfrd.state"
  zonelistfile: "{home}/zone.list"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "{zone}"
  zonefile: "zone"
"""


class _Server:
    def __init__(self, lab, name, address, command):
        self.address, self.port = address, PORT
        self.home = lab.directory / f"{name}-{address}"
        self.home.mkdir()
        self.config = self.home / "conf"
        self._command = [*command, "-c", self.config]
        self.process = None

    @property
    def text(self):
        return f"{self.address}:{self.port}"

    def start(self, probe):
        self.process = Process(self._command, self.home / "log")
        until(lambda: self._answers(probe), f"{self.text} answers: {self.process.text()}")
        return self

    def _answers(self, probe):
        return dns.dig(self.address, self.port, probe, "SOA", "+time=1").status in ("NOERROR", "NXDOMAIN", "SERVFAIL")

    def close(self):
        if self.process:
            self.process.kill()


class Unbound(_Server):
    """Knows the names of `zone` by itself; all others it asks for at `forward`, if given."""

    def __init__(self, lab, address, zone, records, forward=None):
        super().__init__(lab, "unbound", address, ["unbound", "-d"])
        lines = [f'  local-zone: "{zone}." static', f"""  local-data: '{zone}. 60 IN SOA ns.{zone}. host.{zone}. 1 2 3 4 60'"""]
        lines += [f"""  local-data: '{name} {rest}'""" for name, rest in records]
        to = f'forward-zone:\n  name: "."\n  forward-addr: {forward.replace(":", "@")}' if forward else ""
        self.config.write_text(
            _UNBOUND.format(address=address, port=PORT, home=self.home, zones="\n".join(lines), forward=to)
        )
        self.start(zone)


class Dnsdist(_Server):
    """Hands everything on to `behind`, and keeps the answers."""

    def __init__(self, lab, address, behind, probe):
        super().__init__(lab, "dnsdist", address, ["dnsdist", "--supervised", "--disable-syslog"])
        self._command[self._command.index("-c")] = "-C"
        lines = [f'setLocal("{self.text}")', f'newServer({{address="{behind.text}", healthCheckMode="up"}})']
        lines += ['getPool(""):setCache(newPacketCache(1000))', 'setSecurityPollSuffix("")']
        self.config.write_text("\n".join([*lines, ""]))
        self.start(probe)


class Nsd(_Server):
    def __init__(self, lab, address, zone, records):
        super().__init__(lab, "nsd", address, ["nsd", "-d"])
        lines = [f"$ORIGIN {zone}.", "@ 60 IN SOA ns host 1 2 3 4 60", "@ 60 IN NS ns", f"ns 60 IN A {address}"]
        (self.home / "zone").write_text("\n".join([*lines, *(" ".join(each) for each in records), ""]))
        self.config.write_text(_NSD.format(address=address, port=PORT, home=self.home, zone=zone))
        self.start(zone)
