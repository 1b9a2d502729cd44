"""What a ServicePolicy says of requests, seen from outside: retries, time-outs, holding, health, headers, answers."""

import concurrent.futures
import json
import re
import time

import pytest

from naru_harness import clients, manifests
from naru_harness.raw_http import RawBackend
from naru_harness.wait import until

HTTP = [{"name": "http", "port": 8080, "appProtocol": "http"}]


def start(lab, pods, configuration=None, **policy):
    """A node that serves `pods` as the Service web by requests, under the policy; its address."""
    lab.serve("web", pods, ports=HTTP)
    if policy:
        lab.apply("policy.yaml", manifests.policy("web", "web", **policy))
    node = lab.node(**(configuration or {}))
    return node, node.cluster_ip("web")


def fetch_all(vip, count, **options):
    return [clients.fetch(vip, 8080, **options) for _ in range(count)]


def answers(node, reason):
    return node.metric("naru_http_local_answers_total", reason=reason) or 0


def test_a_gateway_status_is_tried_again_where_the_policy_says_so(lab):
    pods = [lab.pod("web-1", fail=1.0), lab.pod("web-2")]
    keeps_all = {"passive": {"consecutiveGatewayFailures": 0}}
    node, vip = start(lab, pods, health=keeps_all, retries={"onGatewayStatus": True})
    assert {(x.status, x.pod) for x in fetch_all(vip, 40)} == {(200, "web-2")}
    assert node.metric("naru_http_retries_total", failure="gateway_status") > 0
    # A request that may not be done twice has the endpoint's own answer.
    posted = fetch_all(vip, 40, method="POST", body=b"x")
    assert {(x.status, x.pod) for x in posted} == {(200, "web-2"), (503, "web-1")}
    assert not any("x-naru-reason" in x.headers for x in posted)


def test_a_gateway_status_of_every_endpoint_is_passed_on(lab):
    pods = [lab.pod("web-1", fail=1.0), lab.pod("web-2", fail=1.0)]
    node, vip = start(lab, pods, retries={"attempts": 2, "onGatewayStatus": True})
    replies = fetch_all(vip, 10)
    assert {x.status for x in replies} == {503} and {x.pod for x in replies} <= {"web-1", "web-2"}
    assert not any("x-naru-reason" in x.headers for x in replies)
    assert node.metric("naru_http_retries_total", failure="gateway_status") == 10


def test_retries_of_a_failing_service_are_bounded(lab):
    """Every answer is cut off by a reset: of 40 requests 10 may be tried again, and all are answered."""
    pods = lab.deployment("web", 2, abort=1.0)
    budget = {"percent": 0, "minPerSecond": 1}
    node, vip = start(lab, pods, retries={"budget": budget}, health={"passive": {"consecutiveGatewayFailures": 0}})
    replies = fetch_failing(vip, 40)
    assert {x.status for x in replies} <= {502, 503}
    assert (node.metric("naru_http_retries_total") or 0) <= 20  # the window may have moved on by some seconds
    assert answers(node, "retry_budget_spent") >= 10
    assert node.metric("naru_http_retry_budget_left") is not None


def fetch_failing(vip, count):
    """Responses may be cut off after their beginning: those that were are left out."""
    replies = []
    for _ in range(count):
        try:
            replies.append(clients.fetch(vip, 8080))
        except (OSError, clients.http.client.HTTPException):
            pass
    return replies


def test_an_attempt_that_takes_too_long_is_given_up(lab):
    pods = lab.deployment("web", 2)
    node, vip = start(lab, pods, timeouts={"perTry": "100ms"})
    reply = clients.fetch(vip, 8080, "/slow?ms=2000")
    assert (reply.status, reply.headers["x-naru-reason"]) == (504, "per_try_timeout")
    assert node.metric("naru_http_retries_total", failure="per_try_timeout") == 2
    # What was given to an endpoint may have been done there: not again.
    lab.apply("policy.yaml", manifests.policy("web", "web", timeouts={"perTry": "100ms"}))
    assert clients.fetch(vip, 8080, "/").status == 200


def test_a_request_has_its_time_and_no_more(lab):
    pods = lab.deployment("web", 2)
    node, vip = start(lab, pods, timeouts={"request": "250ms"})
    began = time.monotonic()
    reply = clients.fetch(vip, 8080, "/slow?ms=5000")
    assert (reply.status, reply.headers["x-naru-reason"]) == (504, "request_timeout")
    assert 0.2 < time.monotonic() - began < 3
    assert answers(node, "request_timeout") == 1
    assert clients.fetch(vip, 8080).status == 200


def test_requests_wait_for_an_endpoint_where_the_policy_says_so(lab):
    node, vip = start(lab, [], hold={"timeout": "10s"})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(clients.fetch, vip, 8080) for _ in range(4)]
        until(lambda: node.metric("naru_http_requests_held") == 4, "requests are held")
        lab.endpoints("web", [lab.pod("web-1")])
        assert {x.result().pod for x in waiting} == {"web-1"}
    assert node.metric("naru_http_requests_held") == 0
    lab.apply("policy.yaml", manifests.policy("web", "web", hold={"timeout": "100ms"}))
    lab.endpoints("web", [])
    until(lambda: answered(vip) == (503, "hold_timeout"), "waiting ends")
    lab.remove("policy.yaml")
    lab.until_refused(vip, 8080)  # who does not wait listens to nobody


def answered(vip):
    reply = clients.fetch(vip, 8080, timeout=2)
    return reply.status, reply.headers.get("x-naru-reason")


def test_an_endpoint_that_only_fails_is_taken_out_but_better_than_none(lab):
    pods = [lab.pod("web-1", fail=1.0), lab.pod("web-2")]
    passive = {"consecutiveGatewayFailures": 3, "baseEjectionTime": "60s"}
    node, vip = start(lab, pods, health={"passive": passive}, loadBalancing={"algorithm": "RoundRobin"})
    replies = fetch_all(vip, 60)
    assert 1 <= sum(x.status == 503 for x in replies) <= 4
    assert node.metric("naru_ejections_total") == 1
    assert {x.pod for x in fetch_all(vip, 20)} == {"web-2"}
    lab.endpoints("web", pods[:1])
    until(lambda: clients.fetch(vip, 8080).pod == "web-1", "the ejected one serves when it is the last")
    assert not any("x-naru-reason" in x.headers for x in fetch_all(vip, 5))


@pytest.mark.parametrize("probe", [{"type": "HTTP", "path": "/healthz"}, {"type": "GRPC"}], ids=["http", "grpc"])
def test_probes_find_an_endpoint_that_hangs(lab, probe):
    """The kernel goes on accepting for it: nothing but an answer that does not come tells."""
    pods = lab.deployment("web", 3)
    active = {**probe, "interval": "100ms", "timeout": "200ms", "unhealthyThreshold": 2}
    node, vip = start(lab, pods, health={"active": active})
    until(lambda: (node.metric("naru_health_probes_total", result="success") or 0) >= 6, "probes succeed")
    pods[0].freeze()
    until(lambda: node.metric("naru_health_endpoints_failing") == 1, "the hung one is found", timeout=5)
    assert {x.pod for x in fetch_all(vip, 30, timeout=2)} == {"web-2", "web-3"}
    assert f"{pods[0].address}(probe fails)" in node.get_raw("endpoints", "-o", "wide").stdout
    pods[0].thaw()
    until(lambda: node.metric("naru_health_endpoints_failing") == 0, "it is used again", timeout=5)
    lab.until_reached(vip, 8080, pods)
    assert re.search(r"WARN\w* Service shop/web: endpoint \S+ of port http is avoided: its \w+ probe fails", node.log())
    assert re.search(r"INFO Service shop/web: endpoint \S+ of port http is used again", node.log())


@pytest.fixture
def raw(lab):
    backend = RawBackend(lab.range.pod(1))
    yield backend
    backend.close()


def seen(raw, vip, source=None, **headers):
    """The fields with which a request arrives that a client sent with these."""
    clients.fetch(vip, 8080, headers=headers, source=source)
    return raw.fields()


SPOOFED = {
    "X-Forwarded-For": "198.51.100.1",
    "X-Forwarded-Proto": "https",
    "X-Request-Id": "made-up",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


def test_who_asked_is_told_and_cannot_be_made_up(lab, raw):
    _, vip = start(lab, [manifests.endpoint(raw.address)])
    fields = seen(raw, vip, source=lab.range.external(1), **SPOOFED)
    assert fields["x-forwarded-for"] == [lab.range.external(1)]
    assert fields["x-forwarded-proto"] == ["http"]
    assert len(fields["x-request-id"]) == 1 and re.fullmatch(r"[0-9a-f]{32}", fields["x-request-id"][0])
    assert fields["traceparent"] == [SPOOFED["traceparent"]]
    assert "via" not in fields and "forwarded" not in fields


def test_trusted_clients_are_believed_and_appended_to(lab, raw):
    trusted, other = lab.range.external(1), lab.range.external(2)
    rules = {"trustedCIDRs": [f"{trusted}/32"], "via": True, "forwarded": True}
    _, vip = start(lab, [manifests.endpoint(raw.address)], headers=rules)
    fields = seen(raw, vip, source=trusted, **SPOOFED)
    assert ", ".join(fields["x-forwarded-for"]).split(", ") == ["198.51.100.1", trusted]
    assert fields["x-request-id"] == ["made-up"]
    assert any("naru" in x for x in fields["via"])
    assert any(trusted in x for x in fields["forwarded"])
    fields = seen(raw, vip, source=other, **SPOOFED)
    assert fields["x-forwarded-for"] == [other]
    assert fields["x-request-id"] != ["made-up"]


def test_headers_can_be_left_alone(lab, raw):
    _, vip = start(lab, [manifests.endpoint(raw.address)], headers={"xForwarded": False, "requestId": False})
    fields = seen(raw, vip)
    assert not [x for x in fields if x.startswith("x-forwarded") or x == "x-request-id"]


def test_an_answer_of_narus_own_says_why_to_client_metric_and_log(lab):
    log = lab.directory / "access.json"
    dead = manifests.endpoint(lab.range.pod(99))
    configuration = {"accessLog": {"path": str(log), "requests": True}}
    node, vip = start(lab, [dead], configuration)
    reply = clients.fetch(vip, 8080, "/cart?id=7", headers={"Host": "web.shop"})
    assert (reply.status, reply.headers["x-naru-reason"]) == (503, "connect_failed")
    assert answers(node, "connect_failed") == 1
    line = until(lambda: requests_in(log)[0], "the request is logged")
    assert (line["status"], line["reason"], line["path"]) == (503, "connect_failed", "/cart?id=7")
    assert (line["method"], line["authority"], line["service"]) == ("GET", "web.shop", "web")


def requests_in(log):
    lines = [json.loads(x) for x in log.read_text().splitlines()]
    return [x for x in lines if x.get("type") == "request"]


def test_requests_are_counted_and_logged(lab):
    log = lab.directory / "access.json"
    configuration = {"accessLog": {"path": str(log), "requests": True, "sample": 2}}
    pods = lab.deployment("web", 2)
    node, vip = start(lab, pods, configuration)
    fetch_all(vip, 20, path="/bytes?n=100")
    fetch_all(vip, 4, path="/nothing")
    until(lambda: node.metric("naru_http_requests_total") == 24, "all are counted")
    assert node.metric("naru_http_requests_total", code="2xx", protocol="HTTP/1.1") == 20
    assert node.metric("naru_http_requests_total", code="4xx") == 4
    assert node.metric("naru_http_request_duration_seconds_count") == 24
    assert node.metric("naru_http_endpoint_responses_total", code="2xx") == 20
    assert node.metric("naru_http_requests_active") == 0
    lines = until(lambda: len(requests_in(log)) == 12 and requests_in(log), "every second one is logged")
    assert {x["bytesSent"] for x in lines if x["status"] == 200} == {100}
    assert all(x["attempts"] == 1 and x["durationMicroseconds"] > 0 for x in lines)


def test_a_change_of_what_the_endpoints_speak_is_followed(lab):
    """From bytes to requests and back, while it is served."""
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    assert clients.flood(vip, 8080, 10).failures == []
    assert node.metric("naru_http_requests_total") is None
    lab.apply("policy.yaml", manifests.policy("web", "web", protocol="HTTP"))
    until(lambda: clients.fetch(vip, 8080).status == 200 and node.metric("naru_http_requests_total"), "requests are seen")
    lab.apply("policy.yaml", manifests.policy("web", "web", protocol="TCP"))
    assert clients.flood(vip, 8080, 10).failures == []
