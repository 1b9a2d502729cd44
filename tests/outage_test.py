"""What counts as the time that a service was away."""

import pytest

from naru_harness.oracle import Request
from naru_harness.outage import measure


def asked(due, took=1.0, outcome="ok"):
    return Request(f"r-{due}", "GET", due, took, outcome)


FAULT, END = 1000, 3000


def steady(begin, end, step=10):
    return [asked(due) for due in range(begin, end, step)]


@pytest.mark.parametrize(
    "why, requests, away, failed",
    [
        ("nothing happened", steady(900, 3000), 10, 0),
        ("refused for 300 ms", [*steady(900, 1000), *[asked(x, 1, "connect") for x in range(1000, 1300, 10)], *steady(1300, 3000)], 301, 30),
        ("the fault takes effect 50 ms after it was set off", [*steady(900, 1050), *steady(1300, 3000)], 260, 0),
        ("one that hung from the beginning is answered late", [*steady(900, 1000), asked(1000, 1001.0), *steady(1400, 3000)], 401, 0),
        ("a later one is answered before it", [asked(1000, 1500.0), *steady(1200, 3000)], 201, 0),
        ("never back", steady(900, 1000), None, 0),
        ("back for a moment only", [*steady(900, 1000), *steady(1200, 1250)], None, 0),
        ("nobody asked", [], None, 0),
    ],
)
def test_the_longest_silence(why, requests, away, failed):
    found = measure(requests, FAULT, END)
    assert (found.away, found.failed) == (away, failed), why


@pytest.mark.parametrize(
    "why, requests, whole",
    [
        ("nothing happened", steady(900, 3000), 0),
        ("one way of four is cut", [asked(x, 1, "timeout" if x < 1400 and x % 40 == 0 else "ok") for x in range(900, 3000, 10)], 360),
        ("answered late counts as disturbed", [*steady(900, 3000), asked(1500, 201.0)], 500),
        ("before the fault is none of it", [asked(500, 100.0, "reset"), *steady(900, 3000)], 0),
    ],
)
def test_until_all_is_answered_again(why, requests, whole):
    assert measure(requests, FAULT, END).whole == whole, why
