"""The results as tables in docs/failover.md."""

import statistics

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_NEVER = "did not come back"


def spread(values):
    """Lowest, median and highest, in milliseconds."""
    known = [x for x in values if x is not None]
    if not known:
        return _NEVER
    text = f"{min(known):.0f} / **{statistics.median(known):.0f}** / {max(known):.0f}"
    return text + (f" ({len(values) - len(known)} of {len(values)} {_NEVER})" if len(known) < len(values) else "")


def rows(samples):
    """(front, fault, its samples), in the order in which they were measured first."""
    found = {}
    for sample in samples:
        found.setdefault((sample["front"], sample["fault"]), []).append(sample)
    return [(*key, of) for key, of in found.items()]


def _row(front, fault, of):
    cells = [fault, front, str(len(of)), spread([x["away"] for x in of]), spread([x["whole"] for x in of])]
    cells += [f"{sum(x['failed'] for x in of)} of {sum(x['requests'] for x in of):,}"]
    cells += [f"{sum(x.get('wrk_failed', 0) for x in of)}", str(sum(x["return_failed"] for x in of))]
    return "| " + " | ".join(cells) + " |"


def render(results):
    head = ["what happens to the node", "who", "times", "no answer for, ms", "until all are answered, ms",
            "requests failed", "failed of wrk's", "failed at its return"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    order = {fault: place for place, fault in enumerate(dict.fromkeys(x["fault"] for x in results["samples"]))}
    lines += [_row(*row) for row in sorted(rows(results["samples"]), key=lambda row: order[row[1]])]
    return "\n".join(lines) + "\n\n" + moved(results["moved"]) + told(results)


def moved(samples):
    if not samples:
        return ""
    count = samples[0]["addresses"]
    lines = [f"{count} addresses moved at once, by the node that had them all losing its power: milliseconds until a new "
             "connection to the first, to half, and to the last of them was answered:", "",
             "| run | first | half | last | never |", "|---|---|---|---|---|"]
    for number, x in enumerate(samples, 1):
        lines.append(f"| {number} | {x['first']:.0f} | {x['half']:.0f} | {x['last']:.0f} | {x['never']} |")
    return "\n".join(lines) + "\n\n"


def told(results):
    """When, of what and with what it was measured."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return (f"Measured on {results['when'][:10]}: naru {results['commit'][:12]} ({results['build']} build), {versions}. "
            f"{results['rate']} requests a second, each on a connection of its own, beside {results['wrk']} connections of wrk's.")


def replace(page, text):
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
