"""An application with a sidecar in its network namespace, and the world outside, where its Services' pods are.

The world has the Services' addresses too, as a cluster with another proxy would, and what answers on them there says so:
a connection that is not intercepted is seen to be none.
"""

import json
import pathlib
import shutil
import subprocess

from . import manifests
from .pods import PodProcess
from .wait import until

SIDECAR_UID, APP_UID, OTHER_UID = 61337, 61000, 61001
PORT, DNS_PORT = 15001, 1053
CIDRS = ["10.96.0.0/12", "fd00:96::/112"]
RESOLVER = "10.96.0.10"
VIPS = {"4": "10.96.0.50", "6": "fd00:96::50"}
_APP = {"4": "192.168.77.2", "6": "fd77::2"}
_WORLD = {"4": "192.168.77.1", "6": "fd77::1"}
_POD = {"4": "192.168.77.{}", "6": "fd77::{}"}
_FAMILY = {"4": "IPv4", "6": "IPv6"}

# A connected socket, which hears of ICMP errors, then another.
_UDP = """
import socket, sys
address, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
for connected in (True, False):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        if connected:
            sock.connect((address, port))
            sock.send(b"x" * size)
            data = sock.recv(100000)
        else:
            sock.sendto(b"x" * size, (address, port))
            data, peer = sock.recvfrom(100000)
            assert peer[:2] == (address, port), peer
        print(len(data))
"""


# Asks when it is told to.
_KEPT = """
import socket, sys
with socket.create_connection((sys.argv[1], 80), timeout=5) as sock:
    for _ in sys.stdin:
        try:
            sock.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
            answer = sock.recv(4096).split()
            print(answer[1].decode() if answer else "closed", flush=True)
        except OSError as error:
            print(repr(error), flush=True)
"""


class KeptConnection:
    def __init__(self, command):
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self):
        """The status, or what went wrong."""
        self.popen.stdin.write("ask\n")
        self.popen.stdin.flush()
        return self.popen.stdout.readline().strip()

    def close(self):
        self.popen.kill()
        self.popen.communicate()


def as_user(uid):
    """What makes a command one of an ordinary user, who can never be more."""
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]


class Sidecar:
    """Not started by construction."""

    def __init__(self, lab, namespaces):
        self.lab, self.app, self.world = lab, namespaces(), namespaces()
        for family, length in (("4", 24), ("6", 64)):
            self.app.connect(self.world, f"{_APP[family]}/{length}", f"{_WORLD[family]}/{length}")
        self.app.ip("route", "add", "default", "via", _WORLD["4"])
        self.app.ip("-6", "route", "add", "default", "via", _WORLD["6"])
        self._copy_binary()
        self.node = None

    def _copy_binary(self):
        """Where anybody may run it, whatever the rights of the checkout."""
        self.original = self.lab.build.naru
        self.lab.build.naru = self.lab.directory / "naru"
        shutil.copy(self.original, self.lab.build.naru)
        self.lab.build.naru.chmod(0o755)

    def close(self):
        self.lab.build.naru = self.original

    # What runs.

    def pod(self, name, number, family="4"):
        address = _POD[family].format(number)
        self._give(self.world, address)
        self.app.ip("route", "add", address, "via", _WORLD[family])
        pod = PodProcess(self.lab.build, self.lab.directory, name, address, prefix=self.world.prefix, udp_echo_port=9000)
        self.lab.pods.append(pod)
        until(lambda: self.curl(address=address, port=8080, uid=SIDECAR_UID) == (0, name), f"{address} is within reach")
        return pod

    def outside(self, family="4"):
        """What answers in the world on the Service's address, port 80."""
        self._give(self.world, VIPS[family])
        pod = PodProcess(
            self.lab.build, self.lab.directory, f"outside-{family}", VIPS[family], port=80, prefix=self.world.prefix
        )
        self.lab.pods.append(pod)
        return pod

    @staticmethod
    def _give(place, address):
        length, extra = (128, ["nodad"]) if ":" in address else (32, [])
        place.ip("addr", "add", f"{address}/{length}", "dev", "lo", *extra)

    def serve(self, pods, family="4", name="web", vip=None, **spec):
        """Port 80 and UDP ports 514 and 9000 of a Service at `vip`, by default VIPS[family]. Its name ends in `family`."""
        named = f"{name}{family}"
        ports = [
            {"name": "http", "port": 80, "targetPort": 8080},
            {"name": "syslog", "port": 514, "targetPort": 9000, "protocol": "UDP"},
            {"name": "echo", "port": 9000, "protocol": "UDP"},
        ]
        service = manifests.service(
            named, clusterIP=vip or VIPS[family], ipFamilies=[_FAMILY[family]], ports=ports, **spec
        )
        self.lab.apply(f"{named}.yaml", service)
        self.endpoints(pods, family, name)

    def endpoints(self, pods, family="4", name="web"):
        ports = [
            {"name": "http", "port": 8080},
            {"name": "syslog", "port": 9000, "protocol": "UDP"},
            {"name": "echo", "port": 9000, "protocol": "UDP"},
        ]
        found = [pod.endpoint() for pod in pods]
        self.lab.apply(
            f"{name}{family}-endpoints.yaml",
            manifests.endpoint_slice(f"{name}{family}", found, ports=ports, family=_FAMILY[family]),
        )

    def start(self, **configuration):
        home = self.lab.directory / "node-sidecar"
        home.mkdir(exist_ok=True)
        shutil.chown(home, SIDECAR_UID, SIDECAR_UID)
        options = {
            "serviceCIDRs": CIDRS,
            "intercept": {"port": PORT, "dnsPort": DNS_PORT},
            "dns": {"upstreams": ["127.0.0.99:53"]},
            "workers": 1,
            "stateDir": "none",
            **configuration,
        }
        prefix = [*self.app.prefix, *as_user(SIDECAR_UID)]
        self.node = self.lab.node("sidecar", address="127.0.0.1", prefix=prefix, **options)
        return self.node

    def intercept(self, *words, uid=0):
        """`naru intercept` by root, or by somebody else."""
        user = as_user(uid) if uid else []
        return subprocess.run(
            [*self.app.prefix, *user, self.lab.build.naru, "intercept", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=30,
        )

    def install(self, *words, selector=("--uid", APP_UID)):
        config = ["--config", self.node.config] if self.node else [x for cidr in CIDRS for x in ("--service-cidr", cidr)]
        done = self.intercept(
            "install", *selector, "--sidecar-uid", SIDECAR_UID, "--resolver", RESOLVER, *config, *words
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done

    def shown(self):
        done = self.intercept("show", "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    # What the application sees.

    def run(self, *command, uid=APP_UID, before=()):
        return subprocess.run(
            [*self.app.prefix, *before, *as_user(uid), *map(str, command)], capture_output=True, text=True, timeout=60
        )

    def curl(self, family="4", port=80, address=None, **options):
        """(exit code, who answered)"""
        host = address or VIPS[family]
        url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        done = self.run("curl", "-sS", "--noproxy", "*", "-g", "--max-time", 5, url, **options)
        words = done.stdout.split()
        return done.returncode, words[1] if len(words) > 1 else ""

    def answered_by(self, family="4", **options):
        code, pod = self.curl(family, **options)
        assert code == 0, code
        return pod

    def until_answered_by(self, pods, family="4"):
        names = {pod.name for pod in pods}
        until(lambda: {self.answered_by(family) for _ in range(8)} == names, f"{names} answer")

    def connection(self, family="4"):
        """One that the application keeps."""
        command = [*self.app.prefix, *as_user(APP_UID), "/usr/bin/python3", "-c", _KEPT, VIPS[family]]
        return KeptConnection(command)

    def udp(self, port, family="4", size=10, address=None):
        return self.run("/usr/bin/python3", "-c", _UDP, address or VIPS[family], port, size)

    def resolve(self, name, nameserver=RESOLVER):
        """As any program does, by libc."""
        conf = self.lab.directory / "resolv.conf"
        conf.write_text(f"nameserver {nameserver}\nsearch shop.svc.cluster.local\noptions timeout:2 attempts:1\n")
        script = f'mount --bind {conf} /etc/resolv.conf && exec "$@"'
        return self.run("getent", "ahosts", name, before=["unshare", "-m", "sh", "-c", script, "sh"])


def left_behind(namespace):
    """Rules and routes."""
    rules = namespace.run("nft", "list", "ruleset").stdout
    routes = namespace.run("ip", "-6", "route", "show", "table", "local", "proto", "79").stdout
    return rules + routes


class ControlGroup:
    """One of version 2, for processes of a test."""

    def __init__(self, name):
        mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
        root = next((line.split()[1] for line in mounts if line.split()[2] == "cgroup2"), None)
        self.path = pathlib.Path(root) / name if root else None
        if self.path:
            self.path.mkdir()

    @property
    def joined(self):
        """What to put before a command."""
        return ["sh", "-c", f'echo $$ > {self.path}/cgroup.procs && exec "$@"', "sh"]

    def close(self):
        if self.path:
            until(lambda: not (self.path / "cgroup.procs").read_text(), "nobody is in the control group")
            self.path.rmdir()
