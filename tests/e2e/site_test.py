"""Four nodes, a router and an outside client: what a Service owes its clients where packets really travel."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from naru_harness import clients, leftovers, manifests, site_plan as plan
from naru_harness.build import TOP
from naru_harness.wait import until

pytestmark = pytest.mark.root
PORT = 8080


def ports(node_port):
    return [{"name": "http", "port": PORT, "nodePort": node_port}]


def with_two_pods(site, **spec):
    """Pods on w1-k8s and w2-k8s; none on m-k8s and w3-k8s."""
    pods = [site.pod("web-1", "w1-k8s"), site.pod("web-2", "w2-k8s")]
    site.serve("web", pods, type="NodePort", ports=ports(30080), **spec)
    return site.start(), pods


def test_node_port_answers_on_each_node(site):
    site, pods = with_two_pods(site)
    for node in site.nodes.values():
        site.until_reached(site.client, node.address, 30080, pods)


def test_cluster_ip_answers_nodes_and_pods(site):
    """Each node has the service CIDR as a local route, so that what its pods send there arrives at its naru."""
    site, pods = with_two_pods(site)
    visitor = site.pod("visitor", "w3-k8s")
    chosen = {node.naru.cluster_ip("web") for node in site.nodes.values()}
    assert len(chosen) == 1, "nodes that share nothing choose the same address"
    vip = chosen.pop()
    places = [node.machine for node in site.nodes.values()] + [visitor.place, pods[0].place]
    for place in places:
        site.until_reached(place, vip, PORT, pods)


def test_a_pod_resolves_a_name_through_its_node(site):
    site, pods = with_two_pods(site)
    name = "web.shop.svc.cluster.local"
    done = clients.tool("dig", "@10.96.0.10", name, "+short", "+time=2", prefix=pods[0].place.prefix)
    assert done.stdout.strip() == site.nodes["w1-k8s"].naru.cluster_ip("web")


def test_both_families(site):
    pods = [site.pod("four", "w1-k8s"), site.pod("six", "w2-k8s", family=6)]
    site.apply("web.yaml", manifests.service("web", type="NodePort", ports=ports(30080), ipFamilyPolicy="RequireDualStack"))
    site.apply(
        "endpoints.yaml",
        manifests.endpoint_slice("web", [pods[0].endpoint()]),
        manifests.endpoint_slice("web", [pods[1].endpoint()], name="web-6", family="IPv6"),
    )
    site.start()
    for node in site.nodes.values():
        site.until_reached(site.client, node.address, 30080, ["four"])
        site.until_reached(site.client, node.address6, 30080, ["six"])
    first, second = site.nodes["w1-k8s"].naru.service("web")["spec"]["clusterIPs"]
    site.until_reached(pods[1].place, first, PORT, ["four"])
    site.until_reached(pods[0].place, second, PORT, ["six"])


def test_a_killed_pod_is_passed_over(site):
    site, pods = with_two_pods(site)
    site.until_reached(site.client, site.nodes["w3-k8s"].address, 30080, pods)
    pods[0].kill()  # and nobody is told
    for node in site.nodes.values():
        assert site.reached(site.client, node.address, 30080) == {"web-2"}


def test_a_dead_node_and_its_return(site):
    """Its pods are gone with it; it comes back empty, serves, and the next pod goes to it."""
    site, pods = with_two_pods(site)
    dead = site.nodes["w2-k8s"]
    site.until_reached(site.client, dead.address, 30080, pods)
    dead.power_off()
    others = [node for node in site.nodes.values() if node is not dead]
    for node in others:  # nobody has been told: what is sent to the dead pod is sent to the other one instead
        assert site.reached(site.client, node.address, 30080, 4) == {"web-1"}
    site.endpoints("web", pods[:1])
    for node in others:
        site.until_reached(site.client, node.address, 30080, pods[:1])
    site.until_ready(dead.power_on().start())
    site.until_reached(site.client, dead.address, 30080, pods[:1])
    site.endpoints("web", [pods[0], site.pod("web-3", "w2-k8s")])
    for node in site.nodes.values():
        site.until_reached(site.client, node.address, 30080, ["web-1", "web-3"])


def made_by(pid):
    names = [x.name for x in pathlib.Path("/run/netns").glob(f"naru-{pid}-*")]
    return names + [x.name for x in pathlib.Path("/tmp").glob(f"naru-site-{pid}-*")]


@pytest.fixture
def other_site(build):
    """Another program that has made a site and waits."""
    program = (
        "import signal, sys; from naru_harness.site import Site; from naru_harness.build import Build\n"
        f"with Site(Build({str(build.directory)!r}), quiet=True) as site:\n"
        "    site.start(); print('made', flush=True); signal.pause()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TOP / "tests")}
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    assert started.stdout.readline() == "made\n"
    yield started
    started.kill()
    started.communicate()
    leftovers.remove()


@pytest.mark.slow
def test_an_interrupted_site_takes_itself_away(other_site):
    assert made_by(other_site.pid)
    other_site.send_signal(signal.SIGINT)
    other_site.wait(30)
    assert made_by(other_site.pid) == []


@pytest.mark.slow
def test_what_a_killed_site_left_goes_with_the_next(other_site):
    """Its processes die with it, so that its namespaces are free to go."""
    leftovers.remove()
    left = made_by(other_site.pid)
    assert len(left) > 6, "a site in use is no leftover"
    space = next(x for x in left if x.endswith("w1-k8s"))

    def processes():
        return subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True).stdout.split()

    assert processes()
    other_site.kill()
    other_site.wait(30)
    until(lambda: not processes(), "its naru is gone")
    assert set(leftovers.remove()) >= set(left)
    assert made_by(other_site.pid) == []
