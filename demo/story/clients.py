"""The clients of the story: curl, dig and wrk, each shown as it is run."""

import json
import pathlib
import re
import signal
import subprocess
import sys

import manifests

# The judge of the end-to-end tests: it needs nothing but Python.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests"))
from naru_harness import oracle  # noqa: E402


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=30)


class Clients:
    def __init__(self, cluster, story):
        self.cluster, self.story = cluster, story
        self.resolv = cluster.directory / "resolv.conf"
        self.resolv.write_text(
            f"nameserver {manifests.DNS_ADDRESS}\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\n"
        )
        # With port 53 and the right to bind-mount, every program resolves through naru, as in a pod.
        self.own_resolver = cluster.dns_port == 53 and self._private("true").returncode == 0

    def _private(self, *command):
        """Runs a command with our resolv.conf over /etc/resolv.conf, in a mount namespace of its own."""
        script = f"mount --bind {self.resolv} /etc/resolv.conf && exec \"$@\""
        return run("unshare", "-m", "sh", "-c", script, "sh", *command)

    def url(self, host, port=None):
        port = port or self.cluster.port
        return f"http://{host}/" if port == 80 else f"http://{host}:{port}/"

    def curl(self, host, port=None):
        """One shown request; what came back."""
        url = self.url(host, port)
        done = run("curl", "-sS", "--noproxy", "*", "--max-time", 5, url)
        self.story.command(f"curl {url}", done.stdout + done.stderr)
        return done.stdout

    def curl_by_name(self, name):
        """As a program in a pod would do it where that is to be had, else with the address that dig found."""
        url, base = self.url(name), ["curl", "-sS", "--noproxy", "*", "--max-time", 5]
        if self.own_resolver:
            done, shown = self._private(*base, url), f"curl {url}     # with naru in /etc/resolv.conf"
        else:
            address = self.addresses(name)[0]
            option = ["--resolve", f"{name}:{self.cluster.port}:{address}"]
            done, shown = run(*base, *option, url), f"curl {' '.join(option)} {url}"
        self.story.command(shown, done.stdout + done.stderr)
        return done.stdout

    def pods_seen(self, host, port=None, requests=30):
        """The pods that answer, by name, and how often; not shown."""
        seen = {}
        for _ in range(requests):
            done = run("curl", "-sS", "--noproxy", "*", "--max-time", 5, self.url(host, port))
            words = done.stdout.split()
            name = " ".join(words[1:6:2]) if done.returncode == 0 and len(words) > 5 else "failed: " + done.stderr.strip()
            seen[name] = seen.get(name, 0) + 1
        return seen

    def _dig(self, *words):
        done = run("dig", f"@{manifests.DNS_ADDRESS}", "-p", self.cluster.dns_port, "+short", *words)
        return done.stdout.split("\n")[:-1]

    def addresses(self, name, kind="A"):
        return self._dig(name, kind)

    def dig(self, name, kind="A"):
        lines = self._dig(name, kind)
        port = "" if self.cluster.dns_port == 53 else f" -p {self.cluster.dns_port}"
        shown = f"dig +short @{manifests.DNS_ADDRESS}{port} {name}" + ("" if kind == "A" else f" {kind}")
        self.story.command(shown, "\n".join(lines))
        return lines


class Load:
    """wrk, from construction to finish(): the judge that counts what clients lost."""

    def __init__(self, story, url, *options, shown=""):
        self.story = story
        self.shown = f"wrk -t2 -c16 {shown}{url}"
        command = ["wrk", "-t2", "-c16", "-d60s", "--timeout", "5s", *options, url]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self):
        """Ends the load, shows wrk's own report, and returns (requests, failed)."""
        self.process.send_signal(signal.SIGINT)
        text = self.process.communicate(timeout=20)[0]
        self.story.still()
        self.story.command(self.shown, text)
        requests = re.search(r"(\d+) requests in", text)
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        others = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        failed = sum(map(int, errors.groups())) if errors else 0
        return int(requests.group(1)) if requests else 0, failed + (int(others.group(1)) if others else 0)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()


class LoadWithIds:
    """naru-load, from construction to finish(): each of its requests can be found again in the pods' ledger."""

    def __init__(self, story, cluster, address, rate=500):
        self.story, self.ledger = story, cluster.ledger
        self.out = cluster.directory / "requests.json"
        words = ["--address", address, "--port", cluster.port, "--rate", rate]
        self.shown = " ".join(map(str, ["naru-load", *words, "--out", self.out.name]))
        command = [cluster.build / "naru-load", *words, "--out", self.out]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)

    def finish(self):
        """Ends the load, shows its sums, and returns the judge's verdict."""
        self.process.send_signal(signal.SIGINT)
        text = self.process.communicate(timeout=20)[0]
        self.story.still()
        sums = json.loads(text)
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sums["outcomes"].items())
        self.story.command(self.shown, f"{sums['sent']} sent: {outcomes}\nmilliseconds: " + ", ".join(
            f"{name} {value:.2f}" for name, value in sums["ms"].items()))
        return oracle.judge(oracle.read_requests(self.out), oracle.read_ledger(self.ledger), sums["sent"])

    def ledger_lines(self, count):
        return "\n".join(self.ledger.read_text().splitlines()[-count:])

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
