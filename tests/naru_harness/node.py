"""One naru: the daemon of one node."""

import http.client
import json
import re
import signal
import socket
import urllib.error
import urllib.request

import yaml

from . import clients
from .process import Process
from .wait import until

METRICS_PORT = 10249
HEALTH_PORT = 10256
DNS_PORT = 1053
_SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def http_get(url, timeout=5):
    """(status, headers, body)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as reply:
            return reply.status, dict(reply.headers), reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("naru")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class NaruNode:
    """`naru run` with its own state, sockets and addresses. Not started by construction."""

    def __init__(
        self, lab, name, address, sources=None, prefix=(), arguments=(), ready=True, state=None, holder=None, **configuration
    ):
        self.lab, self.name, self.address, self.prefix = lab, name, address, list(prefix)
        self.home = lab.directory / f"node-{name}"
        self.home.mkdir(mode=0o755, exist_ok=True)
        self.socket = self.home / "naru.sock"
        self.state = state or lab.state
        self.sources = sources or [lab.manifests]
        self.arguments = list(arguments)
        self.wait_ready = ready
        self.holder = holder  # of its sockets: see holder.py
        self.process, self.told_to_stop = None, False
        self.former = []  # processes that others took over from
        self.starts = 0
        self.configure(**configuration)

    def configure(self, **changes):
        """Writes the configuration; for it to be in force, start() or SIGHUP."""
        self.configuration = {
            "apiVersion": "naru.io/v1alpha1",
            "kind": "NaruConfiguration",
            "node": self.name,
            **self.lab.naru_defaults(),
            "stateDir": str(self.state),
            "adminSocket": str(self.socket),
            "metricsBindAddress": f"{self.address}:{METRICS_PORT}",
            "healthzBindAddress": f"{self.address}:{HEALTH_PORT}",
            **changes,
        }
        self.config = self.home / "naru.yaml"
        self.config.write_text(yaml.safe_dump(self.configuration, sort_keys=False))

    def command(self):
        files = [word for path in self.sources for word in ("-f", path)]
        held = self.holder.command() if self.holder else []
        return [*self.prefix, *held, self.lab.build.naru, "run", *files, "--config", self.config, *self.arguments]

    def start(self):
        self.starts += 1
        options = self.holder.options() if self.holder else {}
        self.process = Process(self.command(), self.home / f"run-{self.starts}.log", **options)
        if self.wait_ready:
            until(self.is_ready, f"node {self.name} serves", timeout=60)
        return self

    def take_over(self):
        """Starts the next naru in place of this one; returns the process of the one before, which ends by itself once
        its connections have."""
        before = self.process
        self.starts += 1
        self.process = Process([*self.command(), "--take-over"], self.home / f"run-{self.starts}.log")
        self.former.append(before)

        def done():
            assert self.process.running, f"naru ended with {self.process.popen.returncode}:\n{self.log()}"
            return "took over" in self.log()

        until(done, f"node {self.name} is taken over", timeout=30)
        return before

    def is_ready(self):
        assert self.process.running, f"naru ended with {self.process.popen.returncode}:\n{self.log()}"
        return self.health("/healthz")[0] == 200

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def begin_to_stop(self):
        """end() waits for it."""
        if self.process and self.process.running:
            self.process.popen.terminate()
            self.told_to_stop = True

    def end(self):
        """Stops it if it runs; returns what was wrong about that, and with it."""
        faults = []
        if self.process and (self.process.running or self.told_to_stop):
            try:
                code = self.process.wait(20) if self.told_to_stop else self.process.stop(timeout=20)
                faults += [f"node {self.name} ended with {code}"] if code != 0 else []
            except Exception as error:  # noqa: BLE001 - the rest must be ended all the same
                faults.append(f"node {self.name} did not end on SIGTERM: {error}")
                self.process.kill()
        logs = [x for log in self.home.glob("run-*.log") for x in log.read_text(errors="replace").splitlines()]
        return faults + [f"node {self.name}: {x}" for x in logs if _SANITIZER.search(x)]

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def log(self):
        return self.process.text()

    # What it says of itself.

    def get_raw(self, what, *options):
        return self.lab.build.run("get", what, *options, "--socket", self.socket)

    def get(self, what, *options):
        done = self.get_raw(what, *options, "-o", "json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return found["items"] if isinstance(found, dict) else found

    def status(self):
        """What the admin API says of the whole: generation, errors, notices, counts."""
        connection = _UnixConnection(self.socket)
        try:
            connection.request("GET", "/v1/status")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def errors(self):
        """The standing faults in its sources, as messages."""
        return [x["message"] for x in self.status()["errors"]]

    def until_error(self, text):
        """Waits for a standing fault whose message has that text, and returns the message."""
        return until(lambda: next((x for x in self.errors() if text in x), None), f"naru reports: {text}")

    def until_no_errors(self):
        until(lambda: not self.errors(), "naru reports no fault any more")

    def service(self, name, namespace="shop"):
        wanted = (namespace, name)
        found = [x for x in self.get("services") if (x["metadata"]["namespace"], x["metadata"]["name"]) == wanted]
        assert found, f"no Service {namespace}/{name} in force"
        return found[0]

    def cluster_ip(self, name):
        return self.service(name)["spec"]["clusterIP"]

    def node_port(self, name, port=0):
        return self.service(name)["spec"]["ports"][port]["nodePort"]

    def load_balancer_ip(self, name):
        return self.service(name)["status"]["loadBalancer"]["ingress"][0]["ip"]

    def endpoint_addresses(self, name, namespace="shop"):
        """Ready endpoint addresses of a Service, as in force."""
        found = set()
        for item in self.get("endpoints"):
            meta = item["metadata"]
            if meta.get("namespace") != namespace or meta.get("labels", {}).get("kubernetes.io/service-name") != name:
                continue
            for endpoint in item.get("endpoints") or []:
                if endpoint.get("conditions", {}).get("ready", True):
                    found.update(endpoint["addresses"])
        return found

    def connections(self):
        return self.get("connections")

    def health(self, path="/healthz"):
        return self._http(HEALTH_PORT, path)

    def metrics_text(self):
        return self._http(METRICS_PORT, "/metrics")[2]

    def metric(self, name, **labels):
        """The sum of the samples of that name that have those labels; None if there is none."""
        total = None
        for line in self.metrics_text().splitlines():
            sample = re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", line)
            if not sample or sample.group(1) != name:
                continue
            found = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', sample.group(2) or ""))
            if all(found.get(key) == value for key, value in labels.items()):
                total = (total or 0.0) + float(sample.group(3))
        return total

    def _http(self, port, path):
        if not self.prefix:
            return http_get(f"http://{self.address}:{port}{path}")
        done = clients.tool("curl", "-s", "-w", "%{http_code}", f"http://{self.address}:{port}{path}", prefix=self.prefix)
        return int(done.stdout[-3:] or 0), {}, done.stdout[:-3]
