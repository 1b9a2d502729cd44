"""The machine, the programs and the source that a result belongs to."""

import datetime
import os
import platform
import resource
import subprocess
from pathlib import Path

PACKAGES = ("haproxy", "nginx", "nghttp2-proxy", "nsd", "unbound", "knot", "dnsdist", "bind9", "wrk", "nghttp2-client", "dnsperf", "nftables")
ROOT = Path(__file__).resolve().parent.parent.parent


def first_line(*argv):
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10, cwd=ROOT)
        return done.stdout.strip().splitlines()[0].strip() if done.returncode == 0 else "unknown"
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "unknown"


def package(name):
    return first_line("dpkg-query", "-W", "-f=${Version}", name)


def describe():
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "virtual": first_line("systemd-detect-virt", "--vm"),
        "kernel": platform.release(),
        "system": next((line.split("=")[1].strip('"') for line in Path("/etc/os-release").read_text().splitlines()
                        if line.startswith("PRETTY_NAME")), "unknown"),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "packages": {name: package(name) for name in PACKAGES},
    }


def source():
    changed = subprocess.run(["git", "status", "--porcelain", "--", "*.cc", "*.h", "CMakeLists.txt"], cwd=ROOT,
                             capture_output=True, text=True).stdout.strip()
    return {"commit": first_line("git", "rev-parse", "--short=12", "HEAD"), "uncommitted_changes": bool(changed)}


def moment():
    return {"taken": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "load_average": round(os.getloadavg()[0], 2)}
