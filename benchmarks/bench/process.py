"""Processes under measurement: started on a core of their own, their CPU time and memory read from the kernel."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

# The measured process has a core of its own; the load and the backend share the other.
SERVER_CORE = 0
LOAD_CORE = os.cpu_count() - 1


class Failed(Exception):
    """A measurement that could not be made, with the reason to show."""


@contextmanager
def alone():
    """Waits until no other run is at work on this machine: it would have the same addresses, and share the cores."""
    with open(Path(tempfile.gettempdir()) / "naru-bench.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another benchmark to end", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def on_core(core, argv):
    return list(argv) if core is None else ["taskset", "-c", str(core), *argv]


def run_load(argv, timeout, core=LOAD_CORE):
    """Runs a load generator to its end and returns what it printed."""
    try:
        done = subprocess.run(on_core(core, argv), capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(argv)}: not done within {timeout:g} s") from None
    if done.returncode:
        raise Failed(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


class Process:
    """One program with the children it forks, ended (by pid) when the `with` block is left."""

    def __init__(self, name, argv, log, core=SERVER_CORE, env=None):
        self.name, self.log = name, Path(log)
        self._popen = subprocess.Popen(
            on_core(core, argv), stdin=subprocess.DEVNULL, stdout=self.log.open("wb"), stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self._popen.pid

    def alive(self):
        return self._popen.poll() is None

    def pids(self):
        """The process and all that descend from it."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                todo += map(int, children.read_text().split())
        return found

    def cpu_seconds(self):
        """User and system time of all threads, to the nanosecond: the process's CPU clock, where /proc/PID/stat ticks
        in hundredths of a second."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids())

    def cpu_split(self):
        """(user, system) seconds as the kernel apportions them; coarse."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids()]
        tick = os.sysconf("SC_CLK_TCK")
        return tuple(sum(int(f[i]) for f in fields) / tick for i in (11, 12))

    def memory_kib(self, field="RssAnon"):
        """RssAnon: what is its own, without shared files. VmHWM: the peak. Summed over the processes."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1])
        return total

    def wait_for(self, ready, timeout, what, interval=0.01):
        """Until `ready()` is true. Fails when the program ends first or the time is up."""
        end = time.monotonic() + timeout
        while not ready():
            if not self.alive():
                raise Failed(f"{self.name} ended before {what}: {self.tail()}")
            if time.monotonic() > end:
                raise Failed(f"{self.name}: {what} not within {timeout} s: {self.tail()}")
            time.sleep(interval)
        if not self.alive():  # who answers is another
            raise Failed(f"{self.name} ended before {what}: {self.tail()}")

    def tail(self):
        return self.log.read_text(errors="replace")[-800:].strip()

    def stop(self):
        if not self.alive():
            return
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)  # its own session: nothing else is in this group
            self._popen.wait()


def accepts(address, port):
    try:
        socket.create_connection((address, port), timeout=0.2).close()
        return True
    except OSError:
        return False


def busy_seconds():
    """CPU time that the whole machine has spent working, interrupts included."""
    fields = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK")
