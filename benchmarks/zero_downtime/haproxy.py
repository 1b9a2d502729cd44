"""HAProxy: as its package's example and most tutorials have it, and as well as it can be made to save requests."""

import signal
import socket

from naru_harness.fronts import PORT
from naru_harness.process import Process
from naru_harness.wait import until

from .reloading import Reloader

_SLOTS = 16
# How long a reload takes until the new process has the sockets.
_RELOAD = 0.1

_DEFAULTS = """\
global
  stats socket {socket} level admin expose-fd listeners
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
{more}
frontend web
  bind {address}:{port}
  default_backend web
backend web
  balance roundrobin
"""

_BEST = """\
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response response-timeout 0rtt-rejected{statuses}
  # Without this a POST whose connection breaks would be sent twice.
  http-request disable-l7-retry if METH_POST
{check}
  timeout connect 1s
  timeout server {per_try}
  default-server inter 200ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down{proto}
"""


class _Haproxy:
    def __init__(self, lab, speaks):
        self.lab, self.port, self.address = lab, PORT, lab.range.cluster_ip(30)
        self.proto = "" if speaks == "http1" else " proto h2"
        self.config, self.socket = lab.directory / "haproxy.cfg", lab.directory / "haproxy.sock"
        self.process = None

    def head(self, more=""):
        return _DEFAULTS.format(socket=self.socket, address=self.address, port=self.port, more=more)

    def start(self):
        command = ["haproxy", "-W", "-f", self.config]
        self.process = Process(command, self.lab.directory / "haproxy.log")
        until(self._listens, "HAProxy listens")

    def _listens(self):
        assert self.process.running, self.process.text()
        socket.create_connection((self.address, self.port), timeout=1).close()
        return True

    def stop(self):
        self.process.kill()


class HaproxyDefault(_Haproxy):
    """Health checks as they are by default, and a reload for every change."""

    name = "HAProxy, defaults"

    def __init__(self, lab, speaks, policy):
        super().__init__(lab, speaks)
        self.reloader = Reloader(self._apply, _RELOAD)

    def publish(self, pods, leaving):
        if self.process is None:
            self._write(pods)
        else:
            self.reloader.change(list(pods))

    def _write(self, pods):
        servers = [f"  server {x.name} {x.address}:{x.port} check{self.proto}\n" for x in pods]
        self.config.write_text(self.head() + "".join(servers))

    def _apply(self, pods):
        self._write(pods)
        self.process.signal(signal.SIGUSR2)

    def stop(self):
        self.reloader.close()
        super().stop()


class HaproxyBest(_Haproxy):
    """Retries wherever they are safe, checks five times a second, and changes without a reload, by the runtime API."""

    name = "HAProxy, tuned"

    def __init__(self, lab, speaks, policy):
        super().__init__(lab, speaks)
        per_try = policy.get("timeouts", {}).get("perTry", "50s")
        # Of a template's servers only the first gets an HTTP check that works where the protocol is HTTP/2 (2.6): TCP then.
        check = "" if self.proto else "  option httpchk GET /healthz"
        statuses = " 502 503 504" if policy.get("retries", {}).get("onGatewayStatus") else ""
        template = f"  server-template pod {_SLOTS} 127.0.0.1:{PORT} check disabled\n"
        best = _BEST.format(per_try=per_try, proto=self.proto, check=check, statuses=statuses)
        self.config.write_text(self.head() + best + template)
        self.slots = {}  # pod: number
        self.state = {}

    def publish(self, pods, leaving):
        self.wanted = {**{x: "ready" for x in pods}, **{x: "drain" for x in leaving}}
        if self.process is not None:
            self._apply()

    def start(self):
        super().start()
        self._apply()

    def _apply(self):
        for pod in [x for x in self.slots if x not in self.wanted]:
            self._tell(f"set server web/pod{self.slots.pop(pod)} state maint")
            self.state.pop(pod)
        for pod, state in self.wanted.items():
            if pod not in self.slots:
                self.slots[pod] = min(set(range(1, _SLOTS + 1)) - set(self.slots.values()))
                self._tell(f"set server web/pod{self.slots[pod]} addr {pod.address} port {pod.port}")
                self._tell(f"set server web/pod{self.slots[pod]} health up")
            if self.state.get(pod) != state:
                self._tell(f"set server web/pod{self.slots[pod]} state {state}")
                self.state[pod] = state

    def _tell(self, command):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.socket))
            control.sendall(command.encode() + b"\n")
            control.recv(4096)
