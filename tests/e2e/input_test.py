"""Bad input: each a clear message, nothing that was good is lost, nothing grows."""

import json
import os

import pytest

from naru_harness import clients, manifests
from naru_harness.wait import stays, until

GOOD = manifests.to_yaml(manifests.service("good", clusterIP="127.96.0.77"))


def service_text(**changes):
    item = manifests.service("web")
    item["spec"].update(changes)
    return manifests.to_yaml(item)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefghij", "bcdefghijk")
)

# What is written, and what the message must say.
FAULTS = {
    "a tab as indentation": ("apiVersion: v1\nkind: Service\n\tmetadata: x\n", ["bad.yaml:3"]),
    "an unclosed bracket": ("apiVersion: v1\nkind: [Service\n", ["bad.yaml:"]),
    "binary": (bytes(range(256)) * 64, ["bad.yaml"]),
    "an anchor bomb": (BOMB, ["bad.yaml"]),
    "deep nesting": ("[" * 100_000, ["bad.yaml"]),
    "a list at the top": ("- 1\n- 2\n", ["bad.yaml"]),
    "no kind": ("apiVersion: v1\nmetadata: {name: x}\n", ["bad.yaml", "kind"]),
    "a port that is no number": (service_text(ports=[{"port": "eighty"}]), ["spec.ports[0].port"]),
    "a port out of range": (service_text(ports=[{"port": 70000}]), ["spec.ports[0].port", "70000"]),
    "a port of zero": (service_text(ports=[{"port": 0}]), ["spec.ports[0].port"]),
    "ports that are no list": (service_text(ports={"port": 80}), ["spec.ports"]),
    "a duplicate port": (service_text(ports=[{"name": "a", "port": 80}, {"name": "b", "port": 80}]), ["spec.ports[1]"]),
    "a duplicate port name": (service_text(ports=[{"name": "a", "port": 80}, {"name": "a", "port": 81}]), ["spec.ports[1].name"]),
    "an unknown type": (service_text(type="Loadbalancer"), ["spec.type", "LoadBalancer"]),
    "an unknown field": (service_text(sesionAffinity="None"), ["sesionAffinity", "sessionAffinity"]),
    "an unknown protocol": (service_text(ports=[{"port": 80, "protocol": "TPC"}]), ["spec.ports[0].protocol"]),
    "a cluster IP that is none": (service_text(clusterIP="10.1.2.999"), ["spec.clusterIP"]),
    "a bad name": (GOOD.replace("name: good", "name: Bad_Name").replace("127.96.0.77", "127.96.0.78"), ["metadata.name"]),
    "affinity too long": (
        service_text(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 86401}}),
        ["timeoutSeconds"],
    ),
    "load balancer fields elsewhere": (
        service_text(loadBalancerSourceRanges=["10.0.0.0/8"]),
        ["spec.loadBalancerSourceRanges", "may only be used when type is 'LoadBalancer'"],
    ),
    "a duplicate key": ("apiVersion: v1\nkind: Service\nkind: Pod\nmetadata: {name: x}\n", ["bad.yaml:3", "kind"]),
    "a duplicate Service": (GOOD, ["Service shop/good"]),
    "a bad endpoint address": (
        manifests.to_yaml(manifests.endpoint_slice("good", ["10.0.0.300"])),
        ["EndpointSlice shop/good-1", "endpoints[0].addresses[0]"],
    ),
    "an IPv6 address in an IPv4 slice": (
        manifests.to_yaml(manifests.endpoint_slice("good", ["fd00::1"])),
        ["EndpointSlice shop/good-1", "endpoints[0].addresses[0]"],
    ),
    "a pool that ends before it begins": (
        manifests.to_yaml(manifests.pool("p", "10.0.0.9-10.0.0.1")),
        ["IPAddressPool", "spec.addresses[0]"],
    ),
    "a policy of an unknown algorithm": (
        manifests.to_yaml(manifests.policy("p", "good", loadBalancing={"algorithm": "Randm"})),
        ["ServicePolicy shop/p", "algorithm", "Random"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_check_says_what_is_wrong(tmp_path, build, fault):
    content, words = FAULTS[fault]
    (tmp_path / "a-good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    done = build.run("check", "-f", tmp_path, timeout=30)
    text = done.stdout + done.stderr
    assert done.returncode == 1, text
    lines = [x for x in text.splitlines() if all(word in x for word in words)]
    assert lines, f"no line with {words} in:\n{text[:2000]}"
    assert all(len(x) < 1000 for x in text.splitlines()), "a message is for people"


def test_check_gives_all_errors_at_once(tmp_path, build):
    for number in range(5):
        (tmp_path / f"{number}.yaml").write_text(service_text(ports=[{"port": 70000}], type="No"))
    done = build.run("check", "-f", tmp_path)
    text = done.stdout + done.stderr
    assert done.returncode == 1
    for number in range(5):
        assert f"{number}.yaml" in text
    assert text.count("70000") >= 5 and text.count("spec.type") >= 5


def test_check_of_good_input_says_nothing_bad(tmp_path, build):
    (tmp_path / "good.yaml").write_text(GOOD)
    assert build.run("check", "-f", tmp_path).returncode == 0
    assert build.run("check", "-f", "-", input=GOOD).returncode == 0
    listed = {"apiVersion": "v1", "kind": "List", "items": [manifests.service("a"), manifests.service("b")]}
    (tmp_path / "list.json").write_text(json.dumps(listed))
    assert build.run("check", "-f", tmp_path / "list.json").returncode == 0


def test_unknown_kinds_are_skipped_with_one_notice(lab, build):
    other = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"whatever": [1]}}
    lab.apply("app.yaml", other, other, manifests.service("web"))
    done = build.run("check", "-f", lab.manifests)
    assert done.returncode == 0 and (done.stdout + done.stderr).count("Deployment") == 1, done.stdout + done.stderr
    assert lab.node().cluster_ip("web")


def test_check_of_what_is_not_there(tmp_path, build):
    done = build.run("check", "-f", tmp_path / "nowhere.yaml")
    assert done.returncode == 1 and "nowhere.yaml" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_file_of_100_mb(lab, build):
    """Refused or read, but in bounded time and memory, and the others are served."""
    lab.apply("good.yaml", manifests.service("web"))
    node = lab.node()
    before = node.process.resident()
    lab.write("huge.yaml", b"# " + b"x" * 97 + b"\n" + b"- x: 1\n" * (100_000_000 // 7))
    assert "huge.yaml" in node.until_error("huge.yaml")
    assert node.cluster_ip("web")
    lab.remove("huge.yaml")
    node.until_no_errors()
    if not build.sanitized:
        assert node.process.resident() - before < 64 << 20


@pytest.mark.parametrize("fault", ["a tab as indentation", "binary", "an anchor bomb", "deep nesting", "no kind"])
def test_a_broken_edit_leaves_the_state_in_force(lab, fault):
    """Reported in the log, in a metric and by `naru get`; served as before; and over with the next good edit."""
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    good = (lab.manifests / "web.yaml").read_text()
    lab.write("web.yaml", FAULTS[fault][0])
    message = node.until_error("web.yaml")
    assert lab.reached(vip, 8080, 10) == {"web-1"}
    assert message in node.log()
    assert node.metric("naru_config_errors") > 0
    assert "web.yaml" in node.get_raw("services").stderr
    assert node.cluster_ip("web") == vip
    lab.write("web.yaml", good)
    node.until_no_errors()
    assert node.metric("naru_config_errors") == 0
    assert lab.reached(vip, 8080, 10) == {"web-1"}


def test_one_bad_object_takes_down_no_other(lab):
    """At the first load, too, when there is no earlier state to keep."""
    bad = manifests.service("bad", ports=[{"port": 70000}])
    lab.apply("mixed.yaml", manifests.service("one"), bad, manifests.service("two"))
    node = lab.node()
    assert node.cluster_ip("one") and node.cluster_ip("two")
    assert "Service shop/bad: spec.ports[0].port" in node.until_error("70000")


def test_an_unreadable_file(lab):
    if os.geteuid() == 0:
        pytest.skip("root reads everything; a dangling link is the test below")
    lab.write("web.yaml", manifests.to_yaml(manifests.service("web")), mode=0o000)
    node = lab.node()
    assert "web.yaml" in node.until_error("web.yaml")


def test_a_dangling_link_and_a_directory_named_as_a_file(lab):
    lab.apply("good.yaml", manifests.service("web"))
    (lab.manifests / "gone.yaml").symlink_to("nowhere.yaml")
    (lab.manifests / "directory.yaml").mkdir()
    node = lab.node()
    assert node.cluster_ip("web")


def test_a_fifo_among_the_files_stops_nothing(lab):
    """Opening it would wait for a writer for ever."""
    os.mkfifo(lab.manifests / "pipe.yaml")
    lab.apply("good.yaml", manifests.service("web"))
    assert lab.node().cluster_ip("web")


def test_a_deleted_directory(lab):
    """Gone is gone: what was in it is served no more, and served again when it is back."""
    pods = lab.deployment("web", 1)
    directory = lab.directory / "extra"
    directory.mkdir()
    text = manifests.to_yaml(manifests.service("web"), manifests.endpoint_slice("web", [pods[0].endpoint()]))
    (directory / "web.yaml").write_text(text)
    node = lab.node(sources=[lab.manifests, directory])
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    (directory / "web.yaml").unlink()
    directory.rmdir()
    lab.until_refused(vip, 8080)
    directory.mkdir()
    (directory / "web.yaml").write_text(text)
    until(lambda: lab.reached(node.cluster_ip("web"), 8080, 10) == {"web-1"}, "served again")


def test_a_slice_without_a_service(lab):
    pods = lab.deployment("web", 1)
    lab.endpoints("web", pods)
    node = lab.node()
    stays(lambda: not node.get("services"), "nothing to serve", 0.2)
    lab.apply("web.yaml", manifests.service("web"))
    until(lambda: lab.reached(node.cluster_ip("web"), 8080, 5) == {"web-1"}, "served once the Service is there")


def test_a_service_whose_endpoint_is_itself(lab):
    """A loop would multiply one connection until all descriptors are gone."""
    vip = lab.range.cluster_ip(60)
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    lab.serve("loop", [vip], clusterIP=vip)
    node = lab.node()
    good = node.cluster_ip("web")
    lab.until_reached(good, 8080, pods)
    before = node.process.descriptors()
    done = clients.flood(vip, 8080, 20, clients=4, timeout=5)
    assert len(done.failures) == 20 and not any("timed out" in x for x in done.failures)
    assert lab.reached(good, 8080, 10) == {"web-1"}
    until(lambda: node.process.descriptors() <= before + 8, "no connection is left over")
    assert any(vip in x for x in node.errors() + [y["message"] for y in node.status()["notices"]])


def test_thousands_of_connections_to_a_service_with_no_endpoints(lab, build):
    lab.serve("web", [])
    node = lab.node()
    vip = node.cluster_ip("web")
    assert clients.refused(vip, 8080)
    before = node.process.resident(), node.process.descriptors()
    for _ in range(5000):
        assert clients.refused(vip, 8080)
    assert node.process.descriptors() <= before[1] + 4
    if not build.sanitized:
        assert node.process.resident() - before[0] < 4 << 20


def test_hundreds_of_broken_edits_do_not_make_naru_grow(lab, build):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = lab.node()
    vip = node.cluster_ip("web")
    good, bad = manifests.to_yaml(manifests.service("web")), FAULTS["binary"][0]
    sizes = []
    for _ in range(3):
        for _ in range(50):
            lab.write("web.yaml", bad)
            lab.write("web.yaml", good)
        lab.write("web.yaml", bad)
        node.until_error("web.yaml")
        lab.write("web.yaml", good)
        node.until_no_errors()
        sizes.append(node.process.resident())
    assert lab.reached(vip, 8080, 10) == {"web-1"}
    if not build.sanitized:
        assert sizes[2] - sizes[0] < 4 << 20


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 2), (("run",), 2), (("fly",), 2), (("get", "coffee"), 2), (("run", "-f", "x", "--nonsense"), 2), (("version",), 0)],
)
def test_usage(build, arguments, code):
    done = build.run(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("serviceCIDR: [10.0.0.0/16]", ["serviceCIDR", "serviceCIDRs"]),
        ("serviceCIDRs: [10.0.0.0/99]", ["serviceCIDRs[0]"]),
        ("workers: many", ["workers"]),
        ("nodePortRange: 32767-30000", ["nodePortRange"]),
        ("dns: {listen: [nowhere]}", ["dns.listen[0]"]),
    ],
)
def test_a_bad_configuration(tmp_path, build, text, words):
    (tmp_path / "web.yaml").write_text(GOOD)
    config = tmp_path / "naru.conf"
    config.write_text(f"apiVersion: naru.io/v1alpha1\nkind: NaruConfiguration\n{text}\n")
    for command in ("check", "run"):
        done = build.run(command, "-f", tmp_path / "web.yaml", "--config", config)
        output = done.stdout + done.stderr
        assert done.returncode == 1, output
        assert any(all(word in line for word in ["naru.conf:3", *words]) for line in output.splitlines()), output
