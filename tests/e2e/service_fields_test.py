"""Fields of a Service and its EndpointSlices, one by one, as a client or an operator sees what they do."""

import json
import socket

import pytest

from naru_harness import clients, manifests
from naru_harness.wait import until


def node_object(lab, number, **status):
    return manifests.node(f"w{number}", lab.range.node(number), **status)


# ---- endpoints ----


def test_endpoints_of_several_slices_are_one_set(lab):
    """One that is in two slices, as while a controller moves it, is one endpoint, and the better of its two states counts."""
    pods = lab.deployment("web", 3)
    lab.apply("web.yaml", manifests.service("web"))
    policy = manifests.policy("web", "web", loadBalancing={"algorithm": "RoundRobin"})
    lab.apply("policy.yaml", policy)
    first = [pods[0].endpoint(), pods[1].endpoint(ready=False)]
    second = [pods[1].endpoint(), pods[2].endpoint()]
    lab.apply(
        "slices.yaml",
        manifests.endpoint_slice("web", first, name="web-a"),
        manifests.endpoint_slice("web", second, name="web-b"),
    )
    node = lab.node()
    done = clients.flood(node.cluster_ip("web"), 8080, 30)
    counts = {pod.name: sum(reply.pod == pod.name for reply in done.replies) for pod in pods}
    assert counts == {pod.name: 10 for pod in pods}
    lab.apply("slices.yaml", manifests.endpoint_slice("web", second, name="web-b"))
    lab.until_reached(node.cluster_ip("web"), 8080, pods[1:])


def test_a_named_target_port_is_another_number_on_each_pod(lab):
    """As in the middle of a rolling update that moves the port."""
    pods = [lab.pod("web-1", port=8080), lab.pod("web-2", port=8090)]
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    lab.apply("web.yaml", manifests.service("web", ports=ports, selector={"app": "web"}))
    lab.apply("pods.yaml", *[pod.manifest({"app": "web"}) for pod in pods])
    node = lab.node()
    lab.until_reached(node.cluster_ip("web"), 80, pods)
    slices = [x for x in node.get("endpoints") if x["metadata"]["labels"].get("kubernetes.io/service-name") == "web"]
    assert sorted(x["ports"][0]["port"] for x in slices) == [8080, 8090]


def test_publish_not_ready_addresses(lab):
    pods = lab.deployment("web", 2)
    entries = [pod.endpoint(ready=False, serving=False) for pod in pods]
    lab.apply("slices.yaml", manifests.endpoint_slice("web", entries))
    lab.apply("web.yaml", manifests.service("web"))
    node = lab.node()
    lab.until_refused(node.cluster_ip("web"), 8080)
    lab.apply("web.yaml", manifests.service("web", publishNotReadyAddresses=True))
    lab.until_reached(node.cluster_ip("web"), 8080, pods)


def test_terminating_endpoints_serve_while_there_is_no_other(lab):
    """Never those that serve no more."""
    pods = lab.deployment("web", 3)
    serving = pods[0].endpoint(ready=False, serving=True, terminating=True)
    done = pods[1].endpoint(ready=False, serving=False, terminating=True)
    lab.serve("web", [serving, done])
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods[:1])
    lab.endpoints("web", [serving, done, pods[2].endpoint()])
    lab.until_reached(vip, 8080, pods[2:])
    lab.endpoints("web", [done])
    lab.until_refused(vip, 8080)


def test_a_pod_reaches_itself_through_its_service(lab):
    """Hairpin: the client is on the address of the only endpoint."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    vip = lab.node().cluster_ip("web")
    assert clients.fetch(vip, 8080, source=pods[0].address).pod == "web-1"


# ---- node ports ----


@pytest.mark.parametrize("value", ["primary", "localhost", "all", "a CIDR", "none"])
def test_node_port_addresses(lab, value):
    """By default, and as `primary`, the InternalIPs of the Node object."""
    lab.apply("nodes.yaml", node_object(lab, 1))
    port = 31000 + lab.range.octet  # on 127.0.0.1 tests may meet
    lab.serve("web", lab.deployment("web", 1), type="NodePort", ports=[{"name": "http", "port": 8080, "nodePort": port}])
    own = lab.range.node(1)
    setting = {"a CIDR": [f"{own}/32"], "none": []}.get(value, [value])
    lab.node(nodePortAddresses=setting)
    answers = {"localhost": {"127.0.0.1"}, "all": {own, "127.0.0.1"}}.get(value, {own})
    for address in (own, "127.0.0.1"):
        if address in answers:
            lab.until_reached(address, port, ["web-1"])
        else:
            assert clients.refused(address, port)


def test_a_load_balancer_without_node_ports(lab):
    """allocateLoadBalancerNodePorts: false gives none, and honours one that is asked for."""
    pods = lab.deployment("web", 1)
    lab.apply("nodes.yaml", node_object(lab, 1))
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    ports = [{"name": "a", "port": 8080}, {"name": "b", "port": 8081, "targetPort": 8080, "nodePort": 30321}]
    lab.apply("web.yaml", manifests.service("web", ports=ports, type="LoadBalancer", allocateLoadBalancerNodePorts=False))
    given = [{"name": "a", "port": 8080}, {"name": "b", "port": 8080}]
    lab.apply("slices.yaml", manifests.endpoint_slice("web", [pods[0].endpoint()], ports=given))
    node = lab.node()
    assert "nodePort" not in node.service("web")["spec"]["ports"][0]
    assert node.node_port("web", 1) == 30321
    lab.until_reached(lab.range.pool_address(0), 8080, pods)
    lab.until_reached(lab.range.node(1), 30321, pods)


# ---- load balancers ----


def test_ip_mode_proxy_is_left_to_the_load_balancer(lab):
    """Of another class's addresses those of mode VIP are served here; Proxy wants its traffic to pass the load balancer."""
    pods = lab.deployment("web", 1)
    service = manifests.service("web", type="LoadBalancer", loadBalancerClass="example.com/other")
    vip, proxied = lab.range.external(1), lab.range.external(2)
    service["status"] = {"loadBalancer": {"ingress": [{"ip": vip, "ipMode": "VIP"}, {"ip": proxied, "ipMode": "Proxy"}]}}
    lab.apply("web.yaml", service)
    lab.endpoints("web", pods)
    lab.node()
    lab.until_reached(vip, 8080, pods)
    assert clients.refused(proxied, 8080)
    del service["status"]["loadBalancer"]["ingress"][1]["ipMode"]
    lab.apply("web.yaml", service)
    lab.until_reached(proxied, 8080, pods)


def raw_get(address, port, path="/anything?at=all"):
    """Headers and body of a GET, byte by byte."""
    with socket.create_connection((address, port), timeout=5) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := one.recv(65536):
            answer += chunk
    head, body = answer.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    return lines[0], dict(line.split(": ", 1) for line in lines[1:]), body


def test_the_bytes_of_a_health_check(lab):
    """As kube-proxy's, which load balancers of clouds were written for: any path, tabs, no line feed at the end."""
    lab.apply("nodes.yaml", node_object(lab, 1))
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    pod, ending = lab.pod("web-1", node="w1"), lab.pod("web-2", node="w1")
    lab.serve("web", [pod, ending], type="LoadBalancer", externalTrafficPolicy="Local")
    node = lab.node()
    port = node.service("web")["spec"]["healthCheckNodePort"]
    body = '{{\n\t"service": {{\n\t\t"namespace": "shop",\n\t\t"name": "web"\n\t}},\n\t"localEndpoints": {},\n\t"serviceProxyHealthy": true\n}}'

    def answers(status, count):
        line, headers, got = raw_get(node.address, port)
        return (
            status in line
            and got.decode() == body.format(count)
            and headers["Content-Type"] == "application/json"
            and headers["X-Content-Type-Options"] == "nosniff"
            and headers["X-Load-Balancing-Endpoint-Weight"] == str(count)
        )

    until(lambda: answers("200", 2), "both are counted")
    lab.endpoints("web", [pod.endpoint(), ending.endpoint(ready=False, serving=True, terminating=True)])
    until(lambda: answers("200", 1), "one that is ending is not")
    lab.endpoints("web", [ending.endpoint(ready=False, serving=True, terminating=True)])
    until(lambda: answers("503", 0), "with none but such a one load balancers go elsewhere")
    lab.until_reached(lab.range.pool_address(0), 8080, [ending])  # until they do it serves
    lab.endpoints("web", [pod])
    until(lambda: answers("200", 1), "and come back")
    lab.endpoints("web", [pod.endpoint(ready=False), manifests.endpoint(lab.range.pod(9), node="w2")])
    until(lambda: answers("503", 0), "none here: load balancers go elsewhere")


def test_health_of_a_node_that_goes(lab):
    """/healthz takes the node out of load balancers while /livez lets the process live."""
    node = lab.node()
    line, headers, body = raw_get(node.address, 10256, "/healthz")
    assert " 200 " in line and headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert body.startswith(b'{"lastUpdated": "') and body.endswith(b', "nodeEligible": true}')
    _, _, live = raw_get(node.address, 10256, "/livez")
    assert set(json.loads(live)) == {"lastUpdated", "currentTime"}
    going = node_object(lab, 1)
    going["metadata"]["deletionTimestamp"] = "2024-01-01T00:00:00Z"
    lab.apply("nodes.yaml", going)
    until(lambda: " 503 " in raw_get(node.address, 10256, "/healthz")[0], "being deleted")
    assert raw_get(node.address, 10256, "/healthz")[2].endswith(b', "nodeEligible": false}')
    assert " 200 " in raw_get(node.address, 10256, "/livez")[0]
    lab.apply("nodes.yaml", node_object(lab, 1))
    until(lambda: " 200 " in raw_get(node.address, 10256, "/healthz")[0], "it stays after all")
    assert node.metric("kubeproxy_proxy_healthz_total", code="503") >= 1
    assert node.metric("kubeproxy_proxy_livez_total", code="200") >= 2


# ---- protocols ----


def test_sctp_is_said_not_to_be_served_and_everything_else_is(lab):
    pods = lab.deployment("web", 1)
    ports = [{"name": "http", "port": 8080}, {"name": "signal", "port": 8080, "protocol": "SCTP"}]
    lab.apply("web.yaml", manifests.service("web", ports=ports))
    lab.apply("slices.yaml", manifests.endpoint_slice("web", [pods[0].endpoint()], ports=ports))
    node = lab.node()
    lab.until_reached(node.cluster_ip("web"), 8080, pods)

    def said():
        conditions = node.service("web")["status"].get("conditions", [])
        return [x for x in conditions if x["type"] == "Listening" and x["status"] == "False" and "SCTP" in x["message"]]

    until(said, "the Service's conditions say it")
    assert "SCTP" in node.log()
