"""What a Service was once given stays its own, and what is taken is an error that says by whom."""

import contextlib
import ipaddress
import random
import shutil
import sqlite3

import pytest

from naru_harness import clients, manifests
from naru_harness.wait import until


def wanted(node, names):
    """The allocations of these Services, once all of them are in force."""

    def read():
        found = {}
        for name in names:
            item = node.service(name)
            ports = tuple(x.get("nodePort") for x in item["spec"]["ports"])
            ingress = item["status"].get("loadBalancer", {}).get("ingress", [])
            found[name] = (item["spec"]["clusterIP"], ports, tuple(x["ip"] for x in ingress))
        return found

    return until(read, "all Services are in force")


def shop(lab, names):
    return [manifests.service(name, type="LoadBalancer") for name in names]


def test_a_taken_node_port_is_an_error_that_names_the_holder(lab, build):
    fixed = {"type": "NodePort", "ports": [{"name": "http", "port": 8080, "nodePort": 30080}]}
    lab.apply("a.yaml", manifests.service("first", **fixed))
    lab.write("b.yaml", manifests.to_yaml(manifests.service("second", **fixed)))
    done = build.run("check", "-f", lab.manifests)
    line = (lab.manifests / "b.yaml").read_text().splitlines().index("    nodePort: 30080") + 1
    message = (
        f"b.yaml:{line}: Service shop/second: spec.ports[0].nodePort: "
        "provided port is already allocated (by Service shop/first)"
    )
    assert done.returncode == 1
    assert [x for x in (done.stdout + done.stderr).splitlines() if x.endswith(message)], done.stdout + done.stderr
    node = lab.node()
    assert any(x.endswith(message) for x in node.errors()), node.errors()
    assert node.node_port("first") == 30080


def test_one_number_for_tcp_and_udp(lab, build):
    ports = [
        {"name": "tcp", "port": 53, "nodePort": 30053},
        {"name": "udp", "port": 53, "protocol": "UDP", "nodePort": 30053},
    ]
    lab.apply("dns.yaml", manifests.service("dns", type="NodePort", ports=ports))
    assert build.run("check", "-f", lab.manifests).returncode == 0


@pytest.mark.parametrize(
    ("field", "spec", "reason"),
    [
        ("spec.ports[0].nodePort", {"type": "NodePort", "ports": [{"port": 1, "nodePort": 80}]},
         "provided port is not in the valid range. The range of valid ports is 30000-32767"),
        ("spec.clusterIPs", {"clusterIP": "10.1.2.3"}, "the provided IP (10.1.2.3) is not in the valid range."),
    ],
)  # fmt: skip
def test_outside_the_range(lab, build, field, spec, reason):
    lab.apply("web.yaml", manifests.service("web", **spec))
    done = build.run("check", "-f", lab.manifests)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    assert f"Service shop/web: {field}" in text and reason in text, text


def test_a_taken_cluster_ip(lab):
    lab.apply("a.yaml", manifests.service("first", clusterIP=lab.range.cluster_ip(50)))
    node = lab.node()
    lab.apply("b.yaml", manifests.service("second", clusterIP=lab.range.cluster_ip(50)))
    assert "Service shop/second: spec.clusterIPs" in node.until_error("provided IP is already allocated")
    assert node.cluster_ip("first") == lab.range.cluster_ip(50)


def test_cluster_ips_come_from_the_upper_band(lab):
    names = [f"web-{number}" for number in range(20)]
    lab.apply("web.yaml", *[manifests.service(name) for name in names])
    given = wanted(lab.node(), names)
    addresses = {ipaddress.ip_address(x[0]) for x in given.values()}
    cidr = ipaddress.ip_network(lab.range.service_cidr)
    assert len(addresses) == 20
    assert all(x in cidr and int(x) - int(cidr.network_address) > 256 for x in addresses)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_allocations_survive_restart_and_reordering(lab, how):
    names = [f"web-{number}" for number in range(12)]
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.apply("web.yaml", *shop(lab, names))
    node = lab.node()
    before = wanted(node, names)
    getattr(node, how)()
    random.shuffle(names)
    lab.remove("web.yaml")
    lab.apply("z.yaml", *shop(lab, names[:6]))
    lab.apply("a.yaml", *shop(lab, names[6:]))
    node.start()
    assert wanted(node, names) == before


def test_allocations_survive_reordering_while_running(lab):
    names = [f"web-{number}" for number in range(6)]
    lab.apply("pool.yaml", manifests.pool("public", lab.range.pool))
    lab.apply("web.yaml", *shop(lab, names))
    node = lab.node()
    before = wanted(node, names)
    lab.apply("web.yaml", *shop(lab, ["new", *reversed(names)]))
    until(lambda: node.service("new"), "the new one is in force")
    assert wanted(node, names) == before


def test_what_a_deleted_service_had_is_free(lab):
    fixed = {"type": "NodePort", "ports": [{"name": "http", "port": 8080, "nodePort": 30080}]}
    lab.apply("a.yaml", manifests.service("first", **fixed))
    node = lab.node()
    lab.apply("b.yaml", manifests.service("second", **fixed))
    node.until_error("already allocated")
    lab.remove("a.yaml")
    until(lambda: node.node_port("second") == 30080, "the waiting one gets it")
    node.until_no_errors()


def test_killed_while_it_allocates(lab):
    """Whatever the moment, the next start finds a state that it can use, and no address given twice."""
    node = lab.node()
    for turn in range(8):
        lab.apply("web.yaml", *[manifests.service(f"s-{turn}-{number}", type="NodePort") for number in range(60)])
        node.kill()
        node.start()
        names = [f"s-{turn}-{number}" for number in range(60)]
        given = wanted(node, names)
        assert len({x[0] for x in given.values()}) == 60 and len({x[1] for x in given.values()}) == 60


def test_a_corrupted_state_file_is_set_aside(lab):
    lab.serve("web", lab.deployment("web", 1), clusterIP=lab.range.cluster_ip(50))
    node = lab.node()
    node.stop()
    (lab.state / "naru.db").write_bytes(b"this is no database" * 1000)
    node.start()
    assert "corrupt" in node.log()
    assert list(lab.state.glob("naru.db.corrupt-*")), "kept for whoever wants to look"
    lab.until_reached(lab.range.cluster_ip(50), 8080, ["web-1"])


def test_a_state_file_of_a_newer_naru_is_refused_and_left_alone(lab):
    lab.apply("web.yaml", manifests.service("web"))
    node = lab.node()
    node.stop()
    with sqlite3.connect(lab.state / "naru.db") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    node.wait_ready = False
    node.start()
    assert node.process.wait() == 3
    assert "newer" in node.log() and "--state-dir" in node.log()
    with sqlite3.connect(lab.state / "naru.db") as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] == 999
    database.close()


def test_state_dir_none_keeps_nothing(lab):
    lab.apply("web.yaml", manifests.service("web"))
    node = lab.node(arguments=["--state-dir", "none"])
    assert node.cluster_ip("web")
    assert not lab.state.exists()


@pytest.mark.root
def test_a_full_state_disk(lab):
    """A clear message; what is served goes on being served; and all is well once there is room."""
    lab.state.mkdir()
    clients.tool("mount", "-t", "tmpfs", "-o", "size=1m", "naru-test", lab.state)
    try:
        pods = lab.deployment("web", 1)
        lab.serve("web", pods)
        node = lab.node()
        vip = node.cluster_ip("web")
        filler = lab.state / "filler"
        with open(filler, "wb", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(b"x" * 4096)
        lab.apply("more.yaml", *[manifests.service(f"more-{number}") for number in range(300)])
        until(lambda: "full" in node.log().lower(), "the log says that the disk is full")
        assert clients.flood(vip, 8080, 20).failures == []
        filler.unlink()
        node.reload()
        until(lambda: node.cluster_ip("more-299"), "allocated once there is room")
        node.stop()
    finally:
        clients.tool("umount", lab.state)
        shutil.rmtree(lab.state, ignore_errors=True)


def test_nodes_of_one_host_never_give_one_address_twice(lab):
    """Two naru share the state directory and allocate at the same time."""
    first, second = lab.node("w1"), lab.node("w2")
    names = [f"web-{number}" for number in range(40)]
    lab.apply("web.yaml", *[manifests.service(name, type="NodePort") for name in names])
    given = wanted(first, names)
    until(lambda: wanted(second, names) == given, "both agree")
    assert len({x[0] for x in given.values()}) == 40
