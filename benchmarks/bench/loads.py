"""The loads that wrk and h2load make, each as a sample: operations, seconds, errors, latencies."""

import json
import re
import statistics
from pathlib import Path

from bench.process import Failed, run_load

CONNECTIONS = 64
WRK_REPORT = Path(__file__).resolve().parent.parent / "wrk.lua"


def wrk(url, seconds, *headers, body=0, connections=CONNECTIONS):
    """GET on kept connections, or POST of `body` bytes."""
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(WRK_REPORT)]
    for header in headers:
        argv += ["-H", header]
    printed = run_load([*argv, url, *(["--", str(body)] if body else [])], seconds + 30)
    seen = json.loads(printed.splitlines()[-1])
    return {"operations": seen["requests"], "seconds": seen["microseconds"] / 1e6, "errors": seen["errors"],
            "p50_us": seen["p50_us"], "p99_us": seen["p99_us"]}


def summary(printed):
    """The line of h2load's output that counts what became of the requests."""
    return next((line for line in printed.splitlines() if line.startswith("requests:")), printed[-300:])


def h2load(url, seconds, clients, streams):
    """GET with `streams` requests at a time on each of `clients` connections. Without percentiles, which h2load does not
    print: they would take its log of every request, and writing that costs more than a proxy spends on one."""
    argv = ["h2load", f"-c{clients}", f"-m{streams}", "-D", f"{round(seconds * 1000)}ms", url]
    printed = run_load(argv, seconds + 30)
    asked = re.search(r"requests: .* (\d+) done, (\d+) succeeded, .* (\d+) errored, (\d+) timeout", printed)
    took = re.search(r"finished in ([0-9.]+)(ms|s),", printed)
    if not asked or not took:
        raise Failed(f"{' '.join(argv)}: {summary(printed)}")
    done, succeeded, errored, timed_out = map(int, asked.groups())
    return {"operations": succeeded, "seconds": float(took[1]) / (1000 if took[2] == "ms" else 1),
            "errors": done - succeeded + errored + timed_out}


def h2load_latencies(url, seconds, clients, streams, log):
    """p50 and p99 of the same load in a run of its own, from h2load's log of each request, written to `log`."""
    log.unlink(missing_ok=True)  # h2load appends
    argv = ["h2load", f"-c{clients}", f"-m{streams}", "-D", f"{round(seconds * 1000)}ms", f"--log-file={log}", url]
    printed = run_load(argv, seconds + 30)
    times = sorted(int(line.split()[2]) for line in log.read_text().splitlines())
    if not times:
        raise Failed(f"{' '.join(argv)}: nothing was answered: {summary(printed)}")
    return {"p50_us": statistics.median(times), "p99_us": times[int(0.99 * len(times))]}


def exactly(url, requests, clients, streams, headers, body, scratch):
    """Just so many requests; without `streams` over HTTP/1.1."""
    argv = ["h2load", f"-n{requests}", f"-c{clients}", *([f"-m{streams}"] if streams else ["--h1"])]
    for header in headers:
        argv += ["-H", header]
    if body:
        (scratch / "posted").write_bytes(bytes(body))
        argv += ["-d", str(scratch / "posted")]
    printed = run_load([*argv, url], 300)
    if f" {requests} succeeded," not in printed:
        raise Failed(f"{' '.join(argv)}: not all succeeded: {summary(printed)}")


def one_request(url, *, http2):
    """One request on a connection of its own."""
    printed = run_load(["h2load", *([] if http2 else ["--h1"]), "-c1", "-n1", url], 10)
    if ", 1 succeeded," not in printed:
        raise Failed(f"{url}: a request failed: {summary(printed)}")
