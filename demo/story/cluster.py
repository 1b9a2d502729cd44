"""The processes of the story: three nodes, five pods, and the directory of manifests between them."""

import dataclasses
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import manifests
from terminal import Failure


@dataclasses.dataclass
class Pod:
    name: str
    address: str
    node: str
    version: str
    process: subprocess.Popen
    deleting: bool = False


def can_bind(address, port):
    """Whether this user may listen there; asked of the kernel, which knows about capabilities and sysctls."""
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tcp.bind((address, port))
            udp.bind((address, port))
        except OSError:
            return False
    return True


class Cluster:
    def __init__(self, build, directory):
        self.build, self.directory = pathlib.Path(build), pathlib.Path(directory)
        self.files = self.directory / "manifests"
        self.files.mkdir(parents=True)
        self.ledger = self.directory / "ledger"
        self.pods, self.nodes, self.processes, self.addresses = [], {}, [], 0
        privileged = can_bind(manifests.DNS_ADDRESS, 53) and can_bind("127.41.0.11", 80)
        self.port, self.dns_port = (80, 53) if privileged else (8080, 1053)

    # Files.

    def write(self, name, text):
        """In one step, so that no node ever reads half a file."""
        new = self.directory / f".{name}.new"
        new.write_text(text)
        os.replace(new, self.files / name)

    def write_pods(self):
        texts = [manifests.pod(x.name, x.address, x.node, x.deleting) for x in self.pods]
        self.write("pods.yaml", "---\n".join(texts))

    # Processes.

    def _spawn(self, name, command):
        log = open(self.directory / f"{name}.log", "ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        log.close()
        self.processes.append(process)
        with open(self.directory / "pids", "a") as out:
            out.write(f"{process.pid}\n")
        return process

    def start_node(self, name):
        config = self.directory / f"{name}.yaml"
        config.write_text(manifests.configuration(name, self.dns_port, self.directory))
        command = [self.build / "naru", "run", "-f", self.files, "--config", config]
        self.nodes[name] = self._spawn(name, list(map(str, command)))

    def start_pod(self, name, node, version):
        """On an address that no pod has had: pods do not keep theirs."""
        self.addresses += 1
        address = f"127.0.42.{self.addresses}"
        options = {"name": name, "pod-version": version, "address": address, "port": manifests.POD_PORT, "ledger": self.ledger}
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        pod = Pod(name, address, node, version, self._spawn(f"{name}-{address}", [str(self.build / "naru-pod"), *words]))
        self._until_listening(pod)
        return pod

    def _until_listening(self, pod):
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex((pod.address, manifests.POD_PORT)) == 0:
                    return
            if pod.process.poll() is not None:
                break
            time.sleep(0.01)
        raise Failure(f"{pod.name} does not listen:\n{self.log(f'{pod.name}-{pod.address}')}")

    def log(self, name):
        return (self.directory / f"{name}.log").read_text(errors="replace")[-3000:]

    # Questions.

    def naru(self, *arguments, node="w1-k8s"):
        """Runs naru's client; (how it reads, what it said, exit code)."""
        where = ["--socket", str(self.directory / f"{node}.sock")] if arguments[0] == "get" else []
        done = subprocess.run([self.build / "naru", *arguments, *where], capture_output=True, text=True, timeout=20)
        return " ".join(["naru", *arguments]), done.stdout + done.stderr, done.returncode

    def get(self, what, node="w1-k8s"):
        _, text, code = self.naru("get", what, "-o", "json", node=node)
        return json.loads(text)["items"] if code == 0 else []

    def service(self, name):
        return next(x for x in self.get("services") if x["metadata"]["name"] == name)

    def ready(self, node):
        """Whether the node's health page says that it serves."""
        if self.nodes[node].poll() is not None:
            raise Failure(f"naru of {node} ended with {self.nodes[node].returncode}:\n{self.log(node)}")
        try:
            with socket.create_connection((manifests.NODES[node], 10256), timeout=1) as sock:
                sock.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return b" 200 " in sock.recv(4096).split(b"\r\n", 1)[0]
        except OSError:
            return False

    def in_force(self, service="web"):
        """Whether every node uses exactly the pods that are not on their way out."""
        wanted = {x.address for x in self.pods if not x.deleting}
        return all(self._ready_addresses(node, service) == wanted for node in self.nodes)

    def _ready_addresses(self, node, service):
        found = set()
        for item in self.get("endpoints", node):
            if item["metadata"].get("labels", {}).get("kubernetes.io/service-name") == service:
                ready = [x for x in item.get("endpoints") or [] if x.get("conditions", {}).get("ready", True)]
                found.update(address for x in ready for address in x["addresses"])
        return found

    # The end.

    def stop(self):
        """Everything that was started, the polite way first."""
        stop_pids([x.pid for x in self.processes if x.poll() is None], self.processes)


def stop_pids(pids, processes=()):
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
        for pid in filter(_alive, pids):
            os.kill(pid, number)
        end = time.monotonic() + patience
        while any(map(_alive, pids)) and time.monotonic() < end:
            for process in processes:
                process.poll()
            time.sleep(0.02)


def _alive(pid):
    """Ours and running: a number that somebody else has by now is not touched."""
    try:
        name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return name in ("naru", "naru-pod") and state != "Z"
