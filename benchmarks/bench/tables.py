"""The results as Markdown tables."""

from bench.targets import percentile, spread, verdicts

PER_OPERATION = {"GiB": ("ms", 1e3)}  # else microseconds


def table(head, rows):
    align = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [head, align, *rows])


def number(value, digits=3):
    """Three significant digits, thousands kept whole."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{digits}g}"


def target_table(cases):
    rows = []
    for v in verdicts(cases):
        unit = "" if v.unit == "x" else f" {v.unit}"
        rows.append([v.what, v.measured, f"<= {v.must:g}{unit}", f"<= {v.stretch:g}{unit}", v.word])
    return table(["what", "measured", "must", "stretch", "verdict"], rows)


def load_row(name, contender, unit):
    m, samples = contender["median"], contender["samples"]
    _, scale = PER_OPERATION.get(unit, ("us", 1))
    low, high = (x / scale for x in spread(samples, "cpu_us"))
    row = [name, number(m["cpu_us"] / scale), f"{number(low)} - {number(high)}", number(m["machine_us"] / scale),
           number(m["per_second"])]
    latency = [number(m.get("p50_us", m.get("mean_us"))), number(m.get("p99_us")), number(m.get("errors"))]
    opened = [number(m["backend_connections"])] if "backend_connections" in m else []
    return row + (latency if unit != "GiB" else []) + opened


def load_table(case):
    unit = case["settings"]["unit"]
    short, _ = PER_OPERATION.get(unit, ("us", 1))
    some = next(iter(case["contenders"].values()))["median"]
    latency = ["p50 us" if "p50_us" in some else "mean us", "p99 us", "failed"] if unit != "GiB" else []
    opened = ["opened to backend"] if "backend_connections" in some else []
    head = ["", f"CPU {short}/{unit}", "lowest - highest", f"whole machine {short}/{unit}", f"{unit}/s", *latency, *opened]
    return table(head, [load_row(name, c, unit) for name, c in case["contenders"].items()])


def idle_table(case):
    return table(["", "bytes per connection", "before, KiB"],
                 [[name, number(c["median"]["bytes_per_connection"]), number(c["median"]["before_kib"])]
                  for name, c in case["contenders"].items()])


def start_table(case):
    columns = ["ready_seconds", "healthy_seconds", "resolves_seconds", "relays_seconds", "cpu_seconds", "resident_mib", "peak_mib"]
    head = ["", "ready s", "healthy s", "resolves s", "relays s", "CPU s", "resident MiB", "peak MiB"]
    return table(head, [[name, *(number(c["median"][x]) for x in columns)] for name, c in case["contenders"].items()])


def change_table(cases):
    case = cases["control-change"]
    rows = [[name.removeprefix("naru "), len(c["samples"]),
             *(number(percentile(cases, "control-change", name, "latency_ms", share)) for share in (0.5, 0.99, 1))]
            for name, c in case["contenders"].items()]
    own = [f"`{metric}` ({layout}): mean {number(values['mean_ms'])} ms over {values['changes']:.0f} changes"
           for layout, metrics in case["settings"].get("naru_metrics", {}).items() for metric, values in metrics.items()]
    told = "\n\nNaru's own metrics over the same changes: " + "; ".join(own) + "." if own else ""
    return table(["layout, seen by", "changes", "p50 ms", "p99 ms", "longest ms"], rows) + told


def zone_table(case):
    return table(["beside it", "control thread us", "each worker us", "names that differ", "building it all s"],
                 [[name, *(number(c["median"][x]) for x in ("control_us", "worker_us", "touched", "build_seconds"))]
                  for name, c in case["contenders"].items()])


def peers_table(case):
    rows = []
    for name, c in case["contenders"].items():
        stopped = " (stopped)" if c["samples"][0].get("stopped") else ""
        m = c["median"]
        rows.append([name, number(m["seconds"]) + " s" + stopped if "seconds" in m else number(m["latency_ms"]) + " ms"])
    return table(["nftables", "median"], rows)


def sidecar_table(case):
    return table(["", "resident MiB", "of it its own, without shared files"],
                 [[name, number(c["median"]["resident_mib"]), number(c["median"]["own_mib"])]
                  for name, c in case["contenders"].items()])


TITLES = {
    "l4-small": "TCP: small requests on 64 kept connections",
    "l4-new": "TCP: a new connection for each request",
    "l4-bulk": "TCP: bulk to the client, 8 streams",
    "l4-upload": "TCP: bulk to the backend, 8 streams",
    "l4-idle": "TCP: memory of idle connections",
    "http-small": "HTTP/1.1: small requests on 64 kept connections",
    "http-post": "HTTP/1.1: POST of 4 KiB",
    "http-64k": "HTTP/1.1: answers of 64 KiB",
    "http-1m": "HTTP/1.1: answers of 1 MiB",
    "http-new": "HTTP/1.1: a client's connection for each request",
    "h2-h2": "HTTP/2 to HTTP/2: 16 connections of 32 streams",
    "h2-h1": "HTTP/2 to HTTP/1.1: 16 connections of 32 streams",
    "h2-h2-serial": "HTTP/2 to HTTP/2: one request at a time",
    "dns-hit": "DNS: an A record",
    "dns-nxdomain": "DNS: no such name",
    "dns-nodata": "DNS: a name without the type asked for",
    "dns-edns": "DNS: an A record, asked with EDNS",
    "dns-forwarded": "DNS: an A record of elsewhere, from the cache of who forwards",
    "dns-two-workers": "DNS: an A record, two workers each",
    "dns-dnsperf": "DNS: an A record, asked by dnsperf (does not saturate)",
    "dns-tcp": "DNS: an A record over TCP, asked by dnsperf",
    "dns-change": "DNS: one endpoint's change among many names",
    "control-load": "Control plane: start at full size",
    "control-change": "Control plane: one endpoint's change at full size",
    "control-peers": "Control plane: nftables for reference",
    "sidecar-memory": "A sidecar's memory",
}
OTHER_TABLES = {"l4-idle": idle_table, "control-load": start_table, "control-peers": peers_table, "dns-change": zone_table,
                "sidecar-memory": sidecar_table}


def case_table(cases, name):
    if name == "control-change":
        return change_table(cases)
    return OTHER_TABLES.get(name, load_table)(cases[name])
