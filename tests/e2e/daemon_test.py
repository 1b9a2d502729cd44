"""naru run as an operator meets it: starting, ending, reloading, and what it tells of itself."""

import http.client
import json
import threading
import time

import yaml

from naru_harness import clients, manifests
from naru_harness.wait import until


def test_it_says_what_it_serves_when_ready(lab):
    lab.serve("web", lab.deployment("web", 1), clusterIP=lab.range.cluster_ip(80))
    node = lab.node()
    line = until(lambda: next((x for x in node.log().splitlines() if "shop/web" in x), None), "the log names the Service")
    assert lab.range.cluster_ip(80) in line


def test_sigterm_drains(lab):
    """The request in flight is answered, new connections are refused, then it ends with 0."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    result = []
    slow = threading.Thread(target=lambda: result.append(clients.fetch(vip, 8080, "/slow?ms=1500").status))
    slow.start()
    until(lambda: node.connections(), "the request is on its way")
    node.process.popen.terminate()
    lab.until_refused(vip, 8080)
    assert not result and node.process.running
    slow.join(10)
    assert result == [200]
    assert node.process.wait(10) == 0


def test_sigterm_under_load_loses_no_request_while_another_node_stays(lab):
    """New connections only: those are what a stopping node may turn away, and must not."""
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    first = lab.node("w1")
    lab.node("w2")
    vip = first.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    load = lab.wrk(f"http://{vip}:8080/", connections=8, close=True)
    assert not clients.flood(vip, 8080, 100).failures
    assert first.stop() == 0
    assert not clients.flood(vip, 8080, 100).failures
    result = load.finish()
    assert result.requests > 100 and result.failed == 0, result.text


def test_sigint_ends_it_too(lab):
    node = lab.node()
    node.process.signal(2)
    assert node.process.wait(20) == 0


def test_sighup_reads_everything_again(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    kept = http.client.HTTPConnection(vip, 8080, timeout=10)
    kept.request("GET", "/")
    assert clients.Reply.of(kept.getresponse()).status == 200
    node.reload()
    lab.apply("more.yaml", manifests.service("more"))
    until(lambda: node.cluster_ip("more"), "new files are read")
    kept.request("GET", "/")
    assert clients.Reply.of(kept.getresponse()).status == 200, "connections live through it"
    assert node.cluster_ip("web") == vip


def test_health(lab):
    node = lab.node()
    status, headers, body = node.health("/healthz")
    assert status == 200 and "json" in headers["Content-Type"]
    assert set(json.loads(body)) == {"lastUpdated", "currentTime", "nodeEligible"}
    assert node.health("/livez")[0] == 200
    assert node.health("/nowhere")[0] == 404
    tainted = manifests.node("w1", node.address)
    tainted["spec"] = {"taints": [{"key": "ToBeDeletedByClusterAutoscaler", "effect": "NoSchedule"}]}
    lab.apply("nodes.yaml", tainted)
    until(lambda: node.health("/healthz")[0] == 503, "a node that is to go gets no traffic")
    assert node.health("/livez")[0] == 200


def test_health_check_node_port(lab):
    """External load balancers find out which node has a pod of a Service with policy Local."""
    pods = [lab.pod("web-1", node="w1")]
    lab.apply("nodes.yaml", *[manifests.node(f"w{number}", lab.range.node(number)) for number in (1, 2)])
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.serve("web", pods, type="LoadBalancer", externalTrafficPolicy="Local")
    node, other = lab.node("w1"), lab.node("w2")
    port = node.service("web")["spec"]["healthCheckNodePort"]
    reply = until(lambda: clients.fetch(node.address, port), "it answers")
    assert reply.status == 200 and reply.headers["x-load-balancing-endpoint-weight"] == "1"
    assert json.loads(reply.body)["localEndpoints"] == 1
    assert clients.fetch(other.address, port).status == 503


def test_metrics(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    lab.until_reached(node.cluster_ip("web"), 8080, pods)
    lab.dig("web.shop.svc.cluster.local")
    text = node.metrics_text()
    for name in (
        "kubeproxy_sync_proxy_rules_duration_seconds_bucket",
        "kubeproxy_network_programming_duration_seconds_bucket",
        "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
        "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
        "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
        "kubeproxy_sync_proxy_rules_endpoint_changes_total",
        "kubeproxy_sync_proxy_rules_service_changes_pending",
        "kubeproxy_sync_proxy_rules_service_changes_total",
        "kubeproxy_sync_proxy_rules_no_local_endpoints_total",
        "kubeproxy_proxy_healthz_total",
        "kubeproxy_proxy_livez_total",
        "naru_dns_requests_total",
        "naru_dns_responses_total",
    ):
        assert f"\n{name}" in text, name
    for line in text.splitlines():
        if line.startswith("# TYPE ") and line.endswith(" counter"):
            assert line.split()[2].endswith("_total"), line
    assert node.metric("naru_dns_responses_total", rcode="NOERROR") >= 1


def test_get_in_every_form(lab):
    pods = lab.deployment("web", 1, node="w1")
    lab.apply("nodes.yaml", manifests.node("w1", lab.range.node(1)))
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.serve("web", pods, type="LoadBalancer")
    node = lab.node()
    item = node.service("web")
    vip, port = item["spec"]["clusterIP"], item["spec"]["ports"][0]["nodePort"]
    until(lambda: node.load_balancer_ip("web"), "it has its address")
    table = node.get_raw("services", "-n", "shop").stdout.splitlines()
    assert table[0].split()[:5] == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)"], table[0]
    row = table[1].split()
    assert row[:5] == ["web", "LoadBalancer", vip, lab.range.pool_address(0), f"8080:{port}/TCP"]
    listed = json.loads(node.get_raw("services", "-o", "json").stdout)
    assert listed["kind"] == "List" and listed["items"][0]["kind"] == "Service"
    assert yaml.safe_load(node.get_raw("services", "-o", "yaml").stdout)["items"][0]["spec"]["clusterIP"] == vip
    assert len(node.get_raw("services", "-o", "wide").stdout.splitlines()[0]) > len(table[0])
    assert json.loads(node.get_raw("services", "web", "-n", "shop", "-o", "json").stdout)
    missing = node.get_raw("services", "nobody", "-n", "shop")
    assert missing.returncode == 1 and "nobody" in missing.stderr
    for what in ("endpoints", "nodes", "pools", "announcements", "dns", "listeners", "connections"):
        for form in ("table", "wide", "json", "yaml"):
            done = node.get_raw(what, "-o", form)
            assert done.returncode == 0, f"{what} -o {form}: {done.stderr}"
    assert node.endpoint_addresses("web") == {pods[0].address}
    states = {(x["address"], x["state"]) for x in node.get("listeners")}
    assert (f"{vip}:8080", "Open") in states


def test_get_without_a_naru(lab, build):
    done = build.run("get", "services", "--socket", lab.directory / "nobody.sock")
    assert done.returncode == 1 and "nobody.sock" in done.stderr


def test_the_admin_socket_is_for_its_user_alone(lab):
    assert lab.node().socket.stat().st_mode & 0o777 == 0o600


def test_a_second_naru_on_the_same_admin_socket_is_an_error(lab):
    first = lab.node("w1")
    second = lab.node("w2", ready=False, adminSocket=str(first.socket))
    assert second.process.wait(20) == 3
    assert str(first.socket) in second.log()
    lab.nodes.remove(second)
    assert first.get("services") == []


def test_a_taken_service_port_is_reported_and_all_else_is_served(lab):
    """Somebody else has the address: that frontend fails, with a message; it is served once it is free."""
    taken = lab.range.cluster_ip(90)
    squatter = lab.pod("squatter", port=8080)
    squatter.kill()
    import socket

    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((taken, 8080))
        sock.listen()
        pods = lab.deployment("web", 1)
        lab.serve("web", pods, clusterIP=taken)
        lab.serve("other", pods)
        node = lab.node()
        lab.until_reached(node.cluster_ip("other"), 8080, pods)
        failed = until(lambda: [x for x in node.get("listeners") if x["state"] == "Failed"], "it says what failed")
        assert failed[0]["address"] == f"{taken}:8080" and "in use" in failed[0]["error"].lower()
        assert f"{taken}:8080" in node.log()
    lab.until_reached(taken, 8080, pods, timeout=30)


def test_an_idle_naru_does_nothing(lab, build):
    """No polling: an idle naru costs next to no CPU time."""
    lab.serve("web", lab.deployment("web", 1))
    node = lab.node()
    ticks = lambda: sum(map(int, open(f"/proc/{node.process.pid}/stat").read().rsplit(")")[1].split()[11:13]))  # noqa: E731
    before = ticks()
    time.sleep(1)
    assert ticks() - before <= (2 if not build.sanitized else 5)
