"""The results as a table in docs/zero-downtime.md."""

import collections

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_PROTOCOLS = {"http1": "HTTP/1.1", "h2": "HTTP/2", "grpc": "gRPC"}


def cell(samples):
    """Of all runs together: failed although covered, failed besides, doubled."""
    if not samples:
        return "-"
    covered, other, doubled = (sum(x[key] for x in samples) for key in ("covered", "other", "doubled"))
    text = f"**{covered}**" if covered else "0"
    text += f" + {other}" if other else ""
    return text + (f", {doubled} doubled" if doubled else "")


def render(results):
    """Markdown: a row for each scene and protocol, a column for each contender."""
    found = collections.defaultdict(list)
    for sample in results["samples"]:
        found[sample["scene"], sample["protocol"], sample["front"]].append(sample)
    fronts = list(dict.fromkeys(x["front"] for x in results["samples"]))
    rows = list(dict.fromkeys((x["scene"], x["protocol"]) for x in results["samples"]))
    lines = ["| what happens | clients speak | requests | " + " | ".join(fronts) + " |", "|---" * (3 + len(fronts)) + "|"]
    for scene, protocol in rows:
        sent = [x["requests"] for x in results["samples"] if (x["scene"], x["protocol"]) == (scene, protocol)]
        cells = [cell(found[scene, protocol, front]) for front in fronts]
        span = f"{min(sent):,}-{max(sent):,}" if min(sent) != max(sent) else f"{sent[0]:,}"
        lines.append(f"| {scene} | {_PROTOCOLS[protocol]} | {span} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def told(results):
    """When, of what and with what it was measured."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    note = f" ({results['note']})" if "note" in results else ""
    return (f"Measured on {results['when'][:10]}{note}: naru {results['commit'][:12]} ({results['build']} build), {versions}. "
            f"{results['rate']} requests a second; each scene's events happen {results['rounds']} times, with preStop once.")


def replace(page, text):
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
