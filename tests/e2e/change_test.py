"""Wanted state changes; clients keep the name and the address and see nothing else of it."""

import http.client
import socket
import time

from naru_harness import clients, manifests
from naru_harness.wait import stays, until

LABELS = {"app": "web"}


def test_a_pod_comes_back_elsewhere(lab):
    """Another address, the same name: clients of the cluster IP notice nothing; those of a headless name are told."""
    old = lab.pod("web-1")
    lab.serve("web", [old])
    lab.apply("web-pods.yaml", manifests.service("pods", clusterIP="None", selector=LABELS))
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, [old])
    new = lab.pod("web-new")
    old.kill()
    lab.endpoints("web", [new])
    lab.until_reached(vip, 8080, [new])
    assert lab.dig("web.shop.svc.cluster.local").data("A") == [vip]


def test_a_headless_name_follows_its_pods(lab):
    pods = lab.deployment("db", 2)
    lab.serve("db", pods[:1], clusterIP="None")
    lab.node()
    assert lab.dig("db.shop.svc.cluster.local").data("A") == [pods[0].address]
    lab.endpoints("db", pods[1:])
    until(lambda: lab.dig("db.shop.svc.cluster.local").data("A") == [pods[1].address], "the name follows")


def test_a_change_is_in_force_soon(lab):
    """Correctness, with a bound so loose that only polling for files or worse would miss it."""
    pods = lab.deployment("web", 2)
    lab.serve("web", pods[:1])
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods[:1])
    waits = []
    for turn in range(10):
        wanted = pods[(turn + 1) % 2]
        lab.endpoints("web", [wanted])
        began = time.monotonic()
        until(lambda: clients.fetch(vip, 8080).pod == wanted.name, "the change is in force", interval=0)
        waits.append(time.monotonic() - began)
        assert lab.reached(vip, 8080, 10) == {wanted.name}, "in force on every worker, not on one"
    print("seen by a client after (ms):", sorted(round(x * 1000, 1) for x in waits))
    assert sorted(waits)[len(waits) // 2] < 0.5


def test_endpoints_from_pods(lab):
    """A Service with a selector, and no slices given: ready Pods are its endpoints."""
    pods = lab.deployment("web", 3)
    others = lab.deployment("other", 1)
    lab.apply("web.yaml", manifests.service("web", selector=LABELS))
    lab.apply(
        "pods.yaml",
        *[x.manifest(LABELS) for x in pods[:2]],
        pods[2].manifest(LABELS, ready=False),
        others[0].manifest({"app": "other"}),
    )
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods[:2])
    lab.apply("pods.yaml", *[x.manifest(LABELS) for x in pods])
    lab.until_reached(vip, 8080, pods)
    lab.remove("pods.yaml")
    lab.until_refused(vip, 8080)


def test_given_slices_win_over_pods(lab):
    pods = lab.deployment("web", 2)
    lab.apply("pods.yaml", pods[0].manifest(LABELS))
    lab.serve("web", pods[1:], selector=LABELS)
    vip = lab.node().cluster_ip("web")
    lab.until_reached(vip, 8080, pods[1:])


def test_target_port_by_name(lab):
    pod = lab.pod("web-1", port=8099)
    ports = [{"name": "main", "port": 8080, "targetPort": "http"}]
    lab.apply("web.yaml", manifests.service("web", selector=LABELS, ports=ports))
    lab.apply("pods.yaml", pod.manifest(LABELS))
    lab.until_reached(lab.node().cluster_ip("web"), 8080, [pod])


def test_terminating_endpoints_are_used_only_when_nothing_else_is_left(lab):
    pods = lab.deployment("web", 2)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    ending = pods[0].endpoint(ready=False, serving=True, terminating=True)
    lab.endpoints("web", [ending, pods[1]])
    lab.until_reached(vip, 8080, pods[1:])
    lab.endpoints("web", [ending])
    lab.until_reached(vip, 8080, pods[:1])
    lab.endpoints("web", [pods[0].endpoint(ready=False, serving=False, terminating=True)])
    lab.until_refused(vip, 8080)


def test_publish_not_ready_addresses(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", [pods[0].endpoint(ready=False)])
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_refused(vip, 8080)
    lab.serve("web", [pods[0].endpoint(ready=False)], publishNotReadyAddresses=True)
    lab.until_reached(vip, 8080, pods)


def test_connections_to_a_removed_endpoint_go_on(lab):
    """Draining: new connections go elsewhere, the established one is left in peace until it ends."""
    pods = lab.deployment("web", 2)
    lab.serve("web", pods[:1])
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods[:1])
    kept = http.client.HTTPConnection(vip, 8080, timeout=10)
    kept.request("GET", "/")
    assert clients.Reply.of(kept.getresponse()).pod == "web-1"
    lab.endpoints("web", pods[1:])
    lab.until_reached(vip, 8080, pods[1:])
    for _ in range(5):
        kept.request("GET", "/")
        assert clients.Reply.of(kept.getresponse()).pod == "web-1"
    assert any(x["draining"] for x in node.connections())
    kept.close()
    until(lambda: not node.connections(), "the drained connection ends with its client")


def test_a_rolling_update_costs_no_request(lab):
    """Every pod replaced, one after the other, as a Deployment does it, under load that keeps its connections."""
    old = lab.deployment("web", 3, version="v1")
    lab.apply("web.yaml", manifests.service("web", selector=LABELS))
    current = list(old)
    lab.apply("pods.yaml", *[x.manifest(LABELS) for x in current])
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, current)
    load = lab.wrk(f"http://{vip}:8080/", connections=8)
    for pod in old:
        new = lab.pod(pod.name + "-new", version="v2")
        rest = [x for x in current if x is not pod]
        lab.apply("pods.yaml", *[x.manifest(LABELS) for x in [*rest, new]], pod.manifest(LABELS, deleting=True))
        wanted = {x.address for x in [*rest, new]}
        until(lambda: node.endpoint_addresses("web") == wanted, "the new pod is in, the old one is on its way out")
        assert pod.stop() == 0
        current = [*rest, new]
        lab.apply("pods.yaml", *[x.manifest(LABELS) for x in current])
    result = load.finish()
    assert result.requests > 100 and result.failed == 0, result.text
    done = clients.flood(vip, 8080, 60)
    assert not done.failures and {x.version for x in done.replies} == {"v2"}


def test_a_service_port_is_renumbered(lab):
    """The old port is refused, the new one served, and the address stays."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    lab.serve("web", pods, port=9090)
    lab.until_reached(vip, 9090, pods)
    lab.until_refused(vip, 8080)
    assert node.cluster_ip("web") == vip


def test_a_service_is_deleted(lab):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    lab.remove("web.yaml")
    lab.until_refused(vip, 8080)
    until(lambda: lab.dig("web.shop.svc.cluster.local").status == "NXDOMAIN", "its name is gone")
    assert not node.get("services")


def test_directories_that_appear_later_and_symlinks_that_swap(lab):
    """A mounted ConfigMap changes by swapping a symbolic link to a directory."""
    pods = lab.deployment("web", 2)
    node = lab.node()
    for version, pod in enumerate(pods):
        directory = lab.manifests / f"..data_{version}"
        directory.mkdir()
        slices = manifests.endpoint_slice("web", [pod.endpoint()])
        (directory / "web.yaml").write_text(manifests.to_yaml(manifests.service("web"), slices))
    (lab.manifests / "..data").symlink_to("..data_0")
    (lab.manifests / "web.yaml").symlink_to("..data/web.yaml")
    until(lambda: node.endpoint_addresses("web") == {pods[0].address}, "the linked file is read")
    vip = node.cluster_ip("web")
    (lab.manifests / "..data_tmp").symlink_to("..data_1")
    (lab.manifests / "..data_tmp").rename(lab.manifests / "..data")
    lab.until_reached(vip, 8080, pods[1:])
    deep = lab.manifests / "later" / "still"
    deep.mkdir(parents=True)
    (deep / "more.yaml").write_text(manifests.to_yaml(manifests.service("more")))
    until(lambda: node.cluster_ip("more"), "a directory that appeared later is read")


def test_a_half_written_file_is_not_read(lab):
    """A writer that has not closed the file yet is not done; what it wrote so far is nobody's wish."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    text = (lab.manifests / "web.yaml").read_text()
    with open(lab.manifests / "web.yaml", "w") as out:
        out.write(text[: len(text) // 2])
        out.flush()
        stays(lambda: clients.fetch(vip, 8080).status == 200, "served as before", 0.3)
        out.write(text[len(text) // 2 :])
    stays(lambda: clients.fetch(vip, 8080).status == 200, "served as before", 0.3)
    assert node.cluster_ip("web") == vip


def test_udp_flows_follow_their_endpoints(lab):
    """A flow whose endpoint went is picked anew with its next datagram; the flows of those that stay are not touched."""
    pods = [lab.pod(f"echo-{number}", udp_echo_port=9000) for number in (1, 2)]
    ports = [{"name": "echo", "port": 9000, "protocol": "UDP"}]
    lab.apply("echo.yaml", manifests.service("echo", ports=ports))

    def endpoints(*names):
        entries = [x.endpoint() for x in pods if x.name in names]
        lab.apply("slice.yaml", manifests.endpoint_slice("echo", entries, ports=ports))

    endpoints("echo-1", "echo-2")
    vip = lab.node().cluster_ip("echo")
    flows = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(20)]
    for flow in flows:
        flow.settimeout(5)
        flow.connect((vip, 9000))

    def where(flow):
        flow.send(b"whoami")
        return flow.recv(100).decode()

    before = [where(flow) for flow in flows]
    assert set(before) == {"echo-1", "echo-2"}
    endpoints("echo-2")
    until(lambda: {where(flow) for flow in flows} == {"echo-2"}, "all flows are at the one that is left")
    endpoints("echo-1", "echo-2")
    stays(lambda: {where(flow) for flow in flows} == {"echo-2"}, "flows stay where they are", 0.3)
    for flow in flows:
        flow.close()
