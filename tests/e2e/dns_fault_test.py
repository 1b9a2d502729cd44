"""Nothing wrong is answered, and nothing lost that could be answered: while the zone changes, and while naru restarts.

At a rate that a busy machine can hold; benchmarks/dns-faults does the same at the highest one.
"""

import time

import pytest

from naru_harness.dns_judge import Judged
from naru_harness.holder import Holder, listening
from naru_harness.node import DNS_PORT
from naru_harness.wait import until


def rate(lab):
    return 500 if lab.build.sanitized else 5000


def nothing_wrong(found):
    assert (found["wrong"], found["late"], found["lost"]) == (0, 0, 0), found
    assert found["answered"] == found["sent"] > 0, found


@pytest.mark.slow
def test_while_the_zone_changes_a_hundred_times_a_second(lab):
    Judged.prepare(lab)
    lab.node()
    found = Judged(lab, rate(lab), 3, changes=100).findings()
    nothing_wrong(found)
    assert found["changes"] > 100 and found["reconnected"] == 0, found


@pytest.mark.slow
@pytest.mark.parametrize("sockets", [2, 1])
def test_while_naru_restarts_under_held_sockets(lab, sockets):
    """Over UDP and TCP. As many sockets as workers; and one, as a socket unit of systemd has without further words."""
    Judged.prepare(lab)
    holder = Holder(listening(lab.range.dns, DNS_PORT, sockets, sockets))
    node = lab.node(holder=holder)
    # What is out of date while no naru runs could not be right: it is read when one does.
    judged = Judged(lab, rate(lab), 5, changes=20, bound_ms=4000)
    for _ in range(3):
        time.sleep(1)
        assert node.stop() == 0
        node.start()
    assert judged.running
    found = judged.findings()
    holder.close()
    nothing_wrong(found)
    assert found["reconnected"] > 0, "connections end with the naru that has them"


@pytest.mark.slow
def test_while_one_naru_takes_over_from_another(lab):
    """Without held sockets: the next one is started first, as in a rolling update."""
    Judged.prepare(lab)
    old = lab.node("w1")
    judged = Judged(lab, rate(lab), 5, changes=20, bound_ms=4000)
    for number in (2, 3):
        time.sleep(0.5)
        new = lab.node(f"w{number}")
        until(lambda: new.metric("naru_dns_requests_total"), "it is asked too")
        assert old.stop() == 0
        old = new
    found = judged.findings()
    assert found["wrong"] == 0 and found["late"] == 0, found
    # TCP handshakes that a listener has not finished when it closes are refused, and begin anew; nothing else is lost.
    assert found["lost"] == 0, found
