"""Each type of Service, as a client sees it."""

import socket

from naru_harness import clients, manifests
from naru_harness.wait import until


def test_cluster_ip_reaches_every_pod(lab):
    pods = lab.deployment("web", 3)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    assert "pod web-" in clients.curl(f"http://{vip}:8080/")


def test_cluster_ip_by_name(lab):
    lab.serve("web", lab.deployment("web", 1))
    node = lab.node()
    answer = lab.dig("web.shop.svc.cluster.local")
    assert answer.status == "NOERROR" and "aa" in answer.flags
    assert answer.data("A") == [node.cluster_ip("web")]
    name = "web.shop.svc.cluster.local"
    assert "pod web-1" in clients.curl(f"http://{name}:8080/", "--resolve", f"{name}:8080:{answer.data('A')[0]}")


def test_unknown_port_on_a_known_cluster_ip_is_refused(lab):
    lab.serve("web", lab.deployment("web", 1))
    assert clients.refused(lab.node().cluster_ip("web"), 8081)


def test_node_port_answers_on_every_node(lab):
    """Also on the node that has no pod of its own, which is what people do not believe."""
    pods = [lab.pod("web-1", node="w1"), lab.pod("web-2", node="w2")]
    addresses = {name: lab.range.node(number) for number, name in enumerate(("w1", "w2", "w3"), 1)}
    lab.apply("nodes.yaml", *[manifests.node(name, address) for name, address in addresses.items()])
    lab.serve("web", pods, type="NodePort", ports=[{"name": "http", "port": 8080, "nodePort": 30123}])
    for name, address in addresses.items():
        lab.node(name, address)
    for address in addresses.values():
        lab.until_reached(address, 30123, pods)


def test_node_port_is_allocated_in_the_upper_band(lab):
    lab.serve("web", lab.deployment("web", 1), type="NodePort")
    lab.apply("nodes.yaml", manifests.node("w1", lab.range.node(1)))
    node = lab.node()
    port = node.node_port("web")
    assert 30086 <= port <= 32767
    assert lab.reached(lab.range.node(1), port, 5) == {"web-1"}


def test_load_balancer_address_comes_from_the_pool(lab):
    pods = lab.deployment("web", 2)
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.serve("web", pods, type="LoadBalancer")
    node = lab.node()
    until(lambda: node.load_balancer_ip("web") == lab.range.pool_address(0), "the pool's first address is given")
    lab.until_reached(lab.range.pool_address(0), 8080, pods)
    pool = node.get("pools")[0]
    assert pool["metadata"]["name"] == "public"
    assert pool["status"]["assignedIPv4"] == 1 and pool["status"]["availableIPv4"] == 15


def test_load_balancer_waits_for_a_pool(lab):
    """No pool yet: the Service is served otherwise, and gets its address without a restart once there is one."""
    lab.serve("web", lab.deployment("web", 1), type="LoadBalancer")
    node = lab.node()
    assert not node.service("web").get("status", {}).get("loadBalancer", {}).get("ingress")
    lab.until_reached(node.cluster_ip("web"), 8080, ["web-1"])
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.until_reached(lab.range.pool_address(0), 8080, ["web-1"])


def test_external_ips(lab):
    pods = lab.deployment("web", 2)
    lab.serve("web", pods, externalIPs=[lab.range.external(7)])
    lab.node()
    lab.until_reached(lab.range.external(7), 8080, pods)


def test_external_name_is_a_cname(lab):
    lab.serve("web", lab.deployment("web", 1))
    external = {"type": "ExternalName", "externalName": "web.shop.svc.cluster.local", "ports": []}
    lab.apply("alias.yaml", manifests.service("alias", **external))
    node = lab.node()
    answer = lab.dig("alias.shop.svc.cluster.local")
    assert [kind for _, _, kind, _ in answer.records] == ["CNAME", "A"]
    assert answer.data("CNAME") == ["web.shop.svc.cluster.local."]
    assert answer.data("A") == [node.cluster_ip("web")]


def test_headless_service_is_its_endpoints(lab):
    pods = lab.deployment("db", 3)
    lab.serve("db", pods, clusterIP="None")
    node = lab.node()
    answer = lab.dig("db.shop.svc.cluster.local")
    assert answer.data("A") == sorted(pod.address for pod in pods)
    assert not [x for x in node.get("listeners") if x["service"] in ("db", "shop/db")]
    dashed = pods[0].address.replace(".", "-")
    assert lab.dig(f"{dashed}.db.shop.svc.cluster.local").data("A") == [pods[0].address]
    srv = lab.dig("_http._tcp.db.shop.svc.cluster.local", "SRV")
    assert len(srv.data("SRV")) == 3 and f"0 33 8080 {dashed}.db.shop.svc.cluster.local." in srv.data("SRV")


def test_udp_service(lab):
    pods = [lab.pod(f"echo-{number}", udp_echo_port=9000) for number in (1, 2)]
    ports = [{"name": "echo", "port": 9000, "protocol": "UDP"}]
    lab.apply("echo.yaml", manifests.service("echo", ports=ports))
    lab.apply("slice.yaml", manifests.endpoint_slice("echo", [x.endpoint() for x in pods], ports=ports))
    vip = lab.node().cluster_ip("echo")
    seen = set()
    for _ in range(60):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect((vip, 9000))
            names = set()
            for _ in range(3):  # a flow stays where it is
                sock.send(b"whoami")
                names.add(sock.recv(100).decode())
            assert len(names) == 1
            seen |= names
    assert seen == {"echo-1", "echo-2"}
    assert clients.tool("nc", "-u", "-w1", vip, 9000, text_input="hello").stdout == "hello"


def test_tcp_and_udp_share_a_port_number(lab):
    pod = lab.pod("echo-1", udp_echo_port=8080)
    ports = [{"name": "tcp", "port": 8080}, {"name": "udp", "port": 8080, "protocol": "UDP"}]
    lab.apply("echo.yaml", manifests.service("echo", ports=ports))
    lab.apply("slice.yaml", manifests.endpoint_slice("echo", [pod.endpoint()], ports=ports))
    vip = lab.node().cluster_ip("echo")
    assert lab.reached(vip, 8080, 3) == {"echo-1"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect((vip, 8080))
        sock.send(b"whoami")
        assert sock.recv(100) == b"echo-1"


def test_nodes_of_one_host_share_addresses(lab):
    """Three naru listen on the same cluster IP; the kernel spreads clients over them, and when one ends nobody notices."""
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    nodes = [lab.node(name) for name in ("w1", "w2", "w3")]
    vips = {node.cluster_ip("web") for node in nodes}
    assert len(vips) == 1, "the nodes of one host agree on the address"
    vip = vips.pop()
    lab.until_reached(vip, 8080, pods)
    for node in nodes[:2]:
        assert node.stop() == 0
        assert not clients.flood(vip, 8080, 100).failures
        assert lab.dig("web.shop.svc.cluster.local").data("A") == [vip]
