"""Many addresses, all announced by one node, which then loses its power."""

from naru_harness import many_addresses
from naru_harness.site import Site


def run(build, count):
    with Site(build, quiet=True) as site:
        addresses = many_addresses.prepare(site, count)
        site.segment.unplug("w1-k8s")  # the moment that counts; the rest of its end is heard of by nobody
        times = many_addresses.answered(site, addresses)
        site.nodes["w1-k8s"].power_off()
    known = sorted(x * 1000 for x in times.values() if x is not None)
    if not known:
        raise SystemExit("none of the addresses came back")
    sample = {"addresses": count, "first": known[0], "half": known[len(known) // 2], "last": known[-1]}
    return [{**sample, "never": len(times) - len(known)}]
