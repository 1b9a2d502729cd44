"""An ordinary user: everything but what the system forbids, and for that a message that says how to get it."""

import os
import shutil
import subprocess

import pytest

from naru_harness import manifests
from naru_harness.wait import until

pytestmark = pytest.mark.root  # to become an ordinary user

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]


@pytest.fixture
def own_copy(lab, build):
    """The binary where nobody may read it, whatever the rights of the checkout."""
    copy = lab.directory / "naru"
    shutil.copy(build.naru, copy)
    copy.chmod(0o755)
    for path in (lab.manifests,):
        os.chown(path, 65534, 65534)
    original, build.naru = build.naru, copy
    yield
    build.naru = original


def nobody_node(lab, **options):
    home = lab.directory / "node-w1"
    home.mkdir()
    os.chown(home, 65534, 65534)
    lab.state.mkdir()
    os.chown(lab.state, 65534, 65534)
    return lab.node("w1", prefix=NOBODY, **options)


def test_everything_above_1024_works(lab, own_copy):
    pods = lab.deployment("web", 2)
    lab.apply("nodes.yaml", manifests.node("w1", lab.range.node(1)))
    lab.serve("web", pods, type="NodePort")
    node = nobody_node(lab)
    lab.until_reached(node.cluster_ip("web"), 8080, pods)
    lab.until_reached(lab.range.node(1), node.node_port("web"), pods)
    assert lab.dig("web.shop.svc.cluster.local").data("A") == [node.cluster_ip("web")]


def test_a_privileged_port_is_a_clear_error_and_the_rest_is_served(lab, own_copy):
    pods = lab.deployment("web", 1)
    ports = [{"name": "http", "port": 80}, {"name": "alt", "port": 8080}]
    lab.apply("web.yaml", manifests.service("web", ports=ports))
    slice_ports = [{"name": "http", "port": 8080}, {"name": "alt", "port": 8080}]
    lab.apply("slice.yaml", manifests.endpoint_slice("web", [pods[0].endpoint()], ports=slice_ports))
    node = nobody_node(lab)
    vip = node.cluster_ip("web")
    lab.until_reached(vip, 8080, pods)
    failed = until(lambda: [x for x in node.get("listeners") if x["state"] == "Failed"], "it says what failed")
    assert [x["address"] for x in failed] == [f"{vip}:80"]
    assert "CAP_NET_BIND_SERVICE" in failed[0]["error"]
    line = next(x for x in node.log().splitlines() if f"{vip}:80" in x and "CAP_NET_BIND_SERVICE" in x)
    assert "setcap" in line or "AmbientCapabilities" in line or "ip_unprivileged_port_start" in line


def test_dns_on_port_53_is_a_clear_error_and_the_rest_is_served(lab, own_copy):
    pods = lab.deployment("web", 1)
    lab.serve("web", pods)
    node = nobody_node(lab, dns={"upstreams": [f"{lab.range.address(250, 1)}:53"]})
    lab.until_reached(node.cluster_ip("web"), 8080, pods)
    assert any(":53" in x and "CAP_NET_BIND_SERVICE" in x for x in node.log().splitlines())


def test_a_state_directory_that_is_not_ours(lab, own_copy):
    node = nobody_node(lab, ready=False, stateDir="/var/lib/naru-of-somebody-else/x")
    assert node.process.wait(20) == 3
    assert "/var/lib/naru-of-somebody-else" in node.log() and "--state-dir" in node.log()
    lab.nodes.remove(node)


def test_service_addresses_outside_loopback_need_a_privilege(lab, own_copy):
    """No AnyIP route without CAP_NET_ADMIN: it says so, and goes on."""
    lab.apply("nodes.yaml", manifests.node("w1", lab.range.node(1)))
    pods = lab.deployment("web", 1)
    lab.serve("web", pods, type="NodePort", ports=[{"name": "http", "port": 8080, "nodePort": 30099}])
    node = nobody_node(lab, serviceCIDRs=["10.199.0.0/16"])
    lab.until_reached(lab.range.node(1), 30099, pods)
    assert "CAP_NET_ADMIN" in node.log()


def test_an_unreadable_file_is_named(lab, own_copy):
    lab.apply("good.yaml", manifests.service("web"))
    lab.write("secret.yaml", manifests.to_yaml(manifests.service("hidden")), mode=0o000)
    node = nobody_node(lab)
    message = node.until_error("secret.yaml")
    assert "ermission" in message
    assert node.cluster_ip("web")
    (lab.manifests / "secret.yaml").chmod(0o644)
    until(lambda: node.cluster_ip("hidden"), "read once it may be read")


def test_check_needs_no_privilege(lab, own_copy, build):
    lab.apply("good.yaml", manifests.service("web"))
    done = subprocess.run([*NOBODY, build.naru, "check", "-f", lab.manifests], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
