"""The results as small SVG plots; the same results give the same bytes."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

from bench.targets import spread  # noqa: E402

matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "naru", "font.size": 8, "font.family": "sans-serif"})
OURS, PEER = "#1b6ca8", "#b9c3cc"

# file -> (title, {case: panel title}, microseconds in the unit shown)
FIGURES = {
    "benchmarks-tcp.svg": ("CPU time of the proxy", {"l4-small": "us per small request", "l4-new": "us per new connection"}, 1),
    "benchmarks-bulk.svg": ("CPU time of the proxy", {"l4-bulk": "s per GiB to the client", "l4-upload": "s per GiB to the backend"}, 1e6),
    "benchmarks-http.svg": ("CPU time of the proxy, HTTP/1.1", {"http-small": "us per small request", "http-post": "us per POST",
                                                                "http-new": "us per request and connection"}, 1),
    "benchmarks-http-bodies.svg": ("CPU time of the proxy, HTTP/1.1", {"http-64k": "us per 64 KiB", "http-1m": "us per 1 MiB"}, 1),
    "benchmarks-h2.svg": ("CPU time of the proxy, HTTP/2", {"h2-h2": "us per request, HTTP/2", "h2-h1": "us per request, HTTP/1.1",
                                                            "h2-h2-serial": "us per request, one at a time"}, 1),
    "benchmarks-dns.svg": ("CPU time of the server", {"dns-hit": "us per A record", "dns-nxdomain": "us per NXDOMAIN",
                                                      "dns-nodata": "us per NODATA", "dns-edns": "us per EDNS query"}, 1),
}


def save(figure, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def bars(axes, contenders, scale):
    """One bar for each contender that has a CPU time, its lowest and highest round as whiskers."""
    names = [n for n, c in contenders.items() if c["median"]["cpu_us"] > 0]
    values = [contenders[n]["median"]["cpu_us"] / scale for n in names]
    ends = [spread(contenders[n]["samples"], "cpu_us") for n in names]
    below = [v - low / scale for v, (low, _) in zip(values, ends)]
    above = [high / scale - v for v, (_, high) in zip(values, ends)]
    axes.barh(names, values, color=[OURS if n.startswith("naru") else PEER for n in names], xerr=[below, above],
              error_kw={"elinewidth": 0.8, "capsize": 2})
    for row, value in enumerate(values):
        axes.text(value * 0.02, row, f"{value:.3g}", va="center", color="white" if names[row].startswith("naru") else "black")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)


def draw_loads(cases, folder):
    for file, (title, panels, scale) in FIGURES.items():
        shown = {case: label for case, label in panels.items() if case in cases}
        if not shown:
            continue
        tall = max(len(cases[case]["contenders"]) for case in shown)
        figure, axes = plt.subplots(1, len(shown), figsize=(3.1 * len(shown), 0.7 + 0.26 * tall), squeeze=False)
        for axis, (case, label) in zip(axes[0], shown.items()):
            bars(axis, cases[case]["contenders"], scale)
            axis.set_title(label, fontsize=8)
        figure.suptitle(title + " (less is better)", fontsize=9)
        figure.tight_layout()
        save(figure, folder / file)
        yield file


def draw_changes(cases, folder):
    if "control-change" not in cases:
        return
    figure, axis = plt.subplots(figsize=(5, 2.4))
    for name, contender in cases["control-change"]["contenders"].items():
        values = sorted(s["latency_ms"] for s in contender["samples"])
        axis.step(values, [(i + 1) / len(values) for i in range(len(values))], where="post", label=name.removeprefix("naru "))
    axis.axvline(10, color="grey", linewidth=0.8, linestyle="--")
    axis.set(xscale="log", xlabel="ms from the write being complete to being seen by a client", ylabel="share of changes")
    axis.legend(frameon=False)
    save(figure, folder / "benchmarks-change.svg")
    yield "benchmarks-change.svg"


def draw_all(cases, folder):
    """Writes the plots; returns their names."""
    return [*draw_loads(cases, folder), *draw_changes(cases, folder)]
