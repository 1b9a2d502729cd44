"""A process that the harness started, and ends."""

import ctypes
import os
import pathlib
import signal
import subprocess

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """Writes what it says to `log`. Dies with the test run, however that ends."""

    def __init__(self, command, log, **options):
        self.command = [str(word) for word in command]
        self.log = pathlib.Path(log)
        options.setdefault("stdin", subprocess.DEVNULL)
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                self.command, stdout=out, stderr=out, preexec_fn=_die_with_parent, **options
            )

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self, timeout=30):
        return self.popen.wait(timeout)

    def stop(self, timeout=30):
        """SIGTERM; returns the exit code."""
        if self.running:
            self.popen.terminate()
        return self.wait(timeout)

    def kill(self):
        """SIGKILL, which nothing hears of."""
        if self.running:
            self.popen.kill()
        self.wait()

    def resident(self):
        """Resident memory in bytes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        line = next(x for x in status.splitlines() if x.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))
