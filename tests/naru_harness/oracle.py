"""Joins what the clients saw with what the pods wrote down, and says which promise was kept.

A request fails if its client got no whole, right, successful answer. Whose fault that is depends on what anybody could have
known: a proxy may send a request again if nothing of it was processed, or if doing it twice is the same as doing it once.
"""

import collections
import dataclasses
import enum
import json

IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}  # RFC 9110, 9.2.2

# What a proxy says when it has sent the request to nobody.
_NOT_SENT = {"no_endpoint", "connect_failed", "hold_timeout", "retry_budget_spent", "overloaded", "shutting_down"}


class Cause(enum.Enum):
    """Why a request failed; all but the first are outside of the promise."""

    COVERED = "unprocessed or idempotent, and failed all the same"
    ANSWER_BEGUN = "cut off after its answer had begun"
    DELIVERED = "not idempotent, and a pod had begun with it"
    UNPROVEN = "not idempotent, and sent to a pod that cannot be asked"


@dataclasses.dataclass(frozen=True)
class Request:
    """One line of naru-load. Times in milliseconds; `due` since 1970."""

    id: str
    method: str
    due: int
    took: float
    outcome: str
    status: int = 0
    grpc: int = -1
    pod: str = ""
    reason: str = ""

    @property
    def idempotent(self):
        return self.method in IDEMPOTENT

    def under_way(self, moment, before=100, after=1000):
        """Whether it was, about then: what is lost on a connection may be noticed a little later."""
        return self.due - before <= moment <= self.due + self.took + after


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of a pod's ledger."""

    at: int
    pod: str
    event: str  # begin, end
    method: str
    target: str
    id: str


def read_requests(path):
    return [Request(**json.loads(line)) for line in path.read_text().splitlines()]


def read_ledger(path):
    rows = (line.split(" ") for line in path.read_text().splitlines())
    return [Entry(int(at), *rest) for at, *rest in rows]


def cause_of(request, begun):
    """`begun`: how many times a pod has begun with it. The request has failed."""
    if request.outcome in ("truncated", "wrong"):
        return Cause.ANSWER_BEGUN if request.outcome == "truncated" else Cause.COVERED
    unsent = request.outcome in ("connect", "refused") or request.reason in _NOT_SENT
    if request.idempotent or (unsent and not begun):
        return Cause.COVERED
    return Cause.DELIVERED if begun else Cause.UNPROVEN


@dataclasses.dataclass
class Verdict:
    requests: int
    failed: list  # (request, cause)
    doubled: list  # ids of requests that are not idempotent, and that pods began with more than once
    repeated: int  # idempotent ones that pods began with more than once: that is what retries are
    unanswered: int  # sent, and never heard of again
    unaccounted: list  # ids of requests that were answered, though no pod knows of them

    def causes(self):
        return collections.Counter(cause for _, cause in self.failed)

    def faults(self, excused=(), moments=None):
        """What the promise forbids, one line each. Failures of `excused` causes are none of it, if they were under way at
        one of `moments`, the times of the faults made on purpose; None: at any time."""
        bad = [x for x in self.failed if not _is_excused(*x, excused, moments)]
        lines = [f"{request.id} {request.method} failed ({cause.value}): {request}" for request, cause in bad]
        lines += [f"{x} was processed twice" for x in self.doubled]
        lines += [f"{x} was answered, but by no pod" for x in self.unaccounted]
        return lines + ([f"{self.unanswered} requests were never accounted for"] if self.unanswered else [])

    def summary(self):
        parts = [f"{self.requests} requests", f"{len(self.failed)} failed"]
        parts += [f"  {count} {cause.value}" for cause, count in sorted(self.causes().items(), key=lambda x: x[0].value)]
        return "\n".join([*parts, f"{len(self.doubled)} doubled", f"{self.repeated} repeated safely"])


def _is_excused(request, cause, excused, moments):
    return cause in excused and (moments is None or any(request.under_way(x) for x in moments))


def judge(requests, entries, sent=None):
    """`sent`: how many the clients say that they sent."""
    begun = collections.Counter(x.id for x in entries if x.event == "begin")
    failed = [(x, cause_of(x, begun[x.id])) for x in requests if x.outcome != "ok"]
    doubled = [x.id for x in requests if not x.idempotent and begun[x.id] > 1]
    repeated = sum(1 for x in requests if x.idempotent and begun[x.id] > 1)
    unaccounted = [x.id for x in requests if x.outcome == "ok" and not begun[x.id]]
    unanswered = (len(requests) if sent is None else sent) - len(requests)
    return Verdict(len(requests), failed, doubled, repeated, unanswered, unaccounted)
