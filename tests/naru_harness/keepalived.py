"""keepalived on the nodes of the site: VRRP moves an address, the kernel's DNAT sends what arrives to the pods."""

from . import site_plan as plan
from .process import Process

_CONFIG = """global_defs {{
  router_id {name}
  {version}
}}
vrrp_instance web {{
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority {priority}
  advert_int {interval}
  virtual_ipaddress {{ {address}/24 }}
}}
"""
_DNAT = """table ip web {{
  chain arriving {{
    type nat hook prerouting priority dstnat;
    ip daddr {address} tcp dport {port} dnat to numgen inc mod {count} map {{ {pods} }};
  }}
  chain leaving {{ type nat hook postrouting priority srcnat; ct status dnat masquerade; }}
}}
"""


class Keepalived(Process):
    """One node's, started by construction. `interval`: seconds between adverts; below one it takes VRRP version 3."""

    def __init__(self, site, node, address, pods, priority, interval=1, port=8080):
        self.node, home = node, site.directory / f"keepalived-{node.name}"
        home.mkdir(exist_ok=True)
        config, self._child = home / "keepalived.conf", home / "vrrp.pid"
        version = "vrrp_version 3" if interval < 1 else ""
        config.write_text(
            _CONFIG.format(name=node.name, version=version, priority=priority, interval=interval, address=address)
        )
        choices = ", ".join(f"{number} : {pod.address}" for number, pod in enumerate(pods))
        rules = _DNAT.format(address=address, port=port, count=len(pods), pods=choices)
        loaded = node.machine.run("nft", "-f", "-", input=rules)
        assert loaded.returncode == 0, loaded.stderr
        files = ["-f", config, "-p", home / "keepalived.pid", "-r", self._child]
        command = ["keepalived", "--dont-fork", "--log-console", "--vrrp", *files]
        super().__init__([*node.machine.prefix, *command], home / "keepalived.log")

    def has(self, address):
        return f" {address}/" in self.node.machine.run("ip", "-4", "addr", "show", "dev", "eth0").stdout


def priorities(nodes):
    """By node name; all differ, so that an election has one outcome."""
    return {node.name: 100 + 20 * place for place, node in enumerate(nodes)}


ADDRESS = plan.ON_SEGMENT.split("-")[1]
