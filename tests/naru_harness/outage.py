"""How long a service was away, from what became of each request of an open-loop load."""

import dataclasses

DISTURBED = 200  # milliseconds; a request that took longer met the fault, even if it was answered in the end


@dataclasses.dataclass(frozen=True)
class Outage:
    """`away`: milliseconds from the last answer before the longest silence, or from the fault if that came later, until the
    first answer after it. A service that never went away has one of a few milliseconds. None: it did not come back.
    `whole`: milliseconds from the fault until requests that begin are all answered, and without delay, again. (Where a
    router spreads over nodes, the others answer on, and there is no silence.)"""

    away: float | None
    whole: float
    failed: int
    requests: int

    def __str__(self):
        away = "did not come back" if self.away is None else f"{self.away:.0f} ms away"
        return f"{away}, whole after {self.whole:.0f} ms, {self.failed} of {self.requests} requests failed"


def measure(requests, fault, end):
    """`requests` of naru-load, each on a connection of its own; `fault`, and `end` of what is looked at: milliseconds since
    1970."""
    failed = sum(x.outcome != "ok" for x in requests)
    answers = sorted(x.due + x.took for x in requests if x.outcome == "ok" and fault < x.due + x.took)
    moments = [fault, *answers]
    longest = max((later - earlier for earlier, later in zip(moments, moments[1:])), default=0.0)
    last = max(end - moments[-1], 0.0)
    disturbed = [x.due for x in requests if x.due + x.took > fault and (x.outcome != "ok" or x.took > DISTURBED)]
    whole = max([0.0, *[float(x - fault) for x in disturbed]])
    return Outage(None if last > longest else longest, whole, failed, len(requests))
