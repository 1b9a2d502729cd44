"""The judge itself: what it calls a failure, and whose."""

import json

import pytest

from naru_harness.oracle import Cause, Entry, Request, cause_of, judge, read_ledger, read_requests


def request(outcome="ok", method="GET", id="r-1", due=1000, took=5.0, **more):
    return Request(id, method, due, took, outcome, **more)


def entry(id="r-1", event="begin", pod="a", method="GET"):
    return Entry(1000, pod, event, method, "/", id)


@pytest.mark.parametrize(
    "method, outcome, reason, begun, cause",
    [
        ("GET", "reset", "", 0, Cause.COVERED),  # nobody began with it
        ("GET", "reset", "", 1, Cause.COVERED),  # begun, but may be done twice
        ("PUT", "eof", "", 1, Cause.COVERED),
        ("GET", "timeout", "", 3, Cause.COVERED),
        ("GET", "status", "endpoint_reset", 1, Cause.COVERED),
        ("GET", "connect", "", 0, Cause.COVERED),
        ("GET", "truncated", "", 1, Cause.ANSWER_BEGUN),
        ("POST", "truncated", "", 1, Cause.ANSWER_BEGUN),
        ("POST", "reset", "", 1, Cause.DELIVERED),
        ("POST", "status", "endpoint_reset", 1, Cause.DELIVERED),
        ("POST", "status", "endpoint_reset", 0, Cause.UNPROVEN),  # it may have lain unread in the dead pod's socket
        ("POST", "timeout", "", 0, Cause.UNPROVEN),
        ("POST", "connect", "", 0, Cause.COVERED),  # sent to nobody
        ("POST", "refused", "", 0, Cause.COVERED),  # unprocessed, said the server
        ("POST", "status", "connect_failed", 0, Cause.COVERED),
        ("POST", "status", "no_endpoint", 0, Cause.COVERED),
        ("POST", "status", "retry_budget_spent", 1, Cause.DELIVERED),
        ("GET", "wrong", "", 1, Cause.COVERED),  # another's answer is never excused
        ("POST", "wrong", "", 1, Cause.COVERED),
    ],
)
def test_the_cause_of_a_failure(method, outcome, reason, begun, cause):
    assert cause_of(request(outcome, method, reason=reason), begun) is cause


def test_nothing_is_nothing():
    verdict = judge([], [])
    assert verdict.faults() == [] and verdict.requests == 0


def test_all_answered_is_no_fault():
    verdict = judge([request(), request(id="r-2", method="POST")], [entry(), entry("r-2"), entry("r-2", "end")], sent=2)
    assert verdict.faults() == [] and verdict.repeated == 0


def test_a_get_that_was_begun_twice_was_repeated_and_not_doubled():
    verdict = judge([request()], [entry(), entry(pod="b")])
    assert (verdict.repeated, verdict.doubled, verdict.faults()) == (1, [], [])


@pytest.mark.parametrize("outcome", ["ok", "reset"])
def test_a_post_that_was_begun_twice_is_a_fault_however_it_ended(outcome):
    verdict = judge([request(outcome, "POST")], [entry(), entry(pod="b")])
    assert verdict.doubled == ["r-1"]
    assert "r-1 was processed twice" in verdict.faults(excused=list(Cause))


def test_begin_and_end_are_one_processing():
    assert judge([request(method="POST")], [entry(), entry(event="end")]).doubled == []


def test_an_answer_that_no_pod_gave_is_a_fault():
    assert judge([request()], []).unaccounted == ["r-1"]


def test_a_request_without_an_outcome_is_a_fault():
    assert judge([request()], [entry()], sent=2).faults() == ["1 requests were never accounted for"]


def test_only_excused_causes_are_excused():
    verdict = judge([request("reset", "POST"), request("reset", id="r-2")], [entry()])
    assert len(verdict.faults()) == 2
    assert [x for x in verdict.faults(excused=[Cause.DELIVERED]) if "r-1 " in x] == []
    assert len(verdict.faults(excused=list(Cause))) == 0


@pytest.mark.parametrize(
    "moment, excused",
    [(899, False), (900, True), (1000, True), (1005, True), (2005, True), (2006, False)],
)
def test_a_failure_is_excused_only_about_the_time_of_the_fault(moment, excused):
    verdict = judge([request("reset", "POST")], [entry()])
    assert (verdict.faults([Cause.DELIVERED], moments=[moment]) == []) is excused


def test_without_a_fault_nothing_is_excused():
    assert len(judge([request("reset", "POST")], [entry()]).faults([Cause.DELIVERED], moments=[])) == 1


def test_the_records_are_read(tmp_path):
    line = {"id": "r-0", "method": "GET", "due": 17, "took": 0.5, "outcome": "ok", "status": 200, "pod": "a"}
    (tmp_path / "load").write_text(json.dumps(line) + "\n")
    (tmp_path / "ledger").write_text("17 a begin GET /bytes?n=1 r-0\n18 a end GET /bytes?n=1 r-0\n")
    assert read_requests(tmp_path / "load") == [Request("r-0", "GET", 17, 0.5, "ok", 200, pod="a")]
    assert read_ledger(tmp_path / "ledger")[1] == Entry(18, "a", "end", "GET", "/bytes?n=1", "r-0")
