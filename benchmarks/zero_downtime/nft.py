"""What kube-proxy does, and all that it does: new connections to the Service's address go to one of the pods that it has."""

import subprocess

from naru_harness.fronts import PORT

_RULES = """\
table ip zero_downtime
delete table ip zero_downtime
table ip zero_downtime {{
  chain service {{
    type {kind} hook output priority -100;
    ip daddr {address} tcp dport {port} {verdict}
  }}
}}
"""


class NftablesDnat:
    name = "nftables DNAT"

    def __init__(self, lab, speaks, policy):
        self.port, self.address = PORT, lab.range.cluster_ip(50)

    def publish(self, pods, leaving):
        targets = ", ".join(f"{number} : {x.address}" for number, x in enumerate(pods))
        balance = f"dnat to numgen random mod {len(pods)} map {{ {targets} }}"
        # A Service without pods is refused.
        kind, verdict = ("nat", balance) if pods else ("filter", "reject with tcp reset")
        rules = _RULES.format(address=self.address, port=self.port, kind=kind, verdict=verdict)
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)

    def start(self):
        """The kernel runs it."""

    def stop(self):
        subprocess.run(["nft", "delete", "table", "ip", "zero_downtime"], check=True)
