"""BFD's two sides in the tests: naru's speaker alone, and the bfdd of FRR."""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

from naru_harness.process import Process, _die_with_parent
from naru_harness.wait import until


class Speaker:
    """naru-bfd-speaker in a network namespace. `changes` grows as sessions change."""

    def __init__(self, build, place):
        self.changes = []  # (seconds of time.monotonic(), peer, state, diagnostic, what the peer says)
        self._answers = []
        self.popen = subprocess.Popen(
            [*place.prefix, str(build.directory / "naru-bfd-speaker")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            preexec_fn=_die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.popen.stdout:
            words = line.split()
            if words[0] == "state":
                self.changes.append((float(words[1]), words[2], words[3], int(words[4]), words[5]))
            else:
                self._answers.append(json.loads(line))

    def tell(self, line):
        self.popen.stdin.write(line + "\n")

    def ask(self, line):
        count = len(self._answers)
        self.tell(line)
        return until(lambda: self._answers[count:], f"an answer to {line}")[0]

    def apply(self, *sessions):
        """Each "PEER LOCAL|- MULTIPLIER TX_MS RX_MS ..."."""
        for session in sessions:
            self.tell(f"session {session}")
        self.tell("apply")

    def session(self, peer):
        return next(x for x in self.ask("show") if x["peer"] == peer)

    def state(self, peer):
        return self.session(peer)["state"]

    def counters(self):
        return self.ask("counters")

    def change(self, peer, state, after):
        """The first change of a session to `state` since `after`, a time of time.monotonic()."""
        found = lambda: [x for x in self.changes if x[0] >= after and x[1] == peer and x[2] == state]  # noqa: E731
        return until(found, f"{peer} is {state}")[0]

    def signal(self, number):
        os.kill(self.popen.pid, number)  # nsenter became the program

    def stop(self):
        self.tell("stop")
        return self.popen.wait(10)

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        self._reader.join(5)
        self.popen.stdin.close()
        self.popen.stdout.close()


class Bfdd:
    """FRR's bfdd in a network namespace, with its sockets and files in a directory of its own."""

    PROGRAM = "/usr/lib/frr/bfdd"

    def __init__(self, place, config):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="naru-frr-"))
        self.directory.chmod(0o755)
        self.log = self.directory / "bfdd.log"
        self.place, self.config, self.process = place, config, None

    def start(self):
        settings = f"log file {self.log}\nlog timestamp precision 6\ndebug bfd peer\n"
        (self.directory / "bfdd.conf").write_text(settings + self.config)
        # It gives its privileges up, and then must still write there.
        for path in (self.directory, self.directory / "bfdd.conf"):
            shutil.chown(path, "frr", "frr")
        command = [*self.place.prefix, self.PROGRAM, "--vty_socket", self.directory, "-z", self.directory / "zserv.api"]
        command += ["-i", self.directory / "bfdd.pid", "--bfdctl", self.directory / "bfdd.sock", "-P", 0]
        self.process = Process([*command, "-f", self.directory / "bfdd.conf"], self.directory / "output")
        until(lambda: self.peers() is not None, "bfdd answers")
        return self

    def vtysh(self, *lines):
        words = [word for line in lines for word in ("-c", line)]
        done = subprocess.run(
            ["vtysh", "--vty_socket", self.directory, "-d", "bfdd", *words], capture_output=True, text=True, timeout=20
        )
        return done.stdout

    def configure(self, *lines):
        self.vtysh("configure terminal", "bfd", *lines)

    def peers(self):
        return {peer["peer"]: peer for peer in json.loads(self.vtysh("show bfd peers json"))}

    def status(self, peer):
        return self.peers()[peer]["status"]

    def change(self, peer, state, after):
        """Seconds of time.time() when a session came into `state`, since `after`, and the words for why."""
        pattern = re.compile(rf"^(\S+ \S+) BFD: .*state-change: .*peer:{re.escape(peer)} .*-> {state}(.*)$", re.M)

        def found():
            for moment, why in pattern.findall(self.log.read_text()):
                seconds = datetime.datetime.strptime(moment, "%Y/%m/%d %H:%M:%S.%f").timestamp()
                if seconds >= after:
                    return seconds, why

        return until(found, f"bfdd's session with {peer} is {state}")

    def kill(self):
        self.process.kill()

    def close(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Moment:
    """Now, by both clocks."""

    def __init__(self):
        self.monotonic, self.wall = time.monotonic(), time.time()
